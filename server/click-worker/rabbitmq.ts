import type { AsyncMessage, Connection } from 'rabbitmq-client';
import { DEAD_LETTER_QUEUE, openRabbitMq, QUEUE } from '../../contract/rabbitmq';
import { endedBy } from '../../contract/ended-by';
import { QUEUE_NAME, type RabbitMqAddress } from '../../contract/click-queue';
import type { Message } from '../../lambda/click-worker/counting';
import { gather } from './gather';
import { aborted } from './pause';
import { GATHER_MS, MOST_MESSAGES, READS, type ReadQueue } from './queue';

/** What becomes of a delivery, as the client knows it: `ConsumerStatus`, without loading the client for it. */
const ACK = 0;
const RETURN = 1;
const REJECT = 2;
type Verdict = typeof ACK | typeof RETURN | typeof REJECT;

/** A batch is counted while the next one gathers. */
const PREFETCH = 2 * MOST_MESSAGES;

/**
 * How long a batch is held while the database is away, in ms. RabbitMQ takes a delivery that is open for half an hour
 * for a dead worker's, and its messages would be one delivery nearer to the dead-letter queue.
 */
const HELD_MS = 600_000;

/**
 * One connection's reading. Acknowledged is what is committed; poison is rejected, and the broker moves it to the
 * dead-letter queue. What can be held no longer is published anew, and then acknowledged: a message that is merely
 * returned comes nearer to the dead-letter queue each time, and an outage is not its fault.
 */
export function createRabbitMqReader(address: RabbitMqAddress, secretArn: string | undefined): ReadQueue {
  return async ({ hold, log, signal }) => {
    const lost = new AbortController();
    const onLost = (error: unknown): void => {
      lost.abort(error);
    };
    const connection = await openRabbitMq(address, secretArn, onLost);
    try {
      await connection.queueDeclare(DEAD_LETTER_QUEUE);
      const giveBack = createGiveBack(connection);
      const { queue, ...queueOptions } = QUEUE;

      const work = async (deliveries: readonly AsyncMessage[]) => {
        const { poison, left } = await endedBy(
          [signal, lost.signal],
          (until) => hold(deliveries.map(toMessage), until),
          HELD_MS,
        );
        const verdicts = new Map<string, Verdict>([
          ...poison.map(({ id }) => [id, REJECT] as const),
          ...(await Promise.all(left.map(async ({ id, body }) => [id, await giveBack(body)] as const))),
        ]);
        return ({ deliveryTag }: AsyncMessage): Verdict => verdicts.get(String(deliveryTag)) ?? ACK;
      };

      const consumer = connection.createConsumer(
        { queue, queueOptions, qos: { prefetchCount: PREFETCH } },
        gather(work, { most: MOST_MESSAGES, wait: GATHER_MS }),
      );
      consumer.on('error', onLost);
      consumer.on('ready', () => {
        log.info({}, READS);
      });
      await Promise.race([aborted(signal), aborted(lost.signal)]);
      if (!lost.signal.aborted) {
        await Promise.race([consumer.close(), aborted(lost.signal)]);
      }
    } finally {
      connection.unsafeDestroy();
    }
    lost.signal.throwIfAborted();
  };
}

/** Acknowledged where the queue has a copy; else returned to it with the connection. */
function createGiveBack(connection: Connection): (body: string) => Promise<Verdict> {
  const publisher = connection.createPublisher({ confirm: true });
  return (body) =>
    publisher.send({ routingKey: QUEUE_NAME, durable: true }, body).then(
      () => ACK,
      () => RETURN,
    );
}

function toMessage({ deliveryTag, body }: AsyncMessage): Message {
  return { id: String(deliveryTag), body: textOf(body) };
}

/** As the client hands it over: what it takes for JSON it has read already. */
function textOf(body: unknown): string {
  return typeof body === 'string' ? body : Buffer.isBuffer(body) ? body.toString() : JSON.stringify(body);
}
