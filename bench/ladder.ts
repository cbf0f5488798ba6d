/** `npm run bench -- --ladder`: the same load on every rung, and what each of them buys. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { askedToEnd, leftAlone } from '../local/ending';
import { ensure } from '../local/machine';
import { clientAddresses } from '../local/rehearse/loader';
import { machine } from '../local/rehearse/table';
import { neededBy, planRung } from '../local/rung/plan';
import type { RungNumber } from '../lib/scaling-plan';
import { FIGURES } from './ladder/figures';
import { startLoader } from './ladder/loader';
import { measureRung, type Measured } from './ladder/measure';
import { report } from './ladder/report';
import { rowsOf, table } from './ladder/table';

export interface LadderOptions {
  /** From the lowest up. */
  readonly stages: readonly RungNumber[];
  readonly json: boolean;
  readonly html: string | undefined;
}

/** So many may make links at the highest rates, and none meets the limits per client: 250 × 60 a minute. */
const ADDRESSES = 250;

/**
 * Measures the rungs one after the other and prints what was found; also what there is where it could not be finished.
 *
 * @throws Error where a rung does not start, or somebody has called it off; nothing is left then.
 */
export async function ladder(options: LadderOptions): Promise<void> {
  const { stages, html } = options;
  stages.forEach((stage) => {
    ensure(neededBy(planRung({ stage })));
  });
  if (html !== undefined) {
    accessSync(dirname(resolve(html)), constants.W_OK);
  }
  const where = `${machine()}, load average ${loadavg()[0]?.toFixed(1) ?? '?'} before`;
  const signal = AbortSignal.any([askedToEnd(), leftAlone()]);
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
    for (const stage of stages) {
      measured.push(await measureRung(stage, { loader, addresses, say, signal }));
    }
  } finally {
    await loader.stop();
    if (measured.length > 0) {
      publish(measured, where, options);
    }
  }
}

function publish(measured: readonly Measured[], where: string, { json, html }: LadderOptions): void {
  const rows = rowsOf(measured);
  const figures = rows.map((row) => ({
    ...row,
    figures: Object.fromEntries(FIGURES.map((figure) => [figure.id, figure.of(row.measured) ?? null])),
  }));
  process.stdout.write(
    json
      ? `${JSON.stringify({ machine: where, rungs: figures }, undefined, 2)}\n`
      : `${where}\n\n${table(rows)}\n`,
  );
  if (html !== undefined) {
    writeFileSync(html, report(rows, where));
  }
}
