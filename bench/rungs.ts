import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startLoader } from '../local/load/loader';
import { zipf } from '../local/load/requests';
import type { Postgres } from '../local/parts/postgres';
import type { Redis } from '../local/parts/redis';
import { atLeast, below, interleaved, median, row, type Progress, type Row } from './measure';
import { codeOf, makeLinks, measure, withBench, type Server } from './processes';
import { BARE, findings, loadDrawn, lookups, startRungs, warm, writeCodes } from './servers';
import { load } from './wrk';

/** Links that redirects are drawn from, as Zipf has it: the most visited one gets 8 % of the visits. */
const LINKS = 100_000;
const ROUNDS = 3;

/** More than any server answers in one run. */
const DRAWS = 300_000;

/** Requests a second that each rung's latencies are measured at, and for how many seconds: a quarter of what rung 3 can do. */
const FIXED_RATE = 500;
const FIXED_RATE_SECONDS = 5;

/** Against a bare server, but for the last one: against the insert alone. Of Zipf those of rungs 3, 4 and 5. */
const HOT_AIM = 0.85;
const ZIPF = [
  { of: 'rung 3 (database)', aim: 0.55 },
  { of: 'rung 4 (replicas)', aim: 0.5 },
  { of: 'rung 5 (cache)', aim: 0.7 },
];
const CREATES_AIM = 0.8;
/** Reads that come together are one statement. */
const STATEMENTS_AIM = 0.08;

/** The servers under measurement, from the bare one up. */
type Servers = readonly { readonly name: string; readonly server: Server }[];

/** Rungs 3 to 5 beside each other and beside a bare `node:http` server: what replicas and the cache buy. */
export function rungs(progress: Progress, rounds = ROUNDS): Promise<Row[]> {
  return withBench(async (bench) => {
    progress(`rungs: a primary, two replicas, a cache, ${LINKS} links`);
    const { primary, replicas, cache, bare, three, four, five } = await startRungs(bench);
    const servers: Servers = [
      { name: BARE, server: bare },
      { name: 'rung 3', server: three },
      { name: 'rung 4', server: four },
      { name: 'rung 5', server: five },
    ];
    await makeLinks(primary.url, LINKS);
    return [
      ...(await hotRedirects(progress, servers, rounds)),
      ...(await zipfRedirects(progress, servers, {
        databases: [primary, ...replicas],
        cache,
        folder: bench.folder,
        rounds,
      })),
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
  readonly databases: readonly Postgres[];
  readonly cache: Redis;
  readonly folder: string;
  readonly rounds: number;
}

async function zipfRedirects(
  progress: Progress,
  servers: Servers,
  { databases, cache, folder, rounds }: ZipfOptions,
): Promise<Row[]> {
  progress(`redirects drawn by Zipf: ${rounds} interleaved runs of 3 s on each rung, the cache warmed first`);
  const [last] = servers.slice(-1);
  if (last !== undefined) {
    await warm(last.server, folder, LINKS);
  }
  const draw = zipf(LINKS);
  const drawn = writeCodes(folder, 'drawn', Array.from({ length: DRAWS }, draw));
  const hits: number[] = [];
  /** Of each server's redirects: statements of databases, and links that were not in memory. */
  const statements = servers.map((): number[] => []);
  const misses = servers.map((): number[] => []);
  const [bare = NaN, ...costs] = await interleaved(
    rounds,
    servers.map(({ server }, index) => async () => {
      const before = await lookups(cache);
      const asked = await findings(databases);
      const one = await measure(server, () => loadDrawn(server, drawn, DRAWS));
      const after = await lookups(cache);
      const found = await findings(databases);
      statements[index]?.push((found.statements - asked.statements) / one.requests);
      if (server === last?.server) {
        hits.push((after.hits - before.hits) / (after.all - before.all));
        misses[index]?.push((after.all - before.all) / one.requests);
      } else {
        misses[index]?.push((found.links - asked.links) / one.requests);
      }
      return one.perProcessorSecond;
    }),
    progress,
  );
  return [
    ...costs.map((value, index) => {
      const { of, aim } = ZIPF[index] ?? {};
      return row(
        { name: `redirects drawn by Zipf, ${of ?? ''}`, unit: 'requests/processor second' },
        value,
        { name: BARE, value: bare },
        atLeast(aim ?? 0),
      );
    }),
    below(
      { name: 'database statements of a redirect drawn by Zipf, rung 3', unit: 'statements' },
      median((statements[1] ?? []).slice(1)),
      STATEMENTS_AIM,
    ),
    ...misses
      .slice(1)
      .map((each, index) =>
        row(
          { name: `redirects drawn by Zipf that memory does not answer, rung ${index + 3}`, unit: 'of all' },
          median(each.slice(1)),
          { name: 'all', value: 1 },
        ),
      ),
    row({ name: 'cache hit ratio, drawn by Zipf, warm', unit: 'of look-ups' }, median(hits.slice(1)), {
      name: 'all',
      value: 1,
    }),
  ];
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
    [
      alone,
      async () => (await load(server.url, { script: { file: 'creates.lua', arguments: [] } })).perSecond,
    ],
    progress,
  );
  return row(
    { name: 'creates, rung 3', unit: 'requests/s' },
    create,
    { name: 'the insert alone', value: insert },
    atLeast(CREATES_AIM),
  );
}
