/** What a visitor waits, at shares of the highest rate that each rung carries, beside a bare server at the same rate. */
import { startLoader, type Loader, type TimedDone } from '../local/load/loader';
import { highestRate } from './ladder/search';
import { row, type Progress, type Row } from './measure';
import { codeOf, makeLinks, withBench, type Server } from './processes';
import { BARE, startRungs, warm } from './servers';

/** Drawn by Zipf. */
const LINKS = 100_000;

/** What a rate is called carried by, as the ladder's bench has it; what the load itself can send ends the search. */
const P99_MS = 50;
const SEARCH = { from: 1_000, most: 8_000, within: 0.25 };
const SEARCH_SECONDS = 1.5;

const SHARES = [0.3, 0.7];
const SECONDS = 4;
const CONNECTIONS = 256;

/** Counted from when a request was due, so what waits to be sent waits, too: nothing is omitted where a server is slow. */
export function latency(progress: Progress): Promise<Row[]> {
  return withBench(async (bench) => {
    progress(`latencies: rungs 3 to 5, ${LINKS} links`);
    const { primary, bare, three, four, five } = await startRungs(bench);
    await makeLinks(primary.url, LINKS);
    const loader = await bench.started(startLoader());
    await warm(five, bench.folder, LINKS);
    const codes = Array.from({ length: LINKS }, (_, index) => codeOf(index + 1));
    const rows: Row[] = [];
    for (const [name, server] of Object.entries({ 'rung 3': three, 'rung 4': four, 'rung 5': five })) {
      await run(loader, server, codes, { rate: SEARCH.from, seconds: SECONDS });
      const { rate: highest, isBounded } = await highestRate(SEARCH, async (rate) => {
        const { isCutShort, redirectP99, failed, requests } = await run(loader, server, codes, {
          ...{ rate, seconds: SEARCH_SECONDS, untilSlowerThan: P99_MS },
        });
        return !isCutShort && redirectP99 <= P99_MS && failed <= requests / 1_000;
      });
      if (highest === 0) {
        throw new Error(`${name} carries no rate within ${P99_MS} ms: is the machine quiet?`);
      }
      progress(`  ${name}: ${isBounded ? '' : 'more than '}${highest} redirects a second`);
      for (const share of SHARES) {
        const rate = Math.round(highest * share);
        const ofBare = await run(loader, bare, codes, { rate, seconds: SECONDS });
        const ours = await run(loader, server, codes, { rate, seconds: SECONDS });
        rows.push(...compare(`${name} at ${Math.round(share * 100)} %, ${rate}/s`, ours, ofBare));
      }
    }
    return rows;
  });
}

function compare(where: string, ours: TimedDone, ofBare: TimedDone): Row[] {
  if (ours.failed > 0) {
    throw new Error(`${where}: ${ours.failed} of ${ours.requests} redirects failed.`);
  }
  return (
    [
      ['p50', 'redirectP50'],
      ['p99', 'redirectP99'],
      ['p99.9', 'redirectP999'],
    ] as const
  ).map(([share, key]) =>
    row({ name: `${share}, ${where}`, unit: 'ms' }, ours[key], {
      name: `${BARE} at that rate`,
      value: ofBare[key],
    }),
  );
}

function run(
  loader: Loader,
  { url }: Server,
  codes: readonly string[],
  how: { readonly rate: number; readonly seconds: number; readonly untilSlowerThan?: number },
): Promise<TimedDone> {
  return loader.run({
    ...{ url, mix: ['redirect'], codes, draw: 'zipf', addresses: [], shared: CONNECTIONS, target: '' },
    ...how,
  });
}
