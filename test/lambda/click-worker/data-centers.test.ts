/**
 * Two data centers, each with its queue, its worker and its database, the second of which replicates the first. No
 * setting changes and nothing of the second is restarted while the first dies, the second is promoted, and the first
 * comes back as its replica.
 */
import { encodeClickMessage, type Click } from '../../../contract/click-message';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { startQueue, type Queue } from '../../../local/parts/queue';
import { startReplica, type Replica } from '../../../local/parts/replication';
import type { Part } from '../../../local/parts/supervised';
import { startWorker } from '../../../local/parts/worker';
import { catchUp } from '../../local/support';
import { messagesIn, passedOnTo, sendAll } from './queues';
import { codeOf, countsIn, eventually, newClick, prepareDatabase, totals } from './support';

const LINKS = 10;

let first: { postgres: Postgres; readonly queue: Queue; readonly worker: Part };
let second: { readonly postgres: Replica; readonly queue: Queue; readonly worker: Part };
const clicks: Click[] = [];

beforeAll(async () => {
  const [postgres, queueOfFirst, queueOfSecond] = await Promise.all([
    startPostgres({ settings: { fsync: 'off', wal_retrieve_retry_interval: '100ms' } }),
    startQueue({ visibilityTimeout: 3 }),
    startQueue({ visibilityTimeout: 3 }),
  ]);
  await prepareDatabase(postgres.url, LINKS);
  const replica = await startReplica(postgres, { name: 'second' });
  const workerFor = ({ url }: Postgres, own: Queue, peer: Queue) =>
    startWorker({ DATABASE_URL: url, CLICK_QUEUE_URL: own.url, PEER_QUEUE_URLS: peer.url });
  const [workerOfFirst, workerOfSecond] = await Promise.all([
    workerFor(postgres, queueOfFirst, queueOfSecond),
    workerFor(replica, queueOfSecond, queueOfFirst),
  ]);
  first = { postgres, queue: queueOfFirst, worker: workerOfFirst };
  second = { postgres: replica, queue: queueOfSecond, worker: workerOfSecond };
});

afterAll(() =>
  Promise.all([first, second].flatMap((center) => Object.values(center).map((part) => part.stop()))),
);

/** Sends what a data center's servers would. */
async function send(queue: Queue): Promise<void> {
  const messages = Array.from({ length: 30 }, (_message, message) =>
    Array.from({ length: 10 }, (_click, click) => newClick(codeOf((message + click) % LINKS))),
  );
  clicks.push(...messages.flat());
  await sendAll(queue, messages.map(encodeClickMessage));
}

async function waiting(): Promise<number> {
  return (await Promise.all([first.queue, second.queue].map((queue) => messagesIn(queue)))).flat().length;
}

const dead = async (): Promise<readonly string[]> =>
  (
    await Promise.all([first.queue, second.queue].map((queue) => messagesIn(queue, queue.deadLetterUrl)))
  ).flat();

test('the data center whose database is in recovery counts its clicks where writes are taken', async () => {
  await Promise.all([send(first.queue), send(second.queue)]);
  await eventually(async () => (await waiting()) === 0);
  expect(await countsIn(first.postgres.url)).toEqual(totals(clicks));
  await catchUp(second.postgres, first.postgres);
  expect(await countsIn(second.postgres.url)).toEqual(totals(clicks));
});

test('with the first data center gone, the second keeps its clicks, and counts them once it is promoted', async () => {
  // What is in the first queue stays there, as SQS would keep it; the second cannot reach it.
  await Promise.all([first.worker.kill(), first.postgres.kill()]);
  await send(first.queue);
  await first.queue.freeze();
  const before = await countsIn(second.postgres.url);
  await send(second.queue);
  await eventually(async () => (await passedOnTo(second.queue)) > 0);
  expect(await countsIn(second.postgres.url)).toEqual(before);

  await second.postgres.promote();
  await eventually(async () => (await messagesIn(second.queue)).length === 0);
  const lastSent = new Set(clicks.slice(-600, -300));
  expect(await countsIn(second.postgres.url)).toEqual(totals(clicks.filter((click) => !lastSent.has(click))));
});

test('the first comes back as a replica, and the clicks that had waited in it are counted by the second', async () => {
  const { port } = first.postgres;
  await first.postgres.stop();
  first.postgres = await startReplica(second.postgres, { name: 'first', port });
  await Promise.all([first.queue.thaw(), first.worker.restart()]);
  await send(first.queue);
  await eventually(async () => (await waiting()) === 0);
  expect(await countsIn(second.postgres.url)).toEqual(totals(clicks));
  await catchUp(first.postgres, second.postgres);
  expect(await countsIn(first.postgres.url)).toEqual(totals(clicks));
  expect(await dead()).toEqual([]);
});
