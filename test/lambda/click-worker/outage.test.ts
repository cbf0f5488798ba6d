import { setTimeout } from 'node:timers/promises';
import { encodeClickMessage } from '../../../contract/click-message';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { startQueue, type Queue } from '../../../local/parts/queue';
import type { Part } from '../../../local/parts/supervised';
import { startWorker } from '../../../local/parts/worker';
import { messagesIn, sendAll } from './queues';
import { codeOf, countsIn, eventually, newClick, prepareDatabase, totals } from './support';

/** Delivered three times, a second apart, a message would be dead. */
const VISIBILITY_SECONDS = 1;
const MAX_RECEIVE_COUNT = 2;
const OUTAGE_MS = 4 * VISIBILITY_SECONDS * MAX_RECEIVE_COUNT * 1_000;

let postgres: Postgres;
let queue: Queue;
let worker: Part;

beforeAll(async () => {
  [postgres, queue] = await Promise.all([
    startPostgres({ settings: { fsync: 'off' } }),
    startQueue({ visibilityTimeout: VISIBILITY_SECONDS, maxReceiveCount: MAX_RECEIVE_COUNT }),
  ]);
  await prepareDatabase(postgres.url, 3);
  worker = await startWorker({ DATABASE_URL: postgres.url, CLICK_QUEUE_URL: queue.url });
});

afterAll(() => Promise.all([worker, queue, postgres].map((part) => part.stop())));

test('an outage longer than any number of deliveries sends no good message to the dead-letter queue', async () => {
  const clicks = Array.from({ length: 40 }, (_, index) => newClick(codeOf(index % 3)));
  await postgres.kill();
  await sendAll(
    queue,
    clicks.map((click) => encodeClickMessage([click])),
  );
  await setTimeout(OUTAGE_MS);
  await postgres.restart();
  await eventually(async () => (await messagesIn(queue)).length === 0);
  expect(await countsIn(postgres.url)).toEqual(totals(clicks));
  expect(await messagesIn(queue, queue.deadLetterUrl)).toEqual([]);
});
