/**
 * Servers of the application over a real primary, two replicas and a cache, which fail in pairs: a link whose deletion was
 * acknowledged, or took effect, leads on for no more than a second.
 */
import { keyOf } from '../../../app/adapters/cache/entry';
import type { Database } from '../../../app/adapters/database';
import { MIGRATIONS } from '../../../app/adapters/migrations';
import { openPostgres } from '../../../app/adapters/postgres';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { startRedis, type Redis } from '../../../local/parts/redis';
import { startReplica, type Replica } from '../../../local/parts/replication';
import { ask as query, catchUp } from '../../local/support';
import { ask } from '../replicas/load';
import { ADMIN_TOKEN, eventually, silent } from '../support';
import { createEnds, moment, openCacheAt, startApplication, type Ends } from './support';

const DELETE = { method: 'DELETE', headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };

/** What docs/request-path.md promises, in ms. */
const PROMISED_MS = 1_000;

const ends: Ends = createEnds();
const ofAll: Ends = createEnds();
let primary: Postgres;
let replicas: readonly Replica[];
let redis: Redis;
let servers: readonly string[];
let run = 0;

beforeAll(async () => {
  primary = await startPostgres({ settings: { fsync: 'off' } });
  ofAll.add(() => primary.stop());
  [redis, ...replicas] = await Promise.all([
    startRedis(),
    startReplica(primary, { name: 'one' }),
    startReplica(primary, { name: 'two' }),
  ]);
  [redis, ...replicas].forEach((part) => {
    ofAll.add(() => part.stop());
  });
  servers = await startServers(ofAll);
});

afterEach(() => ends.run());
afterAll(() => ofAll.run());

async function startServers(of: Ends): Promise<readonly string[]> {
  const start = async (): Promise<string> => {
    const database: Database = await openPostgres({
      url: primary.url,
      replicaUrls: replicas.map(({ url }) => url),
      migrations: MIGRATIONS,
      log: silent,
    });
    of.add(() => database.close());
    return startApplication(database, await openCacheAt(redis.url, of), of);
  };
  return [await start(), await start()];
}

/** Makes links that both servers, every replica and the cache know. */
async function warmLinks(count: number): Promise<readonly string[]> {
  run += 1;
  const codes = Array.from({ length: count }, (_, index) => `run-${run}-${index}`);
  for (const code of codes) {
    const made = await ask(servers[0] ?? '', '/api/links', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: `https://example.com/${code}`, alias: code }),
    });
    expect(made.answer.status).toBe(201);
  }
  await Promise.all(replicas.map((replica) => catchUp(replica, primary)));
  expect(new Set(await statuses(codes))).toEqual(new Set([302]));
  return codes;
}

/** What each server answers for each link. */
async function statuses(codes: readonly string[], of = servers): Promise<readonly number[]> {
  return Promise.all(
    of.flatMap((server) => codes.map(async (code) => (await ask(server, `/${code}`, {})).answer.status)),
  );
}

/** For how long after the call any server led to any of the links, in ms; looks for a while longer than is promised. */
async function leadsOnFor(codes: readonly string[], of = servers): Promise<number> {
  const from = performance.now();
  let last = 0;
  for (let asked = 0; asked < 1.3 * PROMISED_MS; asked = performance.now() - from) {
    last = (await statuses(codes, of)).every((status) => status === 410) ? last : asked;
    await moment(20);
  }
  return last;
}

async function deleteAll(codes: readonly string[]): Promise<readonly number[]> {
  return Promise.all(
    codes.map(async (code, index) => {
      const server = servers[index % servers.length] ?? '';
      return (await ask(server, `/api/links/${code}`, DELETE)).answer.status;
    }),
  );
}

test('replicas that show nothing new, and a cache that has lost the deletion', async () => {
  const codes = await warmLinks(6);
  await Promise.all(replicas.map((replica) => replica.pauseReplay()));
  try {
    expect(new Set(await deleteAll(codes))).toEqual(new Set([204]));
    await redis.command('FLUSHALL');
    expect(await leadsOnFor(codes)).toBeLessThan(PROMISED_MS);
  } finally {
    await Promise.all(replicas.map((replica) => replica.resumeReplay()));
  }
  expect(new Set(await statuses(codes))).toEqual(new Set([410]));
  // What a server of another version would find there.
  const entries = await Promise.all(codes.map((code) => redis.command('GET', keyOf(code))));
  expect(entries).toEqual(codes.map((code) => `${code} 2 x`));
});

test('a deletion of which nobody knew whether it would take effect', async () => {
  const codes = await warmLinks(9);
  await primary.freeze();
  expect(new Set(await deleteAll(codes))).toEqual(new Set([503]));
  await primary.thaw();
  const list = codes.map((code) => `'${code}'`).join();
  const deleted = async () => {
    const rows = await query(
      primary,
      `SELECT coalesce(string_agg(code, ','), '') AS answer FROM links WHERE deleted_at IS NOT NULL AND code IN (${list})`,
    );
    return String(rows).split(',').filter(Boolean);
  };
  const effective = await eventually(deleted, (some) => some.length > 0);
  expect(effective.length).toBeGreaterThan(0);
  expect(await leadsOnFor(effective)).toBeLessThan(PROMISED_MS);
});

test('servers that are all restarted while the cache is frozen, and have not told it', async () => {
  const ofTheFirst = createEnds();
  ends.add(() => ofTheFirst.run());
  servers = await startServers(ofTheFirst);
  const codes = await warmLinks(6);
  await redis.freeze();
  try {
    expect(new Set(await deleteAll(codes))).toEqual(new Set([204]));
    await ofTheFirst.run();
    servers = await startServers(ofAll);
  } finally {
    await redis.thaw();
  }
  expect(await leadsOnFor(codes)).toBe(0);
  const told = await eventually(
    () => Promise.all(codes.map((code) => redis.command('GET', keyOf(code)))),
    (entries) => entries.every((entry) => entry.endsWith(' x')),
  );
  expect(told).toEqual(codes.map((code) => `${code} 2 x`));
});

test('a cache that thaws, holding what was deleted meanwhile', async () => {
  const codes = await warmLinks(6);
  await redis.freeze();
  expect(new Set(await deleteAll(codes))).toEqual(new Set([204]));
  await moment(PROMISED_MS);
  await redis.thaw();
  expect(await leadsOnFor(codes)).toBe(0);
});

test('with the primary away, what a replica says is cached for a moment only', async () => {
  const [code = ''] = await warmLinks(1);
  await primary.freeze();
  try {
    // Until the primary's last list is old, and what memory holds as well.
    await moment(2_200);
    await redis.command('FLUSHALL');
    expect(await statuses([code])).toEqual([302, 302]);
    const left = await eventually(
      async () => Number(await redis.command('PTTL', keyOf(code))),
      (milliseconds) => milliseconds > 0,
    );
    expect(left).toBeLessThan(2_000);
  } finally {
    await primary.thaw();
  }
});
