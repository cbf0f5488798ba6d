import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startLoader } from '../local/load/loader';
import { zipf } from '../local/load/requests';
import { startPostgres } from '../local/parts/postgres';
import { startRedis, type Redis } from '../local/parts/redis';
import { startReplica } from '../local/parts/replication';
import { atLeast, interleaved, median, row, type Progress, type Row } from './measure';
import {
  bundle,
  codeOf,
  makeLinks,
  measure,
  startBare,
  startServer,
  withBench,
  type Done,
  type Server,
} from './processes';
import { load } from './wrk';

/** Links that redirects are drawn from, as Zipf has it: the most visited one gets 8 % of the visits. */
const LINKS = 100_000;
const ROUNDS = 3;

/** More than any server answers in one run. */
const DRAWS = 300_000;

/** Requests a second that each rung's latencies are measured at, and for how many seconds: a quarter of what rung 3 can do. */
const FIXED_RATE = 500;
const FIXED_RATE_SECONDS = 5;

/** Against a bare server, but for the last two: against rung 3, and against the insert alone. */
const HOT_AIM = 0.8;
const ZIPF_AIM = 0.6;
const ZIPF_OVER_DATABASE_AIM = 3;
const CREATES_AIM = 0.5;

/** The servers under measurement, from the bare one up: the same bundle on what each rung gives it. */
type Servers = readonly { readonly name: string; readonly server: Server }[];

const BARE = 'bare node:http';

/** Rungs 3 to 5 beside each other and beside a bare `node:http` server: what replicas and the cache buy. */
export function rungs(progress: Progress, rounds = ROUNDS): Promise<Row[]> {
  return withBench(async ({ folder, started }) => {
    progress(`rungs: a primary, two replicas, a cache, ${LINKS} links`);
    const file = bundle(folder, 'application');
    const primary = await started(startPostgres());
    const replicas = [
      await started(startReplica(primary, { name: 'one' })),
      await started(startReplica(primary, { name: 'two' })),
    ];
    const cache = await started(startRedis({ maxMemory: '256mb' }));
    const start = (settings: Readonly<Record<string, string>>) =>
      started(startServer([file], { DATABASE_URL: primary.url, ...settings }));
    const replicated = { DATABASE_REPLICA_URLS: replicas.map(({ url }) => url).join(',') };
    const bare = await started(startBare());
    const three = await start({});
    const servers: Servers = [
      { name: BARE, server: bare },
      { name: 'rung 3', server: three },
      { name: 'rung 4', server: await start(replicated) },
      { name: 'rung 5', server: await start({ ...replicated, CACHE_URL: cache.url }) },
    ];
    await makeLinks(primary.url, LINKS);
    return [
      ...(await hotRedirects(progress, servers, rounds)),
      ...(await zipfRedirects(progress, servers, { cache, folder, rounds })),
      ...(await latencies(progress, servers)),
      await creates(progress, three, { databaseUrl: primary.url, rounds }),
    ];
  });
}

async function hotRedirects(progress: Progress, servers: Servers, rounds: number): Promise<Row[]> {
  progress(`hot redirects: ${rounds} interleaved runs of 3 s on each rung`);
  const [bare = NaN, ...others] = await interleaved(
    rounds,
    servers.map(
      ({ server }) =>
        async () =>
          (await measure(server, () => load(`${server.url}/${codeOf(1)}`))).perProcessorSecond,
    ),
    progress,
  );
  return others.map((value, index) =>
    row(
      { name: `redirects of a hot link, rung ${index + 3}`, unit: 'requests/processor second' },
      value,
      { name: BARE, value: bare },
      atLeast(HOT_AIM),
    ),
  );
}

interface ZipfOptions {
  readonly cache: Redis;
  readonly folder: string;
  readonly rounds: number;
}

async function zipfRedirects(
  progress: Progress,
  servers: Servers,
  { cache, folder, rounds }: ZipfOptions,
): Promise<Row[]> {
  progress(`redirects drawn by Zipf: ${rounds} interleaved runs of 3 s on each rung, the cache warmed first`);
  const [last] = servers.slice(-1);
  if (last !== undefined) {
    await warm(last.server, folder);
  }
  const draw = zipf(LINKS);
  const drawn = writeCodes(folder, 'drawn', Array.from({ length: DRAWS }, draw));
  const done = servers.map((): Done[] => []);
  const hits: number[] = [];
  const [bare = NaN, three = NaN, four = NaN, five = NaN] = await interleaved(
    rounds,
    servers.map(({ server }, index) => async () => {
      const before = await lookups(cache);
      const first = 1 + Math.floor(Math.random() * DRAWS);
      const one = await measure(server, () =>
        load(server.url, { file: 'codes.lua', arguments: [drawn, String(first)] }),
      );
      const after = await lookups(cache);
      if (server === last?.server) {
        hits.push((after.hits - before.hits) / (after.all - before.all));
      }
      done[index]?.push(one);
      return one.perSecond;
    }),
    progress,
  );
  const [bareCost = NaN, ...costs] = done.map((each) =>
    median(each.slice(1).map(({ perProcessorSecond }) => perProcessorSecond)),
  );
  progress(
    `redirects drawn by Zipf: per processor second of the server, against bare: ` +
      costs.map((cost, index) => `rung ${index + 3} ${(cost / bareCost).toFixed(2)}`).join(', '),
  );
  const what = (of: string) => ({ name: `redirects drawn by Zipf, ${of}`, unit: 'requests/s' });
  const againstBare = { name: BARE, value: bare };
  const againstThree = { name: 'rung 3', value: three };
  return [
    row(what('rung 3 (database)'), three, againstBare),
    row(what('rung 4 (replicas)'), four, againstBare),
    row(what('rung 5 (cache)'), five, againstBare, atLeast(ZIPF_AIM)),
    row(what('rung 5 (cache)'), five, againstThree, atLeast(ZIPF_OVER_DATABASE_AIM)),
    row({ name: 'cache hit ratio, drawn by Zipf, warm', unit: 'of look-ups' }, median(hits.slice(1)), {
      name: 'all',
      value: 1,
    }),
  ];
}

/** Visits every link once: with a TTL of minutes a cache that is in use holds all that is asked for. */
async function warm(server: Server, folder: string): Promise<void> {
  const ranks = Array.from({ length: LINKS }, (_, index) => index + 1);
  const each = writeCodes(folder, 'each', ranks);
  for (let visited = 0; visited < LINKS;) {
    const { requests } = await load(server.url, {
      file: 'codes.lua',
      arguments: [each, String(visited + 1)],
    });
    visited += requests;
  }
}

/** @returns the file, with the code of a rank in each line */
function writeCodes(folder: string, name: string, ranks: readonly number[]): string {
  const file = join(folder, name);
  writeFileSync(file, ranks.map((rank) => `${codeOf(rank)}\n`).join(''));
  return file;
}

async function lookups(cache: Redis): Promise<{ readonly hits: number; readonly all: number }> {
  const stats = await cache.command('INFO', 'stats');
  const read = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  const hits = read('keyspace_hits');
  return { hits, all: hits + read('keyspace_misses') };
}

async function latencies(progress: Progress, servers: Servers): Promise<Row[]> {
  progress(
    `latencies: ${FIXED_RATE} redirects a second, drawn by Zipf, for ${FIXED_RATE_SECONDS} s on each rung`,
  );
  const codes = Array.from({ length: LINKS }, (_, index) => codeOf(index + 1));
  const loader = await startLoader();
  try {
    const met: { readonly p50: number; readonly p99: number }[] = [];
    for (const { name, server } of servers) {
      const { failed, requests, redirectP50, redirectP99 } = await loader.run({
        ...{
          url: server.url,
          mix: ['redirect'],
          codes,
          draw: 'zipf',
          addresses: [],
          shared: 256,
          target: '',
        },
        rate: FIXED_RATE,
        seconds: FIXED_RATE_SECONDS,
      });
      if (failed > 0) {
        throw new Error(`${name}: ${failed} of ${requests} redirects failed.`);
      }
      met.push({ p50: redirectP50, p99: redirectP99 });
    }
    return servers.slice(1).flatMap(({ name }, index) =>
      (['p50', 'p99'] as const).map((share) =>
        row({ name: `${share} at ${FIXED_RATE}/s, ${name}`, unit: 'ms' }, met[index + 1]?.[share] ?? NaN, {
          name: 'the rung below',
          value: met[index]?.[share] ?? NaN,
        }),
      ),
    );
  } finally {
    await loader.stop();
  }
}

async function creates(
  progress: Progress,
  server: Server,
  { databaseUrl, rounds }: { readonly databaseUrl: string; readonly rounds: number },
): Promise<Row> {
  progress(`creates: ${rounds} interleaved runs of 3 s beside the same insert alone`);
  const alone = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', join(__dirname, 'baselines/inserts.ts')],
      { env: { ...process.env, DATABASE_URL: databaseUrl } },
    );
    return Number(stdout);
  };
  const [insert = NaN, create = NaN] = await interleaved(
    rounds,
    [alone, async () => (await load(server.url, { file: 'creates.lua', arguments: [] })).perSecond],
    progress,
  );
  return row(
    { name: 'creates, rung 3', unit: 'requests/s' },
    create,
    { name: 'the insert alone', value: insert },
    atLeast(CREATES_AIM),
  );
}
