import { chunks } from '../../../contract/chunks';
import { encodeClickMessage, toMessageClicks, type ClickBatch } from '../../../contract/click-message';
import { ClicksNotTaken, type ClickWriter } from '../database';
import type { QueueAddress } from '../../../contract/click-queue';
import { openKafkaSender } from './kafka';
import { openRabbitMqSender } from './rabbitmq';
import { createSender, MESSAGES_PER_REQUEST, type Send, type Sender } from './send';
import { openSqs } from './sqs';

/** A queue in the database's place: a worker counts there, later. */
export interface ClickQueue extends ClickWriter {
  /** Ends its connection, at once. */
  close(): void;
}

export interface ClickQueueOptions {
  /** Its scheme says the kind; they differ in nothing that can be seen from here. */
  readonly address: QueueAddress;
  /** RabbitMQ's user and password in place of the URL's. */
  readonly secretArn?: string | undefined;
}

/** Takes batches of clicks; connects at the first. */
export function openClickQueue(options: ClickQueueOptions): ClickQueue {
  const { send, close } = senderOf(options);
  return { ...createClickQueue(send), close };
}

function senderOf({ address, secretArn }: ClickQueueOptions): Sender {
  switch (address.kind) {
    case 'sqs':
      return createSender(() => openSqs(address.url));
    case 'rabbitmq':
      return createSender(() => openRabbitMqSender(address, secretArn));
    case 'kafka':
      return createSender(() => openKafkaSender(address));
  }
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
