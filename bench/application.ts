import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleServer } from '../lib/constructs/compute/bundle';
import { startPostgres } from '../local/parts/postgres';
import { load } from './load';
import { interleaved, median, type Row } from './measure';
import { measure, startBare, startServer, type Server } from './processes';

const ROUNDS = 5;
/** Issue 2's aims: a hot redirect against the barest server, and an idle application's memory. */
const REDIRECTS_AIM = 0.8;
const MEMORY_AIM_MB = 100;
/** An idle application has settled when timers have run and the start's garbage is gone. */
const SETTLE_MS = 5000;

/** The application as servers run it (the bundle, a PostgreSQL apart) beside a bare `node:http` server. */
export async function application(progress: (text: string) => void, rounds = ROUNDS): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-bench-'));
  bundleServer({ root: resolve(__dirname, '..'), entry: undefined, folder });
  const database = await startPostgres();
  const start = () => startServer([join(folder, 'server.js')], { DATABASE_URL: database.url });
  try {
    return [await memory(progress, start), ...(await redirects(progress, start, rounds))];
  } finally {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function memory(progress: (text: string) => void, start: () => Promise<Server>): Promise<Row> {
  progress('memory: 3 starts of the idle application');
  const values: number[] = [];
  for (let run = 0; run < 3; run++) {
    const server = await start();
    await new Promise((wake) => setTimeout(wake, SETTLE_MS));
    values.push(server.residentMegabytes());
    await server.stop();
  }
  const value = median(values);
  return {
    name: 'memory of the idle application, database apart',
    unit: 'MB',
    value,
    baseline: { name: 'aim', value: MEMORY_AIM_MB },
    ratio: value / MEMORY_AIM_MB,
    aim: `< ${MEMORY_AIM_MB} MB`,
    kept: value < MEMORY_AIM_MB,
  };
}

async function redirects(
  progress: (text: string) => void,
  start: () => Promise<Server>,
  rounds: number,
): Promise<Row[]> {
  progress(`redirects: ${rounds} interleaved runs of 3 s each`);
  const bare = await startBare();
  const server = await start();
  try {
    const link = await shorten(server.url);
    const p99: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] };
    const run = (url: string, target: Server, who: 'bare' | 'ours') => async () => {
      const { perProcessorSecond, p99Milliseconds } = await measure(target, () => load(url));
      p99[who].push(p99Milliseconds);
      return perProcessorSecond;
    };
    const [baseline = NaN, value = NaN] = await interleaved(
      rounds,
      [run(`${bare.url}/x`, bare, 'bare'), run(link, server, 'ours')],
      progress,
    );
    const ratio = value / baseline;
    progress(`redirects: p99 ${median(p99.ours)} ms, bare ${median(p99.bare)} ms`);
    return [
      {
        name: 'redirects of a hot link',
        unit: 'requests/processor second',
        value,
        baseline: { name: 'bare node:http', value: baseline },
        ratio,
        aim: `≥ ${REDIRECTS_AIM.toFixed(2)} ×`,
        kept: ratio >= REDIRECTS_AIM,
      },
    ];
  } finally {
    await Promise.all([bare.stop(), server.stop()]);
  }
}

/** Creates one link and returns the address that redirects to it. */
async function shorten(url: string): Promise<string> {
  const response = await fetch(`${url}/api/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'https://example.com/' }),
  });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- our own API's documented answer
  const { code } = (await response.json()) as { readonly code: string };
  return `${url}/${code}`;
}
