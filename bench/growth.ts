/** How the cost of a redirect grows with the links there are, with connections, and with how evenly links are visited. */
import { zipf } from '../local/load/requests';
import type { Postgres } from '../local/parts/postgres';
import { treeSeconds } from './ladder/processor-time';
import { row, type Progress, type Row } from './measure';
import { bundle, makeLinks, measure, startServer, withBench, type Server } from './processes';
import { findings, loadDrawn, startCounted, writeCodes } from './servers';

const LINKS = [10_000, 1_000_000, 20_000_000];
const CONNECTIONS = [1, 8, 64];
/** Of how often links are visited by their rank: 0 is evenly. */
const EXPONENTS = [0, 0.6, 0.8, 1, 1.2];
const LINKS_OF_SKEW = 1_000_000;

/** More than any server answers in one run. */
const DRAWS = 200_000;

/** A database that is made in a minute, and held in memory as a server's is: durability is not what is measured. */
const SETTINGS = {
  shared_buffers: '512MB',
  fsync: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_keep_size: '0',
  max_wal_size: '8GB',
  autovacuum: 'off',
};

/** Redirects of links that are drawn evenly, so that nearly each of them asks the database; then by skew. */
export function growth(progress: Progress): Promise<Row[]> {
  return withBench(async ({ folder, started }) => {
    const database = await started(startCounted(SETTINGS));
    const file = bundle(folder, 'application');
    const server = await started(startServer([file], { DATABASE_URL: database.url }));
    const smallest = new Map<number, Cost>();
    const rows: Row[] = [];
    for (const [index, links] of LINKS.entries()) {
      progress(`growth: making ${links} links`);
      await makeLinks(database.url, links, LINKS[index - 1]);
      const drawn = drawTo(folder, `even-${links}`, zipf(links, 0));
      await loadDrawn(server, drawn, DRAWS);
      for (const connections of CONNECTIONS) {
        progress(`growth: ${links} links over ${connections} connections`);
        const cost = await costOf(server, database, { drawn, connections });
        const least = smallest.get(connections) ?? cost;
        smallest.set(connections, least);
        const what = `${links.toLocaleString('en')} links, ${connections} connections`;
        const against = `${(LINKS[0] ?? 0).toLocaleString('en')} links`;
        rows.push(
          row({ name: `server’s time of a redirect, ${what}`, unit: 'µs' }, cost.server, {
            name: against,
            value: least.server,
          }),
          row({ name: `database’s time of a redirect, ${what}`, unit: 'µs' }, cost.database, {
            name: against,
            value: least.database,
          }),
        );
      }
      if (links === LINKS_OF_SKEW) {
        rows.push(...(await skew(progress, server, database, folder)));
      }
    }
    return rows;
  });
}

interface Cost {
  /** Processor time of a redirect, in µs. */
  readonly server: number;
  readonly database: number;
}

async function costOf(
  server: Server,
  database: Postgres,
  { drawn, connections }: { readonly drawn: string; readonly connections: number },
): Promise<Cost> {
  const before = secondsOf(database);
  const { requests, perProcessorSecond } = await measure(server, () =>
    loadDrawn(server, drawn, DRAWS, connections),
  );
  return {
    server: 1e6 / perProcessorSecond,
    database: ((secondsOf(database) - before) * 1e6) / requests,
  };
}

/** Which share of visits memory answers: it keeps 10,000 links, each for a second. */
async function skew(progress: Progress, server: Server, database: Postgres, folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const exponent of EXPONENTS) {
    progress(`growth: visits by rank to the power of −${exponent}`);
    const drawn = drawTo(folder, `skew-${exponent}`, zipf(LINKS_OF_SKEW, exponent));
    const before = await findings([database]);
    const { requests, perSecond } = await loadDrawn(server, drawn, DRAWS);
    const read = (await findings([database])).links - before.links;
    const at = `${Math.round(perSecond).toLocaleString('en')}/s`;
    rows.push(
      row(
        { name: `answered by memory, by rank to the power of −${exponent}, ${at}`, unit: 'of visits' },
        1 - read / requests,
        { name: 'all', value: 1 },
      ),
    );
  }
  return rows;
}

function drawTo(folder: string, name: string, draw: () => number): string {
  return writeCodes(folder, name, Array.from({ length: DRAWS }, draw));
}

/** Processor time that a database and its backends have used so far. */
function secondsOf({ pid }: Postgres): number {
  return treeSeconds([pid])[0] ?? 0;
}
