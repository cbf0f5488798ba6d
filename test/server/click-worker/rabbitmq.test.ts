import { MAX_DELIVERIES } from '../../../contract/click-queue';
import { startRabbitMq, type RabbitMq } from '../../../local/parts/rabbitmq';
import { openRabbitQueue } from './queues';
import { keepsItsPromises } from './suite';

let rabbit: RabbitMq;
let queue: Awaited<ReturnType<typeof openRabbitQueue>>;

beforeAll(async () => {
  rabbit = await startRabbitMq();
  queue = await openRabbitQueue(rabbit.url);
});

afterAll(async () => {
  await queue.close();
  await rabbit.stop();
});

describe('RabbitMQ', () => {
  keepsItsPromises({
    queue: () => queue,
    // Each would bring the messages nearer to the dead-letter queue.
    stops: MAX_DELIVERIES + 1,
    faults: [
      { name: 'frozen', begin: () => rabbit.freeze(), end: () => rabbit.thaw() },
      { name: 'killed', begin: () => rabbit.kill(), end: () => rabbit.restart() },
      { name: 'without room on its disk', begin: () => rabbit.fillDisk(), end: () => rabbit.emptyDisk() },
    ],
  });
});
