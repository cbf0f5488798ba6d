/**
 * Real workers, a real PostgreSQL and a queue of any kind; all that can happen to them on the way. The database's `fsync` is
 * off: what a killed process has written, the kernel keeps.
 */
import { Client } from 'pg';
import { encodeClickMessage, type Click } from '../../../contract/click-message';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import type { Part } from '../../../local/parts/supervised';
import { startWorker } from '../../../local/parts/worker';
import { codeOf, countsIn, eventually, newClick, prepareDatabase, query, totals } from './support';

/** A queue that a test fills, and looks into. */
export interface TestQueue {
  readonly url: string;
  /** Resolves when the queue has them all. */
  sendAll(bodies: readonly string[]): Promise<void>;
  /** How many messages no worker has taken off it; without workers, where they would hide some. */
  left(): Promise<number>;
  /** What is in its dead-letter queue. */
  dead(): Promise<readonly string[]>;
}

const CLICKS = 100_000;
const LINKS = 1_000;
const CLICKS_PER_MESSAGE = 50;
const WORKERS = 3;
/** A link that no count can be added to: what is sent for it is poison that only the database knows. */
const FULL = 'full';

const clicks: readonly Click[] = Array.from({ length: CLICKS }, (_, index) =>
  newClick(codeOf((index * index) % LINKS)),
);
const grouped = group(clicks, CLICKS_PER_MESSAGE);
/** Every tenth message is sent twice, and of every twentieth its clicks come again in another company. */
const repeated = grouped.filter((_, index) => index % 10 === 0);
const regrouped = group(shuffled(grouped.filter((_, index) => index % 20 === 0).flat()), CLICKS_PER_MESSAGE);
/** One in a hundred of the messages, of four kinds. */
const poison = Array.from({ length: grouped.length / 100 }, (_, index) => poisonOf(index));

function poisonOf(index: number): string {
  const click = newClick(codeOf(index));
  const kinds = [
    `nonsense ${index}`,
    JSON.stringify({ version: 2, clicks: [click] }),
    JSON.stringify({ version: 1, clicks: [click, { ...click, count: -1 }] }),
    encodeClickMessage([click, newClick(FULL)]),
  ];
  return kinds[index % kinds.length] ?? '';
}

function group(all: readonly Click[], size: number): readonly (readonly Click[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item);
}

export async function openDatabase(links: number): Promise<Postgres> {
  const postgres = await startPostgres({ settings: { fsync: 'off' } });
  await prepareDatabase(postgres.url, links);
  return postgres;
}

/** Does something while a worker is in the middle of a transaction, which goes on or back afterwards. */
export async function midBatch(postgres: Postgres, fault: () => Promise<void>): Promise<void> {
  const client = new Client(postgres.url);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE links IN SHARE MODE');
  try {
    // On a connection of its own: in one transaction every look would be the first one's.
    await eventually(async () => {
      const waiting = await query(
        postgres.url,
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE '%click-worker'`,
      );
      return waiting.length > 0;
    });
    await fault();
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function countedIn(postgres: Postgres): Promise<number> {
  return [...(await countsIn(postgres.url))]
    .filter(([code]) => code !== FULL)
    .reduce((sum, [, count]) => sum + count, 0);
}

/**
 * 100,000 clicks, repeated, reordered, poisoned, with workers and database killed in mid-batch, count exactly.
 *
 * @param queue empty, and without workers
 */
export async function countExactly(queue: TestQueue): Promise<void> {
  const postgres = await openDatabase(LINKS);
  let workers: readonly Part[] = [];
  try {
    await query(
      postgres.url,
      `INSERT INTO links (code, url, alias, clicks) VALUES ('${FULL}', 'https://example.com/', true, 9223372036854775807)`,
    );
    const settings = { DATABASE_URL: postgres.url, CLICK_QUEUE_URL: queue.url };
    workers = await Promise.all(Array.from({ length: WORKERS }, () => startWorker(settings)));
    const started = performance.now();
    const messages = [...grouped, ...repeated, ...regrouped].map(encodeClickMessage);
    const sending = queue.sendAll(shuffled([...messages, ...poison]));

    await eventually(async () => (await countedIn(postgres)) > CLICKS / 10);
    await midBatch(postgres, async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
    });
    await Promise.all(workers.map((worker) => worker.restart()));

    await eventually(async () => (await countedIn(postgres)) > CLICKS / 3);
    await midBatch(postgres, () => postgres.kill());
    await postgres.restart();
    await sending;

    await eventually(
      async () =>
        (await countedIn(postgres)) === CLICKS && new Set(await queue.dead()).size === poison.length,
    );
    await Promise.all(workers.map((worker) => worker.stop()));
    workers = [];
    await eventually(async () => (await queue.left()) === 0);
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    process.stderr.write(
      `${CLICKS} clicks in ${messages.length} messages, all faults included: ${seconds} s\n`,
    );

    expect((await queue.dead()).toSorted()).toEqual(poison.toSorted());
    const counts = new Map(await countsIn(postgres.url));
    expect(counts.get(FULL)).toBe(2 ** 63);
    counts.delete(FULL);
    expect(counts).toEqual(totals(clicks));
  } finally {
    await Promise.all([...workers, postgres].map((part) => part.stop()));
  }
}
