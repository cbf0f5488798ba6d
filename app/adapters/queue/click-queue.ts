import { chunks } from '../../../contract/chunks';
import { encodeClickMessage, toMessageClicks, type ClickBatch } from '../../../contract/click-message';
import { ClicksNotTaken, type ClickWriter } from '../database';
import { MESSAGES_PER_REQUEST, createSend, type Send } from './send';

/** Takes batches of clicks in the database's place: a worker counts them there, later. */
export function openClickQueue(queueUrl: string): ClickWriter {
  return createClickQueue(createSend(queueUrl));
}

/**
 * A batch is a message, the same one however often it is sent: what the queue took without our hearing of it is counted
 * once all the same.
 */
export function createClickQueue(send: Send): ClickWriter {
  return {
    async addClicks(batches) {
      const left = new Map(batches.map((batch) => [messageOf(batch), batch]));
      try {
        for (const request of chunks([...left.keys()], MESSAGES_PER_REQUEST)) {
          const refused = new Set(await send(request));
          request.filter((body) => !refused.has(body)).forEach((body) => left.delete(body));
        }
      } catch (error) {
        throw notTaken([...left.values()], error);
      }
      if (left.size > 0) {
        throw notTaken([...left.values()]);
      }
    },
  };
}

const messageOf = (batch: ClickBatch): string => encodeClickMessage(toMessageClicks(batch));

function notTaken(left: readonly ClickBatch[], cause?: unknown): ClicksNotTaken {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new ClicksNotTaken(left, `The click queue did not take ${left.length} messages${reason}`, cause);
}
