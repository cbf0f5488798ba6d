import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { bundleServer } from '../lib/constructs/compute/bundle';
import { startPostgres, type Postgres } from '../local/parts/postgres';
import { startRedis, type Redis } from '../local/parts/redis';
import { startReplica } from '../local/parts/replication';
import { fixedRate, zipf, type Latencies } from './fixed-rate';
import { load } from './load';
import { interleaved, median, type Row } from './measure';
import { measure, startBare, startServer, type Done, type Server } from './processes';

/** Links that redirects are drawn from, as Zipf has it: the most visited one gets 8 % of the visits. */
const LINKS = 100_000;
const ROUNDS = 3;

/** Requests a second that each rung's latencies are measured at, and for how many seconds: a quarter of what rung 3 can do. */
const FIXED_RATE = 500;
const FIXED_RATE_SECONDS = 5;

/** Issue 3's aims. */
const HOT_AIM = 0.8;
const ZIPF_AIM = 0.6;
const ZIPF_OVER_DATABASE_AIM = 3;
const CREATES_AIM = 0.5;

/** The servers under measurement: the same bundle on what each rung gives it. */
interface Rungs {
  readonly bare: Server;
  readonly three: Server;
  readonly four: Server;
  readonly five: Server;
}

/** Rungs 3 to 5 beside each other and beside a bare `node:http` server: what replicas and the cache buy. */
export async function rungs(progress: (text: string) => void, rounds = ROUNDS): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-bench-'));
  const stops: (() => Promise<unknown>)[] = [];
  const started = <Part extends { stop(): Promise<unknown> }>(part: Part): Part => {
    stops.unshift(() => part.stop());
    return part;
  };
  try {
    progress(`rungs: a primary, two replicas, a cache, ${LINKS} links`);
    bundleServer({ root: resolve(__dirname, '..'), entry: undefined, folder });
    const primary = started(await startPostgres());
    const replicas = [
      started(await startReplica(primary, { name: 'one' })),
      started(await startReplica(primary, { name: 'two' })),
    ];
    const cache = started(await startRedis({ maxMemory: '256mb' }));
    const start = (settings: Readonly<Record<string, string>>) =>
      startServer([join(folder, 'server.js')], { DATABASE_URL: primary.url, ...settings });
    const replicated = { DATABASE_REPLICA_URLS: replicas.map(({ url }) => url).join(',') };
    const servers: Rungs = {
      bare: started(await startBare()),
      three: started(await start({})),
      four: started(await start(replicated)),
      five: started(await start({ ...replicated, CACHE_URL: cache.url })),
    };
    await makeLinks(primary);
    return [
      ...(await hotRedirects(progress, servers, rounds)),
      ...(await zipfRedirects(progress, servers, cache, rounds)),
      ...(await latencies(progress, servers)),
      ...(await creates(progress, servers.three, primary, rounds)),
    ];
  } finally {
    for (const stop of stops) {
      await stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeLinks(database: Postgres): Promise<void> {
  const client = new Client(database.url);
  await client.connect();
  await client.query(
    `INSERT INTO links (code, url, alias)
     SELECT 'bench' || lpad(n::text, 6, '0'), 'https://example.com/' || n, false FROM generate_series(1, $1) AS n`,
    [LINKS],
  );
  await client.query('VACUUM ANALYZE links');
  await client.end();
}

async function hotRedirects(
  progress: (text: string) => void,
  servers: Rungs,
  rounds: number,
): Promise<Row[]> {
  progress(`hot redirects: ${rounds} interleaved runs of 3 s on each rung`);
  const run = (server: Server) => async () =>
    (await measure(server, () => load(`${server.url}/bench000001`))).perProcessorSecond;
  const [bare = NaN, three = NaN, four = NaN, five = NaN] = await interleaved(
    rounds,
    [servers.bare, servers.three, servers.four, servers.five].map(run),
    progress,
  );
  return [three, four, five].map((value, index) => ({
    name: `redirects of a hot link, rung ${index + 3}`,
    unit: 'requests/processor second',
    value,
    baseline: { name: 'bare node:http', value: bare },
    ratio: value / bare,
    aim: `≥ ${HOT_AIM.toFixed(2)} ×`,
    kept: value / bare >= HOT_AIM,
  }));
}

/** Visits every link once: with a TTL of minutes a cache that is in use holds all that anybody asks for. */
async function warm(server: Server): Promise<void> {
  for (let visited = 0; visited < LINKS;) {
    const { requests } = await load(server.url, {
      file: 'each.lua',
      arguments: [String(LINKS), String(visited + 1)],
    });
    visited += requests;
  }
}

async function zipfRedirects(
  progress: (text: string) => void,
  servers: Rungs,
  cache: Redis,
  rounds: number,
): Promise<Row[]> {
  progress(`redirects drawn by Zipf: ${rounds} interleaved runs of 3 s on each rung, the cache warmed first`);
  await warm(servers.five);
  const done: Done[][] = [[], [], [], []];
  const hits: number[] = [];
  const run = (server: Server, index: number) => async () => {
    const before = await lookups(cache);
    const one = await measure(server, () =>
      load(server.url, { file: 'zipf.lua', arguments: [String(LINKS)] }),
    );
    const after = await lookups(cache);
    if (server === servers.five) {
      hits.push((after.hits - before.hits) / (after.all - before.all));
    }
    done[index]?.push(one);
    return one.perSecond;
  };
  const [bare = NaN, three = NaN, four = NaN, five = NaN] = await interleaved(
    rounds,
    [servers.bare, servers.three, servers.four, servers.five].map(run),
    progress,
  );
  const cost = done.map((each) => median(each.slice(1).map(({ perProcessorSecond }) => perProcessorSecond)));
  progress(
    `redirects drawn by Zipf: per processor second of the server, against bare: ` +
      [1, 2, 3].map((index) => `rung ${index + 2} ${ratio(cost[index], cost[0])}`).join(', '),
  );
  const row = (name: string, value: number, baseline: Row['baseline'], aim: number | undefined): Row => ({
    name,
    unit: 'requests/s',
    value,
    baseline,
    ratio: value / baseline.value,
    aim: aim === undefined ? 'none' : `≥ ${aim.toFixed(2)} ×`,
    kept: aim === undefined || value / baseline.value >= aim,
  });
  const againstBare = { name: 'bare node:http', value: bare };
  const hitRatio = median(hits.slice(1));
  return [
    row('redirects drawn by Zipf, rung 3 (database)', three, againstBare, undefined),
    row('redirects drawn by Zipf, rung 4 (replicas)', four, againstBare, undefined),
    row('redirects drawn by Zipf, rung 5 (cache)', five, againstBare, ZIPF_AIM),
    row(
      'redirects drawn by Zipf, rung 5 (cache)',
      five,
      { name: 'rung 3', value: three },
      ZIPF_OVER_DATABASE_AIM,
    ),
    {
      name: 'cache hit ratio, drawn by Zipf, warm',
      unit: 'of look-ups',
      value: hitRatio,
      baseline: { name: 'all', value: 1 },
      ratio: hitRatio,
      aim: 'none',
      kept: true,
    },
  ];
}

async function lookups(cache: Redis): Promise<{ readonly hits: number; readonly all: number }> {
  const stats = await cache.command('INFO', 'stats');
  const read = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  const hits = read('keyspace_hits');
  return { hits, all: hits + read('keyspace_misses') };
}

async function latencies(progress: (text: string) => void, servers: Rungs): Promise<Row[]> {
  progress(
    `latencies: ${FIXED_RATE} redirects a second, drawn by Zipf, for ${FIXED_RATE_SECONDS} s on each rung`,
  );
  const draw = zipf(LINKS);
  const path = (): string => `/bench${String(draw()).padStart(6, '0')}`;
  const rows: Row[] = [];
  let below: Latencies | undefined;
  for (const [name, server] of [
    ['bare node:http', servers.bare],
    ['rung 3', servers.three],
    ['rung 4', servers.four],
    ['rung 5', servers.five],
  ] as const) {
    const seen = await fixedRate({
      url: server.url,
      path,
      perSecond: FIXED_RATE,
      seconds: FIXED_RATE_SECONDS,
    });
    if (seen.failed > 0) {
      throw new Error(`${name}: ${seen.failed} of ${seen.requests} redirects failed.`);
    }
    if (below !== undefined) {
      rows.push(latency(`p50 at ${FIXED_RATE}/s, ${name}`, seen.p50Milliseconds, below.p50Milliseconds));
      rows.push(latency(`p99 at ${FIXED_RATE}/s, ${name}`, seen.p99Milliseconds, below.p99Milliseconds));
    }
    below = seen;
  }
  return rows;
}

function latency(name: string, value: number, below: number): Row {
  return {
    name,
    unit: 'ms',
    value,
    baseline: { name: 'the rung below', value: below },
    ratio: value / below,
    aim: 'none',
    kept: true,
  };
}

async function creates(
  progress: (text: string) => void,
  server: Server,
  database: Postgres,
  rounds: number,
): Promise<Row[]> {
  progress(`creates: ${rounds} interleaved runs of 3 s beside the same insert alone`);
  const alone = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', join(__dirname, 'baselines/inserts.ts')],
      { env: { ...process.env, DATABASE_URL: database.url } },
    );
    return Number(stdout);
  };
  const [insert = NaN, create = NaN] = await interleaved(
    rounds,
    [alone, async () => (await load(server.url, { file: 'creates.lua', arguments: [] })).perSecond],
    progress,
  );
  return [
    {
      name: 'creates, rung 3',
      unit: 'requests/s',
      value: create,
      baseline: { name: 'the insert alone', value: insert },
      ratio: create / insert,
      aim: `≥ ${CREATES_AIM.toFixed(2)} ×`,
      kept: create / insert >= CREATES_AIM,
    },
  ];
}

function ratio(value = NaN, baseline = NaN): string {
  return (value / baseline).toFixed(2);
}
