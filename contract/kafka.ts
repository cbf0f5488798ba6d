import type * as Library from 'kafka-ts';
import type { KafkaAddress } from './click-queue';
import { iamToken } from './iam-token';

/** How many ms a client waits: for a connection with its handshake, and for the answer to a request. */
interface Patience {
  readonly connectTimeout: number;
  readonly requestTimeout: number;
}

/** What the client would write to the console. */
type Warn = (fields: object, sentence: string) => void;

/**
 * Makes a client of Kafka; it connects at its first use. The library is loaded at the call: a process without Kafka never
 * pays its memory.
 */
export async function openKafka(
  { brokers, iamRegion }: KafkaAddress,
  patience: Patience,
  warn: Warn,
): Promise<{ readonly client: Library.Client; readonly library: typeof Library }> {
  const library = await import('kafka-ts');
  const { API, createKafkaClient, oAuthBearer, setLogger } = library;
  // librdkafka's mock cluster, which stands for brokers on one's own machine, answers newer versions of these two wrongly.
  // Every broker knows the older ones: Kafka 4.3 as 0.11.
  API.API_VERSIONS = ofVersion(API.API_VERSIONS, 0);
  API.LIST_OFFSETS = ofVersion(API.LIST_OFFSETS, 3);
  const tell = (sentence: string, metadata: unknown): void => {
    warn({ kafka: metadata }, sentence);
  };
  setLogger({ debug: () => undefined, info: () => undefined, warn: tell, error: tell });
  const client = createKafkaClient({
    clientId: 'zero-to-million',
    bootstrapServers: [...brokers],
    ...patience,
    ...(iamRegion !== undefined && {
      ssl: {},
      // For each connection anew: the token lives for minutes.
      sasl: oAuthBearer(async () => ({ access_token: await iamToken(iamRegion) })),
    }),
  });
  return { client, library };
}

interface Versioned {
  readonly apiVersion: number;
  readonly fallback?: this;
}

function ofVersion<Api extends Versioned>(api: Api, version: number): Api {
  return api.apiVersion > version && api.fallback !== undefined ? ofVersion(api.fallback, version) : api;
}
