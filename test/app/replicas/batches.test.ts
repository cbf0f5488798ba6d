/** Many look-ups at once over a primary and two replicas of which one dies or freezes: each is answered all the same. */
import { Client } from 'pg';
import type { Database } from '../../../app/adapters/database';
import { MIGRATIONS } from '../../../app/adapters/migrations';
import { openPostgres } from '../../../app/adapters/postgres';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { startReplica, type Replica } from '../../../local/parts/replication';
import { catchUp } from '../../local/support';
import { eventually, silent } from '../support';

const LINKS = 300;
/** How often all links are asked for at once while a replica is lost; a busy machine must get round in a read's 1.5 s. */
const ASKERS = 3;
const codes = Array.from({ length: LINKS }, (_, index) => `code-${index}`);

let primary: Postgres;
let replicas: readonly Replica[];
let database: Database;
let observer: Client;

beforeAll(async () => {
  primary = await startPostgres();
  replicas = await Promise.all(['one', 'two'].map((name) => startReplica(primary, { name })));
  database = await openPostgres({
    url: primary.url,
    replicaUrls: replicas.map(({ url }) => url),
    migrations: MIGRATIONS,
    log: silent,
  });
  observer = new Client(primary.url);
  await observer.connect();
  await observer.query(
    `INSERT INTO links (code, url, alias, deleted_at)
     SELECT 'code-' || n, 'https://example.com/' || n, true, CASE WHEN n = 7 THEN now() END FROM generate_series(0, ${LINKS - 1}) AS n`,
  );
  await Promise.all(replicas.map((replica) => catchUp(replica, primary)));
  await bothAnswer();
});

afterAll(async () => {
  await observer.end();
  await database.close();
  await Promise.all([...replicas, primary].map((server) => server.stop()));
});

/** Until reads are answered by both replicas. */
async function bothAnswer(): Promise<void> {
  const sources = new Set<string>();
  await eventually(
    async () => sources.add((await database.links.find('code-0')).source),
    ({ size }) => size === 2,
    20_000,
  );
}

/** All links at once: what was found of each, on which server, and how long the slowest took in ms. */
async function findAll() {
  const startedAt = performance.now();
  const reads = await Promise.all(codes.map((code) => database.links.find(code)));
  return {
    found: reads.map(({ value }) => value?.code),
    sources: [...new Set(reads.map(({ source }) => source))],
    deleted: reads.filter(({ value }) => value?.deletedAt !== null).map(({ value }) => value?.code),
    milliseconds: performance.now() - startedAt,
  };
}

test('what is asked in one turn goes to one replica; each asker has its own row, the deleted one too', async () => {
  const { found, sources, deleted } = await findAll();
  expect(found).toStrictEqual(codes);
  expect(sources).toEqual([expect.stringMatching(/^replica-[12]$/)]);
  expect(deleted).toStrictEqual(['code-7']);
});

test('a code that no replica shows waits for the primary, and keeps no other of its batch waiting', async () => {
  await primary.freeze();
  let isTold = false;
  const missing = database.links.find('nowhere').finally(() => (isTold = true));
  const others = await findAll();
  expect([others.found, isTold]).toEqual([codes, false]);
  await primary.thaw();
  expect(await missing).toMatchObject({ value: undefined });
  const confirmed = await eventually(
    () => database.links.find('nowhere'),
    (read) => read.confirmed,
  );
  expect(confirmed).toMatchObject({ value: undefined, source: 'primary', confirmed: true });
  // Writes, too.
  await eventually(() => database.health.canWrite(), Boolean);
});

test('what somebody has just written is found in a batch with what others ask for, though no replica shows it yet', async () => {
  const inserted = await database.links.insert({
    code: 'just-made',
    url: 'https://example.com/',
    alias: true,
    expiresAt: null,
  });
  const position = 'position' in inserted ? inserted.position : undefined;
  expect(position).toBeDefined();
  const [own, ...others] = await Promise.all([
    database.links.find('just-made', position),
    ...codes.map((code) => database.links.find(code)),
  ]);
  expect(own.value?.code).toBe('just-made');
  expect(others.map(({ value }) => value?.code)).toStrictEqual(codes);
});

test('links that are made at once are each found at once by who shows where they were written', async () => {
  const made = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const inserted = await database.links.insert({
        code: `made-${index}`,
        url: 'https://example.com/',
        alias: false,
        expiresAt: null,
      });
      const position = 'position' in inserted ? inserted.position : undefined;
      return { position, code: (await database.links.find(`made-${index}`, position)).value?.code };
    }),
  );
  expect(made.filter(({ position }) => position === undefined)).toEqual([]);
  expect(made.map(({ code }) => code)).toStrictEqual(
    Array.from({ length: 50 }, (_, index) => `made-${index}`),
  );
});

test.each([
  {
    name: 'dies',
    fault: (replica: Replica) => replica.kill(),
    repair: (replica: Replica) => replica.restart(),
  },
  {
    name: 'freezes',
    fault: (replica: Replica) => replica.freeze(),
    repair: (replica: Replica) => replica.thaw(),
  },
])('a replica that $name under batches fails none of their look-ups', async ({ fault, repair }) => {
  const [one] = replicas;
  if (one === undefined) {
    throw new Error('there is no replica');
  }
  await bothAnswer();
  // Some are under way when it happens, and more come until it is known.
  let isOver = false;
  const askAgain = async (): Promise<(string | undefined)[]> => {
    const { found } = await findAll();
    return isOver ? found : [...found, ...(await askAgain())];
  };
  const asked = Array.from({ length: ASKERS }, askAgain);
  await fault(one);
  const { found } = await findAll();
  isOver = true;
  const all = [found, ...(await Promise.all(asked))].flat();
  expect(all.length).toBeGreaterThan(ASKERS * LINKS);
  expect(all).toStrictEqual(Array.from(all, (_, index) => codes[index % LINKS]));
  await repair(one);
  await bothAnswer();
});
