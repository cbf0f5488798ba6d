/** SQS's promise, held against a real queue; test/server/click-worker has the other kinds'. */
import { startQueue, type Queue } from '../../../local/parts/queue';
import { countExactly } from './exactness';
import { messagesIn, sendAll } from './queues';

let queue: Queue;

beforeAll(async () => {
  queue = await startQueue({ visibilityTimeout: 3, maxReceiveCount: 5 });
});

afterAll(() => queue.stop());

// eslint-disable-next-line jest/expect-expect -- it expects all that any kind of queue must keep
test('100,000 clicks, repeated, reordered, poisoned, with workers and database killed in mid-batch, count exactly', async () => {
  await countExactly({
    url: queue.url,
    sendAll: (bodies) => sendAll(queue, bodies),
    left: async () => (await messagesIn(queue)).length,
    dead: () => messagesIn(queue, queue.deadLetterUrl),
  });
}, 120_000);
