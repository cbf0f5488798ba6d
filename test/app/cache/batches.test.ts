/** What many ask for at once goes to the cache as one question: each has its own answer all the same, whatever is in the others' place. */
import type { Cache } from '../../../app/adapters/cache/cache';
import { keyOf, type Entry } from '../../../app/adapters/cache/entry';
import { startRedis, startRedisCluster, type Redis, type RedisCluster } from '../../../local/parts/redis';
import { eventually, listen } from '../support';
import { createEnds, openCacheAt, type Ends } from './support';

const ends: Ends = createEnds();
afterEach(() => ends.run());

const link = (code: string): Entry => ({
  kind: 'link',
  version: 1,
  url: `https://example.com/${code}`,
  expiresAt: Infinity,
});

async function startOne(): Promise<Redis> {
  const redis = await startRedis();
  ends.add(() => redis.stop());
  return redis;
}

/** Stores until all are there: on a busy machine a first attempt may be late. */
async function store(cache: Cache, codes: readonly string[]): Promise<void> {
  await eventually(
    () => Promise.all(codes.map((code) => cache.put(code, link(code), true))),
    (stored) => !stored.includes(false),
    5_000,
  );
}

/** Asks for all at once, until so many of them are found: what is late on a busy machine is a miss like any other. */
function lookUp(cache: Cache, codes: readonly string[], present: number): Promise<(Entry | undefined)[]> {
  return eventually(
    () => Promise.all(codes.map((code) => cache.get(code))),
    (entries) => entries.filter((entry) => entry !== undefined).length === present,
    5_000,
  );
}

/** How often a command was called. */
async function calls(redis: Redis, command: string): Promise<number> {
  return Number(
    new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.command('INFO', 'commandstats'))?.[1] ?? 0,
  );
}

describe.each([
  { name: 'one node', startServer: startRedis, suffix: '' },
  { name: 'a cluster', startServer: startRedisCluster, suffix: '?cluster=true' },
])('on $name', ({ startServer, suffix }) => {
  let server: Redis | RedisCluster;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.stop());

  test('a missing, a deleted and an unknown one among them are what they are, and spoil no other', async () => {
    const cache = await openCacheAt(`${server.url}${suffix}`, ends);
    await store(cache, ['one', 'two', 'gone']);
    await cache.markDeleted('gone', 2);
    await cache.put('unknown', { kind: 'unknown', version: 0 }, true);
    expect(await lookUp(cache, ['one', 'missing', 'gone', 'two', 'unknown', 'one'], 5)).toStrictEqual([
      link('one'),
      undefined,
      { kind: 'deleted', version: 2 },
      link('two'),
      { kind: 'unknown', version: 0 },
      link('one'),
    ]);
  });
});

test('nonsense, another link’s entry and a list among them are nothing, and spoil no other', async () => {
  const redis = await startOne();
  const cache = await openCacheAt(redis.url, ends);
  await store(cache, ['one', 'two', 'list']);
  await redis.command('SET', keyOf('nonsense'), 'garbage');
  await redis.command('SET', keyOf('mixed-up'), 'one 1 - https://elsewhere.example/');
  await redis.command('DEL', keyOf('list'));
  await redis.command('LPUSH', keyOf('list'), 'garbage');
  expect(await lookUp(cache, ['one', 'nonsense', 'mixed-up', 'list', 'two'], 2)).toStrictEqual([
    link('one'),
    undefined,
    undefined,
    undefined,
    link('two'),
  ]);
});

test('a thousand askers of a thousand links put some ten questions, and each has its own answer', async () => {
  const redis = await startOne();
  const cache = await openCacheAt(redis.url, ends);
  const codes = Array.from({ length: 1_000 }, (_, index) => `code-${index}`);
  await store(cache, codes);
  // Scripts that store have read, too.
  const before = [await calls(redis, 'mget'), await calls(redis, 'get')];
  expect(await Promise.all(codes.map((code) => cache.get(code)))).toStrictEqual(codes.map(link));
  expect([await calls(redis, 'mget'), await calls(redis, 'get')]).toEqual([(before[0] ?? 0) + 10, before[1]]);
});

test('a frozen cache holds a thousand askers up as long as one, and is given up after five batches', async () => {
  const redis = await startOne();
  const log = listen();
  const cache = await openCacheAt(redis.url, ends, { log });
  await store(cache, ['one']);
  await redis.freeze();
  const startedAt = performance.now();
  const askers = Array.from({ length: 1_000 }, async (_, index) => {
    const entry = await cache.get(`code-${index}`);
    return { entry, milliseconds: performance.now() - startedAt };
  });
  const answers = await Promise.all(askers);
  expect(answers.filter(({ entry }) => entry !== undefined)).toEqual([]);
  // 50 ms each, and 10 for each two of the ten batches until the first ones have failed.
  expect(Math.max(...answers.map(({ milliseconds }) => milliseconds))).toBeLessThan(200);
  expect(log.sentences).toEqual(['The cache does not answer; the database is asked instead.']);
  await redis.thaw();
  expect(
    await eventually(
      () => cache.get('one'),
      (entry) => entry !== undefined,
    ),
  ).toEqual(link('one'));
});
