/** Two servers of the application over one cache: what users notice of it, and of its faults. */
import { get } from 'node:http';
import type { Cache } from '../../../app/adapters/cache/cache';
import { keyOf } from '../../../app/adapters/cache/entry';
import type { StoredLink } from '../../../app/adapters/database';
import { startRedis, startRedisCluster, type Redis, type RedisCluster } from '../../../local/parts/redis';
import { ask } from '../replicas/load';
import { ADMIN_TOKEN, embeddedFolder, eventually, listen, startServer } from '../support';
import {
  createDatabase,
  createEnds,
  linkTo,
  moment,
  openCacheAt,
  startApplication,
  type Ends,
} from './support';

const ends: Ends = createEnds();
afterEach(() => ends.run());

const DELETE = { method: 'DELETE', headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };

async function startOne(): Promise<Redis> {
  const redis = await startRedis();
  ends.add(() => redis.stop());
  return redis;
}

/** Two servers with one database and one cache each of their own connections; the reads of both are counted together. */
async function startTwo(
  url: string,
  options: { rows?: Map<string, StoredLink>; wrap?: (cache: Cache) => Cache } = {},
) {
  const { rows, wrap = (cache: Cache) => cache } = options;
  const { database, reads } = createDatabase(rows);
  const log = listen();
  const start = async (): Promise<string> =>
    startApplication(database, wrap(await openCacheAt(url, ends, { log })), ends);
  return { servers: [await start(), await start()] as const, reads, log };
}

async function statusOf(server: string, code: string): Promise<number> {
  return (await ask(server, `/${code}`, {})).answer.status;
}

/** `fetch` would queue a thousand. */
function statusOverOwnSocket(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

/** Visits links that nobody has visited until the log says that the cache answers this server again. */
async function whenUsedAgain(
  server: string,
  { sentences }: { readonly sentences: readonly string[] },
): Promise<void> {
  let visits = 0;
  await eventually(
    async () => {
      visits += 1;
      return statusOf(server, `fresh-${visits}`);
    },
    () => sentences.includes('The cache answers again.'),
  );
}

async function pathOf(server: string, code: string): Promise<string> {
  const { response } = await ask(server, `/${code}`, {});
  return (response?.headers.get('server-timing') ?? '').replace(/^server;.*?, region;[^,]*, /, '');
}

/** A request at a time from each of some clients, for codes that no memory holds; how long each took, in ms. */
async function visit(servers: readonly string[], prefix: string, visits: number) {
  const answers: { readonly status: number; readonly milliseconds: number }[] = [];
  const client = async (server: string, name: number): Promise<void> => {
    for (let index = 0; index < visits / 4; index += 1) {
      answers.push((await ask(server, `/${prefix}-${name}-${index}`, {})).answer);
    }
  };
  await Promise.all([0, 1, 2, 3].map((name) => client(servers[name % servers.length] ?? '', name)));
  const durations = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return {
    failed: answers.filter(({ status }) => status !== 302),
    p99: durations[Math.floor(durations.length * 0.99)] ?? Infinity,
  };
}

describe.each([
  { name: 'one node', startCache: startRedis, suffix: '' },
  { name: 'a cluster', startCache: startRedisCluster, suffix: '?cluster=true' },
])('on $name', ({ startCache, suffix }) => {
  let cache: Redis | RedisCluster;
  let url: string;

  beforeAll(async () => {
    cache = await startCache();
    url = `${cache.url}${suffix}`;
  });

  afterAll(() => cache.stop());

  test('1,000 requests at once for one cold link make one read of the database a server', async () => {
    const { servers, reads } = await startTwo(url);
    const statuses = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => statusOverOwnSocket(`${servers[index % 2] ?? ''}/cold`)),
    );
    expect(statuses.filter((status) => status !== 302)).toStrictEqual([]);
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.length).toBeLessThanOrEqual(servers.length);
  });

  test('what one server has read the other finds in the cache, and then in its memory', async () => {
    const { servers, reads } = await startTwo(url);
    const paths = [await pathOf(servers[0], 'abc')];
    await moment(100);
    paths.push(await pathOf(servers[1], 'abc'), await pathOf(servers[1], 'abc'));
    expect(paths).toEqual([
      expect.stringMatching(/^cache;desc=miss, db;desc=primary;dur=[\d.]+$/),
      expect.stringMatching(/^cache;desc=hit;dur=[\d.]+$/),
      'cache;desc=hit',
    ]);
    expect(reads).toEqual(['abc']);
  });
});

test('a link that was just made is in the cache at once', async () => {
  const { servers, reads } = await startTwo((await startOne()).url, { rows: new Map() });
  const body = JSON.stringify({ url: 'https://example.com/new', alias: 'new-link' });
  const made = await ask(servers[0], '/api/links', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(made.answer.status).toBe(201);
  expect(await pathOf(servers[1], 'new-link')).toMatch(/^cache;desc=hit;dur=/);
  expect(reads).toEqual([]);
});

test('a link made under a code that both servers had found unknown is found by both within a second', async () => {
  const { servers } = await startTwo((await startOne()).url, { rows: new Map() });
  expect([await statusOf(servers[0], 'new-link'), await statusOf(servers[1], 'new-link')]).toEqual([
    404, 404,
  ]);
  await ask(servers[0], '/api/links', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'https://example.com/new', alias: 'new-link' }),
  });
  const madeAt = performance.now();
  await eventually(
    () => statusOf(servers[1], 'new-link'),
    (status) => status === 302,
    3_000,
  );
  expect(performance.now() - madeAt).toBeLessThan(1_000);
  expect(await statusOf(servers[0], 'new-link')).toBe(302);
});

test('an unknown code is asked of the database once, whichever server is asked next', async () => {
  const { servers, reads } = await startTwo((await startOne()).url, { rows: new Map() });
  const statuses = [await statusOf(servers[0], 'nobody')];
  await moment(300);
  statuses.push(await statusOf(servers[1], 'nobody'), await statusOf(servers[0], 'nobody'));
  expect(statuses).toEqual([404, 404, 404]);
  expect(reads).toEqual(['nobody']);
});

describe('a deletion', () => {
  /** How long after its acknowledgement each server still led to the link, in ms. */
  async function staleness(wrap?: (cache: Cache) => Cache): Promise<number> {
    const rows = new Map([['abc', linkTo('abc')]]);
    const { servers } = await startTwo((await startOne()).url, { rows, ...(wrap && { wrap }) });
    // The other server has just read it: its memory is as fresh as can be.
    expect(await statusOf(servers[1], 'abc')).toBe(302);
    expect((await ask(servers[0], '/api/links/abc', DELETE)).answer.status).toBe(204);
    const acknowledgedAt = performance.now();
    expect(await statusOf(servers[0], 'abc')).toBe(410);
    let lastSeen = acknowledgedAt;
    while (performance.now() - acknowledgedAt < 1_500) {
      const askedAt = performance.now();
      const status = await statusOf(servers[1], 'abc');
      lastSeen = status === 410 ? lastSeen : askedAt;
      await moment(5);
    }
    return lastSeen - acknowledgedAt;
  }

  test('is seen by every server at once', async () => {
    expect(await staleness()).toBeLessThan(500);
  });

  test('is seen by every server within a second where its message is lost', async () => {
    const deaf = (cache: Cache): Cache => ({ ...cache, onDeleted: () => undefined });
    const lasted = await staleness(deaf);
    expect(lasted).toBeGreaterThan(100);
    expect(lasted).toBeLessThanOrEqual(1_000);
  });
});

test('once its lifetime has passed, a link is read from the database again', async () => {
  const { database, reads } = createDatabase();
  const cache = await openCacheAt((await startOne()).url, ends, { ttlSeconds: 1 });
  const server = await startApplication(database, cache, ends);
  await statusOf(server, 'abc');
  await moment(1_300);
  await statusOf(server, 'abc');
  expect(reads).toEqual(['abc', 'abc']);
});

test.each([
  ['a text', ['SET', 'garbage']],
  ['an entry of another link', ['SET', 'abd 1 - https://elsewhere.example/']],
  ['a script for a URL', ['SET', 'abc 1 - javascript:alert(1)']],
  ['a list', ['LPUSH', 'garbage']],
])('%s in the place of an entry leads nobody astray', async (_what, [command, value]) => {
  const redis = await startOne();
  const { servers } = await startTwo(redis.url);
  await redis.command(command ?? '', keyOf('abc'), value ?? '');
  const { response } = await ask(servers[0], '/abc', {});
  expect(response?.headers.get('location') ?? `${response?.status}`).toMatch(
    /^(https:\/\/example.com\/abc|410)$/,
  );
});

describe('a fault', () => {
  test('a killed cache fails no request, nor does its return; the log tells of each once', async () => {
    const redis = await startOne();
    const { servers, log } = await startTwo(redis.url);
    await visit(servers, 'before', 40);
    await redis.kill();
    const killed = await visit(servers, 'killed', 400);
    await redis.restart();
    await whenUsedAgain(servers[0], log);
    const back = await visit(servers, 'back', 200);
    expect([...killed.failed, ...back.failed]).toEqual([]);
    expect(log.sentences.filter((sentence) => sentence.includes('does not answer'))).toHaveLength(2);
  });

  test('a frozen cache fails no request, and delays none by more than 100 ms at the 99th percentile', async () => {
    const redis = await startOne();
    const { servers, log } = await startTwo(redis.url);
    await visit(servers, 'before', 40);
    await redis.freeze();
    const opening = await visit(servers, 'opening', 80);
    const isOpen = (): number => log.sentences.filter((sentence) => sentence.includes('not answer')).length;
    expect(isOpen()).toBe(2);
    const rounds = [
      await visit(servers, 'one', 400),
      await visit(servers, 'two', 400),
      await visit(servers, 'three', 400),
    ];
    // A busy machine only adds to it.
    const p99 = Math.min(...rounds.map((round) => round.p99));
    process.stderr.write(
      `cache frozen: p99 ${opening.p99.toFixed(0)} ms at first, ${p99.toFixed(0)} ms once open\n`,
    );
    expect([opening, ...rounds].flatMap(({ failed }) => failed)).toEqual([]);
    expect(p99).toBeLessThanOrEqual(100);
    await redis.thaw();
    await whenUsedAgain(servers[0], log);
    expect(await pathOf(servers[0], 'before-1-0')).toMatch(/^cache;desc=hit;dur=/);
  });

  test('while the cache is frozen links are made and deleted, and each server is ready', async () => {
    const redis = await startOne();
    const { servers } = await startTwo(redis.url, { rows: new Map() });
    await redis.freeze();
    const made = await ask(servers[0], '/api/links', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: 'https://example.com/new', alias: 'new-link' }),
    });
    const visited = await statusOf(servers[1], 'new-link');
    const deleted = await ask(servers[0], '/api/links/new-link', DELETE);
    const ready = await ask(servers[0], '/readyz', {});
    expect([made.answer.status, visited, deleted.answer.status, ready.answer.status]).toEqual([
      201, 302, 204, 200,
    ]);
  });
});

test('the process starts with a cache, uses it, says nothing of its password, and stops', async () => {
  const redis = await startRedis({ password: 'sesame' });
  ends.add(() => redis.stop());
  const folder = embeddedFolder();
  ends.add(() => {
    folder.remove();
  });
  const server = await startServer({ DATA_DIR: folder.path, CACHE_URL: redis.url, LOG_LEVEL: 'trace' });
  const made = await ask(server.url, '/api/links', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'https://example.com/new', alias: 'new-link' }),
  });
  expect(made.answer.status).toBe(201);
  expect(await pathOf(server.url, 'new-link')).toMatch(/^cache;desc=hit;dur=/);
  await redis.kill();
  await visit([server.url], 'killed', 20);
  server.child.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  expect(server.output()).toContain('The cache does not answer');
  expect(server.output()).not.toContain('sesame');
});
