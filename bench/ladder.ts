/** `npm run bench -- --ladder`: the same load on every rung, and what each of them buys. */
import { loadavg } from 'node:os';
import { timeToEnd } from '../local/ending';
import { ensure } from '../local/machine';
import { clientAddresses, startLoader } from '../local/load/loader';
import { machine, publish } from '../local/plotted/page';
import { neededBy, planRung, type RungRequest } from '../local/rung/plan';
import { FIGURES } from './ladder/figures';
import { measureRung, type Measured } from './ladder/measure';
import { report } from './ladder/report';
import { rowsOf, table } from './ladder/table';

export interface LadderOptions {
  /** From the lowest up. */
  readonly rungs: readonly RungRequest[];
  readonly json: boolean;
  readonly html: string | undefined;
}

/** So many may make links at the highest rates, and none meets the limits per client: 250 × 60 a minute. */
const ADDRESSES = 250;

/**
 * Measures the rungs one after the other and prints what was found; also what there is where it could not be finished.
 *
 * @throws Error where a rung does not start, or it was called off; nothing is left then.
 */
export async function ladder(options: LadderOptions): Promise<void> {
  const { rungs } = options;
  rungs.forEach((rung) => {
    ensure(neededBy(planRung(rung)));
  });
  const where = `${machine()}, load average ${loadavg()[0]?.toFixed(1) ?? '?'} before`;
  const signal = timeToEnd();
  const addresses = await clientAddresses(ADDRESSES);
  const say = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  if (addresses.length < ADDRESSES) {
    say(
      `This machine has ${addresses.length} of the ${ADDRESSES} addresses 127.0.0.2 … that clients come from, so there are fewer links.`,
    );
  }
  const measured: Measured[] = [];
  const loader = await startLoader(signal);
  try {
    for (const rung of rungs) {
      measured.push(await measureRung(rung, { loader, addresses, say, signal }));
    }
  } finally {
    await loader.stop();
    if (measured.length > 0) {
      const rows = rowsOf(measured);
      const figures = rows.map((row) => ({
        ...row,
        figures: Object.fromEntries(FIGURES.map((figure) => [figure.id, figure.of(row.measured) ?? null])),
      }));
      publish(options, {
        value: { machine: where, rungs: figures },
        text: `${where}\n\n${table(rows)}`,
        report: () => report(rows, where),
      });
    }
  }
}
