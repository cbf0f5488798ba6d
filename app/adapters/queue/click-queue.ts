import type { ClickBatch, LinkWriter } from '../database';
import { chunks, toMessages } from './messages';
import { MESSAGES_PER_REQUEST, createSend, type Send } from './send';

/** The queue did not take some messages; sending the same batch again sends those, and only those. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';

  constructor(waiting: number, cause?: unknown) {
    super(
      `The click queue did not take ${waiting} messages${cause instanceof Error ? `: ${cause.message}` : ''}`,
      {
        cause,
      },
    );
  }
}

/** Takes batches of clicks in the database's place: a worker counts them there, later. */
export function openClickQueue(queueUrl: string): Pick<LinkWriter, 'addClicks'> {
  return createClickQueue(createSend(queueUrl));
}

/**
 * A batch becomes messages once, and they keep their ids however often they are sent: one that the queue took without
 * our hearing of it is counted once all the same.
 */
export function createClickQueue(send: Send): Pick<LinkWriter, 'addClicks'> {
  const unsent = new WeakMap<ClickBatch, readonly string[]>();

  /** @throws Error with what the queue said, where a request fails as a whole; `left` then has what is to be sent */
  async function sendAll(messages: readonly string[], left: Set<string>): Promise<void> {
    for (const request of chunks(messages, MESSAGES_PER_REQUEST)) {
      const refused = new Set(await send(request));
      request.filter((message) => !refused.has(message)).forEach((message) => left.delete(message));
    }
  }

  return {
    async addClicks(batch) {
      const messages = unsent.get(batch) ?? toMessages(batch.counts, Date.now());
      const left = new Set(messages);
      try {
        await sendAll(messages, left);
      } catch (error) {
        unsent.set(batch, [...left]);
        throw new QueueUnavailable(left.size, error);
      }
      if (left.size > 0) {
        unsent.set(batch, [...left]);
        throw new QueueUnavailable(left.size);
      }
    },
  };
}
