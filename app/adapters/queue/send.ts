import { withDeadline } from '../deadline';

/**
 * Sends messages in one request, {@link MESSAGES_PER_REQUEST} at most; resolves with those that the queue refused, for
 * this time.
 *
 * @throws Error where the queue does not answer in time, or refuses all of them
 */
export type Send = (bodies: readonly string[]) => Promise<readonly string[]>;

/** SQS's; RabbitMQ and Kafka would take more. */
export const MESSAGES_PER_REQUEST = 10;

/** Sends to a queue, whichever kind it is; ends what it holds. */
export interface Sender {
  readonly send: Send;
  /** At once. */
  readonly close: () => void;
}

/** An open connection to a queue. */
export interface Connection {
  send(bodies: readonly string[]): Promise<readonly string[]>;
  /** At once; never throws. */
  close(): void;
}

/** How long a request may take, in ms; a queue needs some tens. By themselves some clients wait for ever. */
const TIMEOUT_MS = 2_000;

/**
 * Opens the connection at the first click, so that a server without this queue never pays its memory, and keeps it. One
 * on which something failed or was late is closed, and the next request opens another: what it held of messages ends
 * with it, so that nothing gathers behind a broker that is silent. It does not try again by itself: the buffer of clicks
 * does, with all that gathered meanwhile.
 *
 * @param open bounded in time by itself
 */
export function createSender(open: () => Promise<Connection>, timeout = TIMEOUT_MS): Sender {
  let kept: Promise<Connection> | undefined;

  function discard(opening: Promise<Connection>): void {
    if (kept === opening) {
      kept = undefined;
    }
    opening.then(
      (connection) => {
        connection.close();
      },
      () => undefined,
    );
  }

  function openAnew(): Promise<Connection> {
    const opening = open();
    opening.catch(() => {
      discard(opening);
    });
    return opening;
  }

  return {
    async send(bodies) {
      const opening = (kept ??= openAnew());
      // One that is slow to open may be open the next time.
      const connection = await withDeadline(opening, timeout);
      try {
        return await withDeadline(connection.send(bodies), timeout);
      } catch (error) {
        discard(opening);
        throw error;
      }
    },
    close() {
      if (kept !== undefined) {
        discard(kept);
      }
    },
  };
}
