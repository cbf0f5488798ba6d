/**
 * librdkafka's mock cluster speaks Kafka's protocol with the groups of consumers in it. It chooses no new leader, writes
 * nothing to disk, knows no TLS and no IAM, and forgets all when it is killed: what Kafka does then is proven here by
 * nothing. `KAFKA_BROKERS=host:port,host:port` runs the same on real brokers, but for what only the mock can be told.
 */
import { randomUUID } from 'node:crypto';
import { startKafka, type Kafka } from '../../../local/parts/kafka';
import type { Postgres } from '../../../local/parts/postgres';
import { openDatabase } from '../../lambda/click-worker/exactness';
import { createKafkaReader } from '../../../server/click-worker/kafka';
import { kafkaAddress, openKafkaQueue } from './queues';
import { keepsItsPromises, LINKS } from './suite';

const { KAFKA_BROKERS: brokers } = process.env;

let kafka: Kafka | undefined;
let database: Postgres;
let queue: Awaited<ReturnType<typeof openKafkaQueue>>;

beforeAll(async () => {
  [kafka, database] = await Promise.all([
    brokers === undefined ? startKafka() : undefined,
    openDatabase(LINKS),
  ]);
  queue = await openKafkaQueue(kafka?.url ?? `kafka://${brokers ?? ''}/clicks-${randomUUID()}`);
});

afterAll(async () => {
  await queue.close();
  await Promise.all([kafka?.stop(), database.stop()]);
});

const mock = (work: (mocked: Kafka) => Promise<void>) => async (): Promise<void> => {
  await (kafka && work(kafka));
};

describe('Kafka', () => {
  keepsItsPromises({
    queue: () => queue,
    database: () => database,
    reader: () => createKafkaReader(kafkaAddress(queue.url)),
    returns: 0,
    faults:
      brokers === undefined
        ? [
            { name: 'frozen', begin: mock((one) => one.freeze()), end: mock((one) => one.thaw()) },
            {
              name: 'without a leader',
              begin: mock((one) => one.loseLeader()),
              end: mock((one) => one.returnLeader()),
            },
          ]
        : [],
  });
});
