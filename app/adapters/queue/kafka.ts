import type { KafkaAddress } from '../../../contract/click-queue';
import { openKafka } from '../../../contract/kafka';
import type { Connection } from './send';

/** In ms. Requests end before the sender's own time is over. */
const PATIENCE = { connectTimeout: 2_000, requestTimeout: 2_000 };

/**
 * The producer is idempotent and waits for all replicas in sync. Messages go to the partitions in turn, by no key
 * (docs/decisions/click-queue/kafka-partitions-in-turn.md). One retry: by it the client learns of a new leader.
 */
export async function openKafkaSender(address: KafkaAddress): Promise<Connection> {
  const { client } = await openKafka(address, PATIENCE, () => undefined);
  const producer = client.createProducer({ maxRetries: 1 });
  const { topic } = address;
  return {
    async send(bodies) {
      await producer.send(bodies.map((value) => ({ topic, value })));
      return [];
    },
    close() {
      producer.close().catch(() => undefined);
    },
  };
}
