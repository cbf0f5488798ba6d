import type { RedisOptions } from 'iovalkey';

type Connector = NonNullable<RedisOptions['Connector']>;

/**
 * What opens the sockets of a client: the library's own, which listens for a socket's first error alone. TLS may tell of
 * two, as of a certificate that no known authority has signed and then of what the server says to the refusal. The second one
 * would end this process (redis/ioredis#962).
 */
export async function loadConnector(): Promise<Connector> {
  const { StandaloneConnector } = await import('iovalkey/built/connectors/index.js');
  class EveryErrorHeard extends StandaloneConnector {
    override async connect(...events: Parameters<InstanceType<typeof StandaloneConnector>['connect']>) {
      const socket = await super.connect(...events);
      socket.on('error', () => undefined);
      return socket;
    }
  }
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the library hands over its options, as `unknown`
  return EveryErrorHeard as Connector;
}
