/** Brokers that tests fill, and look into, by the application's own producers. */
import { Connection } from 'rabbitmq-client';
import { openKafkaSender } from '../../../app/adapters/queue/kafka';
import { openRabbitMqSender } from '../../../app/adapters/queue/rabbitmq';
import type { Connection as Sending } from '../../../app/adapters/queue/send';
import { chunks } from '../../../contract/chunks';
import {
  CONSUMER_GROUP,
  DEAD_LETTER_QUEUE_NAME,
  QUEUE_NAME,
  readQueueUrl,
  type KafkaAddress,
} from '../../../contract/click-queue';
import { openKafka } from '../../../contract/kafka';
import { DEAD_LETTER_QUEUE, QUEUE } from '../../../contract/rabbitmq';
import type { TestQueue } from '../../lambda/click-worker/exactness';

/** Far fewer than a producer could send at once, so that workers are busy while it sends. */
const AT_ONCE = 50;

async function sendTo(sender: Sending, bodies: readonly string[]): Promise<void> {
  for (const some of chunks(bodies, AT_ONCE)) {
    const refused = await sender.send(some);
    if (refused.length > 0) {
      throw new Error(`${refused.length} messages were refused.`);
    }
  }
  sender.close();
}

/** Declares the queues, too, as a worker would. */
export async function openRabbitQueue(url: string): Promise<TestQueue & { close(): Promise<void> }> {
  const rabbit = new Connection(url);
  // Brokers are killed here; it comes back by itself.
  rabbit.on('error', () => undefined);
  await rabbit.queueDeclare(DEAD_LETTER_QUEUE);
  await rabbit.queueDeclare(QUEUE);
  return {
    url,
    sendAll: async (bodies) =>
      sendTo(await openRabbitMqSender({ kind: 'rabbitmq', url, isEncrypted: false }, undefined), bodies),
    left: async () => (await rabbit.queueDeclare({ queue: QUEUE_NAME, passive: true })).messageCount,
    async dead() {
      const channel = await rabbit.acquire();
      const bodies: string[] = [];
      // What is not acknowledged is back in the queue when the channel ends.
      for (;;) {
        const message = await channel.basicGet(DEAD_LETTER_QUEUE_NAME);
        if (message === undefined) {
          break;
        }
        bodies.push(String(message.body));
      }
      await channel.close();
      return bodies;
    },
    close: () => rabbit.close(),
  };
}

export function kafkaAddress(url: string): KafkaAddress {
  const address = readQueueUrl(url);
  if (address?.kind !== 'kafka') {
    throw new Error(`${url} is no URL of Kafka.`);
  }
  return address;
}

/** Under a name of its own each time: a cluster that lasts has the topics of earlier runs. */
export async function openKafkaQueue(url: string): Promise<TestQueue & { close(): Promise<void> }> {
  const address = kafkaAddress(url);
  const deadLetters = `${address.topic}-dead-letters`;
  const { client, library } = await openKafka(
    address,
    { connectTimeout: 2_000, requestTimeout: 5_000 },
    () => undefined,
  );
  const { API } = library;
  const buried = new Map<string, string>();
  const cluster = client.createCluster();
  await cluster.connect();
  const gravedigger = await client.startConsumer({
    topics: [deadLetters],
    fromBeginning: true,
    allowTopicAutoCreation: true,
    maxWaitMs: 100,
    onBatch: (messages) => {
      messages.forEach(({ partition, offset, value }) => buried.set(`${partition}/${offset}`, value ?? ''));
    },
  });

  async function partitionsOf(topic: string) {
    const { topics } = await cluster.sendRequest(API.METADATA, { topics: [{ id: null, name: topic }] });
    return topics.flatMap(({ partitions }) => partitions);
  }

  return {
    url,
    sendAll: async (bodies) => sendTo(await openKafkaSender(address), bodies),
    async left() {
      const { topic } = address;
      await cluster.ensureConnected();
      const partitions = await partitionsOf(topic);
      const ends = await Promise.all(
        partitions.map(async ({ partitionIndex, leaderId }) => {
          const { topics } = await cluster.sendRequestToNode(leaderId)(API.LIST_OFFSETS, {
            replicaId: -1,
            isolationLevel: 0,
            topics: [
              { name: topic, partitions: [{ partitionIndex, currentLeaderEpoch: -1, timestamp: -1n }] },
            ],
          });
          return topics[0]?.partitions[0]?.offset ?? 0n;
        }),
      );
      const { coordinators } = await cluster.sendRequest(API.FIND_COORDINATOR, {
        keyType: 0,
        keys: [CONSUMER_GROUP],
      });
      const { groups } = await cluster.sendRequestToNode(coordinators[0]?.nodeId ?? 0)(API.OFFSET_FETCH, {
        groups: [
          {
            groupId: CONSUMER_GROUP,
            topics: [
              { name: topic, topicId: '', partitionIndexes: partitions.map((one) => one.partitionIndex) },
            ],
          },
        ],
        requireStable: false,
      });
      const read = groups
        .flatMap(({ topics }) => topics.flatMap((one) => one.partitions))
        .reduce((sum, { committedOffset }) => sum + (committedOffset > 0n ? committedOffset : 0n), 0n);
      return Number(ends.reduce((sum, end) => sum + end, 0n) - read);
    },
    dead: () => Promise.resolve([...buried.values()]),
    async close() {
      await gravedigger.close();
      await cluster.disconnect();
    },
  };
}
