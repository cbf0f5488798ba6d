import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../local/parts/postgres';
import { atLeast, below, interleaved, median, row, type Progress, type Row } from './measure';
import {
  bundle,
  codeOf,
  makeLinks,
  measure,
  startBare,
  startServer,
  withBench,
  type Server,
} from './processes';
import { load } from './wrk';

const ROUNDS = 5;
/** A hot redirect against the barest server, and an idle application's memory in MB. */
const REDIRECTS_AIM = 0.85;
const MEMORY_AIM = 100;
/** An idle application has settled when timers have run and the start's garbage is gone, in ms. */
const SETTLE_MS = 5000;

/** The application as servers run it (the bundle, a PostgreSQL apart) beside a bare `node:http` server. */
export function application(progress: Progress, rounds = ROUNDS): Promise<Row[]> {
  return withBench(async ({ folder, started }) => {
    const file = bundle(folder, 'application');
    const database = await started(startPostgres());
    const start = () => startServer([file], { DATABASE_URL: database.url });
    const memory = await idleMemory(progress, start);
    const [bare, server] = [await started(startBare()), await started(start())];
    await makeLinks(database.url, 1);
    return [memory, await redirects(progress, { bare, server }, rounds)];
  });
}

async function idleMemory(progress: Progress, start: () => Promise<Server>): Promise<Row> {
  progress('memory: 3 starts of the idle application');
  const values: number[] = [];
  for (let run = 0; run < 3; run++) {
    const server = await start();
    await sleep(SETTLE_MS);
    values.push(server.residentMegabytes());
    await server.stop();
  }
  return below(
    { name: 'memory of the idle application, database apart', unit: 'MB' },
    median(values),
    MEMORY_AIM,
  );
}

async function redirects(
  progress: Progress,
  { bare, server }: { readonly bare: Server; readonly server: Server },
  rounds: number,
): Promise<Row> {
  progress(`redirects: ${rounds} interleaved runs of 3 s each`);
  const p99 = new Map<Server, number[]>([
    [bare, []],
    [server, []],
  ]);
  const run = (target: Server) => async () => {
    const done = await measure(target, () => load(`${target.url}/${codeOf(1)}`));
    p99.get(target)?.push(done.p99Milliseconds);
    return done.perProcessorSecond;
  };
  const [baseline = NaN, value = NaN] = await interleaved(rounds, [bare, server].map(run), progress);
  const [bareP99, ourP99] = [bare, server].map((each) => median(p99.get(each) ?? []));
  progress(`redirects: p99 ${ourP99 ?? NaN} ms, bare ${bareP99 ?? NaN} ms`);
  return row(
    { name: 'redirects of a hot link', unit: 'requests/processor second' },
    value,
    { name: 'bare node:http', value: baseline },
    atLeast(REDIRECTS_AIM),
  );
}
