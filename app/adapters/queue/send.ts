import type { SQSClient } from '@aws-sdk/client-sqs';
import { queueAddress } from '../../../contract/queue-address';

/**
 * Sends messages in one request, {@link MESSAGES_PER_REQUEST} at most; resolves with those that the queue refused, for
 * this time.
 *
 * @throws Error where the queue does not answer, or refuses all of them
 */
export type Send = (bodies: readonly string[]) => Promise<readonly string[]>;

/** SQS's. */
export const MESSAGES_PER_REQUEST = 10;

/** How long a request may take, in ms; SQS needs some tens. By itself the SDK waits for ever. */
const TIMEOUT_MS = 2_000;

/**
 * Sends to a queue of SQS. The client is loaded at the first click: a server without a queue never pays its memory. It
 * does not try again by itself: the buffer of clicks does, with all that gathered meanwhile.
 */
export function createSend(queueUrl: string): Send {
  let client: SQSClient | undefined;
  return async (bodies) => {
    const { SQSClient, SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
    client ??= new SQSClient({ ...queueAddress(queueUrl), maxAttempts: 1 });
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: bodies.map((body, index) => ({ Id: String(index), MessageBody: body })),
      }),
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    return Failed.flatMap(({ Id }) => bodies[Number(Id)] ?? []);
  };
}
