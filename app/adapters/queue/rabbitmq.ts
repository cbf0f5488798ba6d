import { QUEUE_NAME, type RabbitMqAddress } from '../../../contract/click-queue';
import { openRabbitMq } from '../../../contract/rabbitmq';
import type { Connection } from './send';

/** RabbitMQ says so of a message that it takes no responsibility for: its queue is full, or lost its leader. */
const REFUSED = 'NACK';

/**
 * A message is taken when the broker has confirmed it: then most nodes of the quorum have written it. The worker
 * declares the queue; while there is none, messages come back and are refused.
 */
export async function openRabbitMqSender(
  address: RabbitMqAddress,
  secretArn: string | undefined,
): Promise<Connection> {
  // A broken connection fails what is sent on it.
  const connection = await openRabbitMq(address, secretArn, () => undefined);
  const publisher = connection.createPublisher({ confirm: true });
  const returned = new Set<string>();
  // Comes before the confirmation of the same message.
  publisher.on('basic.return', ({ messageId }) => {
    returned.add(messageId ?? '');
  });
  let sent = 0;

  async function isTaken(body: string): Promise<boolean> {
    const messageId = String((sent += 1));
    try {
      await publisher.send({ routingKey: QUEUE_NAME, mandatory: true, durable: true, messageId }, body);
      return !returned.delete(messageId);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === REFUSED) {
        return false;
      }
      throw error;
    }
  }

  return {
    async send(bodies) {
      const taken = await Promise.all(bodies.map(isTaken));
      return bodies.filter((_, index) => taken[index] === false);
    },
    close() {
      connection.unsafeDestroy();
    },
  };
}
