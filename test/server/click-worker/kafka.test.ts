/**
 * librdkafka's mock cluster speaks Kafka's protocol with the groups of consumers in it. It chooses no new leader, writes
 * nothing to disk, knows no TLS and no IAM, and forgets all when it is killed: what Kafka does then is proven here by
 * nothing. `KAFKA_BROKERS=host:port,host:port` runs the same on real brokers, but for what only the mock can be told.
 */
import { randomUUID } from 'node:crypto';
import { startKafka, type Kafka } from '../../../local/parts/kafka';
import { openKafkaQueue } from './queues';
import { keepsItsPromises } from './suite';

const { KAFKA_BROKERS: brokers } = process.env;

let kafka: Kafka | undefined;
let queue: Awaited<ReturnType<typeof openKafkaQueue>>;

beforeAll(async () => {
  kafka = brokers === undefined ? await startKafka() : undefined;
  queue = await openKafkaQueue(kafka?.url ?? `kafka://${brokers ?? ''}/clicks-${randomUUID()}`);
});

afterAll(async () => {
  await queue.close();
  await kafka?.stop();
});

const mock = (work: (mocked: Kafka) => Promise<void>) => async (): Promise<void> => {
  await (kafka && work(kafka));
};

describe('Kafka', () => {
  keepsItsPromises({
    queue: () => queue,
    stops: 1,
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
