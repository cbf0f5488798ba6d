/** The queue that clicks go through, of any kind: local/parts has one file for each. */
import type { QueueKind } from '../../lib/scaling-plan';
import { startKafka, type Kafka } from './kafka';
import { startQueue, type Queue } from './queue';
import { startRabbitMq, type RabbitMq } from './rabbitmq';

/** Told apart by its `queue`. */
export type ClickQueue = Queue | RabbitMq | Kafka;

/** As people call them. */
export const QUEUE_NAMES: Readonly<Record<QueueKind, string>> = {
  sqs: 'SQS',
  rabbitmq: 'RabbitMQ',
  kafka: 'Kafka',
};

const START: Readonly<Record<QueueKind, () => Promise<ClickQueue>>> = {
  sqs: startQueue,
  rabbitmq: startRabbitMq,
  kafka: startKafka,
};

/** Starts one; resolves when it takes messages. @throws Error as each kind does */
export function startClickQueue(kind: QueueKind): Promise<ClickQueue> {
  return START[kind]();
}
