import type { Connection } from 'rabbitmq-client';
import { DEAD_LETTER_QUEUE_NAME, MAX_DELIVERIES, QUEUE_NAME, type RabbitMqAddress } from './click-queue';
import { fetchCredentials, withCredentials } from './credentials';

/** Quorum queues survive the loss of a node, and count how often a message was delivered. */
const QUORUM = { 'x-queue-type': 'quorum' } as const;

/**
 * The queue, as the worker declares it. A message that whose workers died of it, as often
 * as {@link MAX_DELIVERIES}, is poison too; the queue refuses what it has no room for, rather than dropping the oldest; and it lets go of
 * poison only when the dead-letter queue has it.
 */
export const QUEUE = {
  queue: QUEUE_NAME,
  durable: true,
  arguments: {
    ...QUORUM,
    'x-delivery-limit': MAX_DELIVERIES,
    'x-overflow': 'reject-publish',
    'x-dead-letter-strategy': 'at-least-once',
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': DEAD_LETTER_QUEUE_NAME,
  },
} as const;

export const DEAD_LETTER_QUEUE = {
  queue: DEAD_LETTER_QUEUE_NAME,
  durable: true,
  arguments: QUORUM,
} as const;

/** How long connecting may take, in ms, the broker's greeting included. */
const CONNECT_TIMEOUT_MS = 3_000;

/** A broker that is silent for so long, in s, is taken for dead. */
const HEARTBEAT_SECONDS = 10;

/** Of the secret, in ms. */
const FETCH = { timeout: 3_000, maxAttempts: 2 };

/**
 * Connects once. The client would connect again by itself, but with the password of the first time: so a connection on
 * which an error comes is ended, and its user opens another. The secret is fetched for each, and may have changed.
 *
 * @param onError is told what ended the connection, once it was open
 * @throws Error where the broker does not answer in time, or lets nobody in
 */
export async function openRabbitMq(
  { url }: RabbitMqAddress,
  secretArn: string | undefined,
  onError: (error: unknown) => void,
): Promise<Connection> {
  const [{ Connection }, credentials] = await Promise.all([
    import('rabbitmq-client'),
    secretArn === undefined ? undefined : fetchCredentials(secretArn, FETCH),
  ]);
  const { protocol, hostname } = new URL(url);
  const connection = new Connection({
    url: credentials === undefined ? url : withCredentials(url, credentials),
    connectionName: 'zero-to-million',
    connectionTimeout: CONNECT_TIMEOUT_MS,
    acquireTimeout: CONNECT_TIMEOUT_MS,
    heartbeat: HEARTBEAT_SECONDS,
    ...(protocol === 'amqps:' && { tls: { servername: hostname } }),
  });
  // One that nobody hears would end this process, also a second one.
  connection.on('error', () => undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('connection', resolve);
      connection.once('error', reject);
    });
  } catch (error) {
    connection.unsafeDestroy();
    throw error;
  }
  connection.on('error', (error) => {
    connection.unsafeDestroy();
    onError(error);
  });
  return connection;
}
