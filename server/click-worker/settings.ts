import { problemsOfSecret, readQueueUrl, type QueueAddress } from '../../contract/click-queue';
import type { WorkerSettingName } from '../../contract/click-worker';
import { readAll, SECRET_ARN, type Variable } from '../../contract/environment';
import * as v from 'valibot';
import { DATABASE_ROWS } from '../../lambda/click-worker/settings';

/** A queue that this process reads; Lambda reads SQS. */
type ReadQueue = Exclude<QueueAddress, { readonly kind: 'sqs' }>;

/** What the environment says, understood. */
export interface Settings {
  /** Of all servers of this data center's database; which takes writes is found out. */
  readonly databaseUrls: readonly string[];
  readonly secretArn: string | undefined;
  readonly queue: ReadQueue;
  /** RabbitMQ's user and password in place of the URL's. */
  readonly queueSecretArn: string | undefined;
}

const ROWS = {
  ...DATABASE_ROWS,
  CLICK_QUEUE_URL: {
    schema: v.pipe(
      v.string(),
      v.transform(readQueueUrl),
      v.custom<ReadQueue>((address) => isReadHere(address)),
    ),
    form: 'the URL of a queue of RabbitMQ (amqps://host:port) or Kafka (kafka://broker:port,broker:port/topic); one of SQS is read by Lambda',
  },
  CLICK_QUEUE_SECRET_ARN: {
    optional: true,
    schema: SECRET_ARN,
    form: 'the ARN of a Secrets Manager secret',
  },
} as const satisfies Partial<Readonly<Record<WorkerSettingName, Variable>>>;

/** Understands the environment. @throws Error listing every problem; no sentence holds a value, which may be a secret */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = readAll('The click worker', ROWS, environment, problemsOfSecret(environment));
  return {
    databaseUrls: [read.DATABASE_URL, ...(read.DATABASE_REPLICA_URLS ?? [])],
    secretArn: read.DATABASE_SECRET_ARN,
    queue: read.CLICK_QUEUE_URL,
    queueSecretArn: read.CLICK_QUEUE_SECRET_ARN,
  };
}

function isReadHere(address: unknown): boolean {
  return typeof address === 'object' && address !== null && 'kind' in address && address.kind !== 'sqs';
}
