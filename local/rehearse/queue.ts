/** The click queues of a running rung, seen from outside: by neither a server nor a worker. */
import type { SQS } from '@aws-sdk/client-sqs';
import type { Client } from 'kafka-ts';
import { CONSUMER_GROUP, QUEUE_NAME, readQueueUrl } from '../../contract/click-queue';
import { openKafka } from '../../contract/kafka';
import { openRabbitMq } from '../../contract/rabbitmq';
import type { ClickQueue } from '../parts/click-queue';
import type { Kafka } from '../parts/kafka';
import { LOCAL_CREDENTIALS, type Queue } from '../parts/queue';
import type { RabbitMq } from '../parts/rabbitmq';

/** @throws Error where it does not answer */
export async function send(queue: ClickQueue, bodies: readonly string[]): Promise<void> {
  switch (queue.queue) {
    case 'sqs':
      return sendToSqs(queue, bodies);
    case 'rabbitmq':
      return sendToRabbitMq(queue, bodies);
    case 'kafka':
      return sendToKafka(queue, bodies);
  }
}

/** Messages that are neither counted nor given up: waiting, being worked on, or put off. NaN where it does not answer. */
export async function waitingIn(queue: ClickQueue): Promise<number> {
  try {
    switch (queue.queue) {
      case 'sqs':
        return await waitingInSqs(queue);
      case 'rabbitmq':
        return await waitingInRabbitMq(queue);
      case 'kafka':
        return await waitingInKafka(queue);
    }
  } catch {
    return Number.NaN;
  }
}

async function sendToSqs(queue: Queue, bodies: readonly string[]): Promise<void> {
  await withSqs(queue, async (sqs) => {
    for (const body of bodies) {
      await sqs.sendMessage({ QueueUrl: queue.url, MessageBody: body });
    }
  });
}

async function waitingInSqs(queue: Queue): Promise<number> {
  const { Attributes = {} } = await withSqs(queue, (sqs) =>
    sqs.getQueueAttributes({ QueueUrl: queue.url, AttributeNames: ['All'] }),
  );
  return [
    Attributes.ApproximateNumberOfMessages,
    Attributes.ApproximateNumberOfMessagesNotVisible,
    Attributes.ApproximateNumberOfMessagesDelayed,
  ].reduce((sum, count) => sum + Number(count ?? 0), 0);
}

async function withSqs<T>({ url }: Queue, work: (sqs: SQS) => Promise<T>): Promise<T> {
  // Loaded when it is needed: it takes longer than all else that a start loads.
  const sdk = await import('@aws-sdk/client-sqs');
  const sqs = new sdk.SQS({
    endpoint: new URL(url).origin,
    region: LOCAL_CREDENTIALS.AWS_REGION,
    credentials: {
      accessKeyId: LOCAL_CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: LOCAL_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
    maxAttempts: 1,
  });
  try {
    return await work(sqs);
  } finally {
    sqs.destroy();
  }
}

async function sendToRabbitMq({ url }: RabbitMq, bodies: readonly string[]): Promise<void> {
  const address = readQueueUrl(url);
  if (address?.kind !== 'rabbitmq') {
    throw new Error(`${new URL(url).protocol} is no RabbitMQ’s.`);
  }
  const connection = await openRabbitMq(address, undefined, () => undefined);
  try {
    const publisher = connection.createPublisher({ confirm: true });
    for (const body of bodies) {
      await publisher.send({ routingKey: QUEUE_NAME, durable: true }, body);
    }
  } finally {
    connection.unsafeDestroy();
  }
}

/**
 * Asked of the queue's own state: AMQP does not tell of what is being worked on, and what RabbitMQ lists is seconds old.
 */
async function waitingInRabbitMq(queue: RabbitMq): Promise<number> {
  const state = `{list_to_atom("%2F_${QUEUE_NAME}"), node()}`;
  const total = 'fun rabbit_fifo:query_messages_total/1';
  return Number(
    await queue.command('eval', `{ok, Total, _} = ra:consistent_query(${state}, ${total}), Total.`),
  );
}

async function sendToKafka(queue: Kafka, bodies: readonly string[]): Promise<void> {
  await withKafka(queue, async (client) => {
    const producer = client.createProducer({});
    await producer.send(bodies.map((value) => ({ topic: QUEUE_NAME, value })));
    await producer.close();
  });
}

/** What each partition holds beyond the offset that the workers' group has committed. */
async function waitingInKafka(queue: Kafka): Promise<number> {
  return withKafka(queue, async (client, { API }) => {
    const cluster = client.createCluster();
    await cluster.connect();
    try {
      const named = { id: null, name: QUEUE_NAME };
      const { topics } = await cluster.sendRequest(API.METADATA, { topics: [named] });
      const [{ partitions = [], topicId = '' } = {}] = topics;
      const { coordinators } = await cluster.sendRequest(API.FIND_COORDINATOR, {
        keyType: GROUP,
        keys: [CONSUMER_GROUP],
      });
      const asked = {
        name: QUEUE_NAME,
        topicId,
        partitionIndexes: partitions.map(({ partitionIndex }) => partitionIndex),
      };
      const { groups } = await cluster.sendRequestToNode(coordinators[0]?.nodeId ?? 0)(API.OFFSET_FETCH, {
        groups: [{ groupId: CONSUMER_GROUP, topics: [asked] }],
        requireStable: true,
      });
      const committed = new Map(
        groups
          .flatMap((group) => group.topics)
          .flatMap((topic) => topic.partitions)
          .map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]),
      );
      const waiting = await Promise.all(
        partitions.map(async ({ partitionIndex, leaderId }) => {
          const { topics: offsets } = await cluster.sendRequestToNode(leaderId)(API.LIST_OFFSETS, {
            replicaId: -1,
            isolationLevel: 0,
            topics: [
              {
                name: QUEUE_NAME,
                partitions: [{ partitionIndex, currentLeaderEpoch: -1, timestamp: LATEST }],
              },
            ],
          });
          const [end] = offsets.flatMap((topic) => topic.partitions);
          return Number(end?.offset ?? 0) - Math.max(0, committed.get(partitionIndex) ?? 0);
        }),
      );
      return waiting.reduce((sum, count) => sum + count, 0);
    } finally {
      await cluster.disconnect();
    }
  });
}

/** As Kafka's protocol names them: whom a coordinator is asked for, and the end of a partition. */
const GROUP = 0;
const LATEST = -1n;

/** In ms. */
const PATIENCE = { connectTimeout: 3_000, requestTimeout: 3_000 };

async function withKafka<T>(
  { url }: Kafka,
  work: (client: Client, library: typeof import('kafka-ts')) => Promise<T>,
): Promise<T> {
  const address = readQueueUrl(url);
  if (address?.kind !== 'kafka') {
    throw new Error(`${url} is no Kafka’s.`);
  }
  const { client, library } = await openKafka(address, PATIENCE, () => undefined);
  return work(client, library);
}
