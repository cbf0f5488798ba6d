/**
 * What the planner counts with (lib/capacity/data/measured.json): processor time of each way of a request, on the server and
 * behind it, where many requests come at once and one turn of the event loop takes many, and where they come one at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_CLICKS_PER_MESSAGE } from '../contract/click-message';
import { createDatabase } from '../lambda/click-worker/database';
import { createWorker } from '../lambda/click-worker/worker';
import { zipf } from '../local/load/requests';
import { connected, type Postgres } from '../local/parts/postgres';
import { newBatch } from './clicks';
import { treeSeconds } from './ladder/processor-time';
import { median, row, type Progress, type Row } from './measure';
import { codeOf, makeLinks, withBench, type Server } from './processes';
import { BARE, findings, loadDrawn, lookups, startRungs, warm, writeCodes, type Rungs } from './servers';
import { load, type Load } from './wrk';

const LINKS = 100_000;
/** More than any server answers in one run. */
const DRAWS = 300_000;
/** Until clicks of the last second are written, and replicas have them, in ms. */
const WRITTEN_AFTER_MS = 1_200;
const BATCHES = 8;

const WAYS = [
  { connections: 64, how: 'many at once' },
  { connections: 1, how: 'one at a time' },
] as const;

/** Of a request: processor time in µs, and how often the server's memory had no answer. */
interface Cost {
  readonly server: number;
  readonly primary: number;
  /** Of one. */
  readonly replica: number;
  readonly missed: number;
}

export function costs(progress: Progress, rounds = 1): Promise<Row[]> {
  return withBench(async (bench) => {
    progress(`costs: a primary, two replicas, a cache, ${LINKS} links`);
    const rungs = await startRungs(bench);
    await makeLinks(rungs.primary.url, LINKS);
    await warm(rungs.five, bench.folder, LINKS);
    const draw = zipf(LINKS);
    const drawn = writeCodes(bench.folder, 'drawn', Array.from({ length: DRAWS }, draw));
    const redirects = (server: Server, connections?: number) => loadDrawn(server, drawn, DRAWS, connections);
    await redirects(rungs.three);
    await redirects(rungs.four);
    const cost = (server: Server, run: () => Promise<Load>) => costOf(rungs, server, rounds, run);
    const rows: Row[] = [];
    for (const { connections, how } of WAYS) {
      const hot = (server: Server) => cost(server, () => load(`${server.url}/${codeOf(1)}`, { connections }));
      progress(`costs: ${how}`);
      const bare = { name: BARE, value: (await hot(rungs.bare)).server };
      const memory = await hot(rungs.three);
      rows.push(row({ name: `server’s time of a hot redirect, ${how}`, unit: 'µs' }, memory.server, bare));
      for (const [rung, server] of [
        [3, rungs.three],
        [4, rungs.four],
        [5, rungs.five],
      ] as const) {
        const found = await cost(server, () => redirects(server, connections));
        const name = `redirects that memory does not answer, rung ${rung}, ${how}`;
        rows.push(
          ...timesOf(`a redirect drawn by Zipf, rung ${rung}, ${how}`, found, bare),
          row({ name, unit: 'of all' }, found.missed, { name: 'all', value: 1 }),
        );
      }
      const made = await cost(rungs.three, () =>
        load(rungs.three.url, { script: { file: 'creates.lua', arguments: [] }, connections }),
      );
      rows.push(...timesOf(`a create, ${how}`, made, bare));
    }
    progress('costs: clicks that a worker counts, and the size of a link');
    return [...rows, ...(await workerRows(rungs.primary)), await sizeOfLink(rungs.primary)];
  });
}

/** The server's beside a bare one's, the databases' beside the server's. */
function timesOf(what: string, { server, primary, replica }: Cost, bare: Row['baseline']): readonly Row[] {
  const own = { name: 'server’s', value: server };
  return [
    row({ name: `server’s time of ${what}`, unit: 'µs' }, server, bare),
    row({ name: `primary’s time of ${what}`, unit: 'µs' }, primary, own),
    row({ name: `a replica’s time of ${what}`, unit: 'µs' }, replica, own),
  ];
}

/** Medians of so many runs. */
async function costOf(
  { primary, replicas, cache, five }: Rungs,
  server: Server,
  rounds: number,
  run: () => Promise<Load>,
): Promise<Cost> {
  const databases = [primary, ...replicas];
  const look = async () => {
    const [ofPrimary = 0, ...ofReplicas] = treeSeconds(databases.map(({ pid }) => pid));
    return {
      server: server.processorSeconds(),
      primary: ofPrimary,
      replica: ofReplicas.reduce((sum, each) => sum + each, 0) / ofReplicas.length,
      missed: server === five ? (await lookups(cache)).all : (await findings(databases)).links,
    };
  };
  const found: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await look();
    // A second time where the machine halted it for so long that a request was refused.
    const { requests } = await run().catch(run);
    await sleep(WRITTEN_AFTER_MS);
    const after = await look();
    found.push({
      server: ((after.server - before.server) * 1e6) / requests,
      primary: ((after.primary - before.primary) * 1e6) / requests,
      replica: ((after.replica - before.replica) * 1e6) / requests,
      missed: (after.missed - before.missed) / requests,
    });
  }
  const middle = (of: (cost: Cost) => number): number => median(found.map(of));
  return {
    server: middle(({ server: each }) => each),
    primary: middle(({ primary: each }) => each),
    replica: middle(({ replica }) => replica),
    missed: middle(({ missed }) => missed),
  };
}

/** The worker with the bodies of messages in hand, and what its batches cost the database. */
async function workerRows({ url, pid }: Postgres): Promise<Row[]> {
  const work = createWorker({
    counter: createDatabase({ urls: [url], secretArn: undefined }),
    passOn: (messages) => Promise.resolve(messages),
    log: { warn: () => undefined, error: () => undefined },
    now: () => Date.now(),
  });
  const batches = Array.from({ length: BATCHES }, newBatch);
  const [before = 0] = treeSeconds([pid]);
  const started = performance.now();
  for (const { messages } of batches) {
    const failed = await work(messages);
    if (failed.length > 0) throw new Error(`${failed.length} messages failed.`);
  }
  const seconds = (performance.now() - started) / 1_000;
  const [after = 0] = treeSeconds([pid]);
  const clicks = batches.reduce((sum, batch) => sum + batch.messages.length * MAX_CLICKS_PER_MESSAGE, 0);
  return [
    row({ name: 'clicks that a worker counts', unit: 'clicks/s' }, clicks / seconds, {
      name: 'all',
      value: clicks,
    }),
    row(
      { name: 'primary’s time of a click that a worker counts', unit: 'µs' },
      ((after - before) * 1e6) / clicks,
      {
        name: 'of the clock',
        value: (seconds * 1e6) / clicks,
      },
    ),
  ];
}

/** With its indexes, and what updates of clicks have left. */
function sizeOfLink({ url }: Postgres): Promise<Row> {
  return connected({ url }, async (client) => {
    const { rows } = await client.query<{ bytes: number; links: number }>(
      `SELECT pg_total_relation_size('links')::float8 AS bytes, (SELECT count(*)::float8 FROM links) AS links`,
    );
    const { bytes = NaN, links = NaN } = rows[0] ?? {};
    return row({ name: 'bytes of a link with its indexes', unit: 'bytes' }, bytes / links, {
      name: 'all',
      value: bytes,
    });
  });
}
