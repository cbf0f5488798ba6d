/** The cache over a real server: one node, a cluster, and servers that talk nonsense. */
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { Cache } from '../../../app/adapters/cache/cache';
import { encode, keyOf, type Entry } from '../../../app/adapters/cache/entry';
import { startRedis, startRedisCluster, type Redis, type RedisCluster } from '../../../local/parts/redis';
import { eventually, listen } from '../support';
import { createEnds, moment, openCacheAt, type Ends } from './support';

const ends: Ends = createEnds();
afterEach(() => ends.run());

const link = (version = 1): Entry => ({
  kind: 'link',
  version,
  url: 'https://example.com/',
  expiresAt: Infinity,
});

async function start(options?: Parameters<typeof startRedis>[0]): Promise<Redis> {
  const redis = await startRedis(options);
  ends.add(() => redis.stop());
  return redis;
}

/** A first look-up may be late on a busy machine; every miss is legitimate, just not for ever. */
const found = (cache: Cache, code: string): Promise<Entry | undefined> =>
  eventually(
    () => cache.get(code),
    (entry) => entry !== undefined,
    5_000,
  );

describe.each([
  { name: 'one node', startServer: startRedis, suffix: '' },
  { name: 'a cluster', startServer: startRedisCluster, suffix: '?cluster=true' },
])('on $name', ({ startServer, suffix }) => {
  let server: Redis | RedisCluster;
  let url: string;

  beforeAll(async () => {
    server = await startServer({ password: 'sesame' });
    url = `${server.url}${suffix}`;
  });

  afterAll(() => server.stop());

  test('what one server stores the other finds, a hundred at a time, and an older version changes nothing', async () => {
    const one = await openCacheAt(url, ends);
    const other = await openCacheAt(url, ends);
    const codes = Array.from({ length: 100 }, (_, index) => `code-${index}`);
    await Promise.all(codes.map((code) => one.put(code, link(2), true)));
    expect(await Promise.all(codes.map((code) => found(other, code)))).toStrictEqual(
      codes.map(() => link(2)),
    );
    await Promise.all(codes.map((code) => other.put(code, link(1), true)));
    const entries = await Promise.all(codes.map((code) => found(other, code)));
    expect(entries).toStrictEqual(codes.map(() => link(2)));
  });

  test('a deletion is told to every server', async () => {
    const caches = [await openCacheAt(url, ends), await openCacheAt(url, ends)];
    const heard = caches.map((cache) => {
      const codes: string[] = [];
      cache.onDeleted((code) => codes.push(code));
      return codes;
    });
    const all = await eventually(
      async () => {
        await caches[0]?.markDeleted('abc', 2);
        return heard.every((codes) => codes.includes('abc'));
      },
      Boolean,
      10_000,
    );
    expect(all).toBe(true);
    const entries = await Promise.all(caches.map((cache) => found(cache, 'abc')));
    expect(entries).toStrictEqual(caches.map(() => ({ kind: 'deleted', version: 2 })));
  });
});

test('entries end with their lifetime, which is spread by a tenth to either side', async () => {
  const redis = await start();
  const cache = await openCacheAt(redis.url, ends, { ttlSeconds: 100 });
  const codes = Array.from({ length: 30 }, (_, index) => `code-${index}`);
  await Promise.all(codes.map((code) => cache.put(code, link(), true)));
  const script = `local left = {} for _, key in ipairs(redis.call('KEYS', '*')) do
    left[#left + 1] = redis.call('PTTL', key) end return left`;
  const lifetimes = (await redis.command('EVAL', script, '0')).split('\n').map(Number);
  expect(lifetimes).toHaveLength(30);
  expect(Math.min(...lifetimes)).toBeGreaterThan(85_000);
  expect(Math.max(...lifetimes)).toBeLessThanOrEqual(110_000);
  expect(Math.max(...lifetimes) - Math.min(...lifetimes)).toBeGreaterThan(5_000);
});

test('an entry is gone once its lifetime has passed', async () => {
  const cache = await openCacheAt((await start()).url, ends, { ttlSeconds: 1 });
  await cache.put('abc', link(), true);
  expect(await found(cache, 'abc')).toEqual(link());
  await moment(1_150);
  expect(await cache.get('abc')).toBeUndefined();
});

test('an unknown code is kept for less than two seconds, and replaced by any row', async () => {
  const redis = await start();
  const cache = await openCacheAt(redis.url, ends);
  await cache.put('abc', { kind: 'unknown', version: 0 }, true);
  const left = Number(await redis.command('PTTL', keyOf('abc')));
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(2_000);
  await cache.put('abc', link(), true);
  await cache.put('abc', { kind: 'unknown', version: 0 }, true);
  expect(await found(cache, 'abc')).toEqual(link());
});

test('a deletion is kept as long as any older entry may live', async () => {
  const redis = await start();
  const cache = await openCacheAt(redis.url, ends, { ttlSeconds: 100 });
  await cache.markDeleted('abc', 2);
  expect(Number(await redis.command('PTTL', keyOf('abc')))).toBeGreaterThan(100_000);
});

test.each([
  ['an empty text', ['SET', '']],
  ['a text of no form', ['SET', 'garbage']],
  ['the entry of another code', ['SET', encode('abd', link())]],
  ['an entry cut short', ['SET', 'abc 1 -']],
  ['bytes that are no text', ['SET', 'abc 1 - https://a.example/\uFFFD\u0001']],
  ['a list', ['LPUSH', encode('abc', link())]],
])(
  '%s is a miss, is replaced, and is no reason to ask the cache no more',
  async (_what, [command, value]) => {
    const redis = await start();
    const cache = await openCacheAt(redis.url, ends);
    await redis.command(command ?? '', keyOf('abc'), value ?? '');
    const answers = await Promise.all(Array.from({ length: 20 }, () => cache.get('abc')));
    expect(answers.filter((entry) => entry !== undefined)).toEqual([]);
    await cache.put('abc', link(), true);
    expect(await found(cache, 'abc')).toEqual(link());
  },
);

test('a frozen cache takes nothing, and whoever tells it hears so soon', async () => {
  const redis = await start();
  const cache = await openCacheAt(redis.url, ends);
  expect(await cache.put('abc', link(), true)).toBe(true);
  await redis.freeze();
  const startedAt = performance.now();
  expect(await cache.markDeleted('abc', 2)).toBe(false);
  expect(await cache.put('abc', link(), true)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test('what is not certain is kept for less than two seconds', async () => {
  const redis = await start();
  const cache = await openCacheAt(redis.url, ends);
  await cache.put('abc', link(), false);
  const left = Number(await redis.command('PTTL', keyOf('abc')));
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(2_000);
});

test('a cache that comes back is used again, and the log says so once', async () => {
  const redis = await start();
  const log = listen();
  const cache = await openCacheAt(redis.url, ends, { log });
  await redis.kill();
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await cache.get('abc');
  }
  await redis.restart();
  await eventually(
    async () => {
      await cache.put('abc', link(), true);
      return cache.get('abc');
    },
    (entry) => entry !== undefined,
  );
  expect(await found(cache, 'abc')).toEqual(link());
  expect(log.sentences).toEqual([
    'The cache does not answer; the database is asked instead.',
    'The cache answers again.',
  ]);
});

test('a cut connection is made again', async () => {
  const redis = await start();
  const cache = await openCacheAt(redis.url, ends);
  await cache.put('abc', link(), true);
  await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
  expect(await found(cache, 'abc')).toEqual(link());
});

test('a start does not wait for a cache that is not there', async () => {
  const redis = await start();
  await redis.kill();
  const startedAt = performance.now();
  const cache = await openCacheAt(redis.url, ends);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  expect(await cache.get('abc')).toBeUndefined();
});

/** A server that answers whatever it is sent. */
async function startNonsense(answer: (heard: Buffer) => Buffer | string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (heard) => {
      socket.write(answer(heard));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ends.add(async () => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  const { port } = server.address() as AddressInfo;
  return `redis://:sesame@127.0.0.1:${port}`;
}

describe.each([
  ['HTTP', () => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
  ['random bytes', () => randomBytes(64)],
  ['a number to everything', () => ':1\r\n'],
  ['nothing to everything', () => '$-1\r\n'],
  ['an empty list to everything', () => '*0\r\n'],
  ['a list of nothing to everything', () => '*2\r\n$-1\r\n$-1\r\n'],
  ['an entry to everything', () => '$27\r\nabc 1 - https://a.example/1\r\n'],
  ['two answers to everything', () => '+OK\r\n+OK\r\n'],
  ['half an answer', () => '$1000000\r\nabc'],
  ['an error', () => '-ERR no\r\n'],
  ['what it hears', (heard: Buffer) => heard],
  ['an error that repeats what it hears', (heard: Buffer) => `-ERR ${JSON.stringify(String(heard))}\r\n`],
] as const)('a server that answers %s', (_name, answer) => {
  test('is a cache that holds nothing, and the password is in no line of the log', async () => {
    const lines: string[] = [];
    const note = (fields: object, sentence: string): void => {
      lines.push(`${JSON.stringify(fields)} ${sentence}`);
    };
    const log = { info: note, warn: note, error: note };
    const cache = await openCacheAt(await startNonsense(answer), ends, { log });
    for (let round = 0; round < 8; round += 1) {
      expect(await cache.get('other')).toBeUndefined();
      await cache.put('other', link(), true);
      await cache.markDeleted('other', 2);
    }
    expect(lines.filter((line) => line.includes('sesame'))).toEqual([]);
  });
});
