/** `npm run rehearse`: breaks what each rung is there to survive, under load, and says whether its promises were kept. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BUILT_RUNGS, type RungName, type RungNumber } from '../../lib/scaling-plan';
import { readCommandLine } from '../command-line';
import { askedToEnd, leftAlone, runToItsEnd } from '../ending';
import { temporaryFolder } from '../folder';
import { ensure } from '../machine';
import { bundled } from '../parts/application';
import { neededBy, planRung } from '../rung/plan';
import { FAULTS } from './faults';
import { promisesOf } from './promises';
import { LONG, SHORT, rehearse, type Outcome } from './rehearsal';
import { report } from './report';
import { lineOf, machine, table } from './table';

const HELP = `Usage: npm run rehearse [-- OPTIONS]

Starts a rung on this machine, puts steady load on it, breaks what the rung is there to survive, heals it, and compares
what users were told with what the database holds. Prints a table; ends with 1 where a promise is broken.

  --stage N       the rung to rehearse (default: one after the other, all of them)
  --without NAME  leaves a rung below out, such as data-centers; may be given several times
  --fault NAME    only this fault; may be given several times
  --rate N        requests a second (default 100)
  --short         a few seconds for each fault instead of half a minute
  --json          one JSON document on standard output instead of the table
  --html FILE     writes a report with a time line of each fault
  --help          this text

Faults: ${FAULTS.map(({ name }) => name).join(', ')}.
Each rung has those that it promises to survive: local/rehearse/promises.ts.
`;

interface Options {
  readonly stages: readonly RungNumber[];
  readonly without: readonly RungName[];
  readonly faults: readonly string[] | undefined;
  readonly rate: number;
  readonly short: boolean;
  readonly json: boolean;
  readonly html: string | undefined;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const { stages, faults, html } = options;
  if (!stages.some((stage) => promisesOf(stage).some(({ fault }) => faults?.includes(fault) ?? true))) {
    throw new Error('None of these rungs promises anything about that: local/rehearse/promises.ts.');
  }
  const below = (stage: RungNumber) =>
    BUILT_RUNGS.filter(({ number, name }) => number < stage && options.without.includes(name)).map(
      ({ name }) => name,
    );
  stages.forEach((stage) => {
    ensure(neededBy(planRung({ stage, without: below(stage) })));
  });
  if (html !== undefined) {
    accessSync(dirname(resolve(html)), constants.W_OK);
  }
  const signal = AbortSignal.any([askedToEnd(), leftAlone()]);
  const outcomes: Outcome[] = [];
  const folder = temporaryFolder('zero-to-million-rehearsal-');
  try {
    const program = bundled(folder.path);
    for (const stage of stages) {
      await rehearse(stage, {
        without: below(stage),
        pace: options.short ? SHORT : LONG,
        rate: options.rate,
        ...(faults === undefined ? {} : { faults }),
        program,
        say: (text) => process.stderr.write(`${text}\n`),
        tell: (outcome) => outcomes.push(outcome),
        signal,
      });
    }
  } finally {
    await folder.remove();
    publish(outcomes, options);
  }
  process.exitCode = outcomes.every(({ broken }) => broken.length === 0) ? 0 : 1;
}

/** Also what there is of a rehearsal that could not be finished. */
function publish(outcomes: readonly Outcome[], { json, html }: Options): void {
  const lines = outcomes.map(lineOf);
  process.stdout.write(
    json
      ? `${JSON.stringify({ machine: machine(), lines }, undefined, 2)}\n`
      : `${machine()}\n\n${table(lines)}\n`,
  );
  if (html !== undefined) {
    writeFileSync(html, report(outcomes));
  }
}

/** @returns undefined where `--help` was asked for. */
function readOptions(args: string[]): Options | undefined {
  const { values } = readCommandLine('npm run rehearse', {
    args,
    options: {
      stage: { type: 'string' },
      without: { type: 'string', multiple: true, default: [] },
      fault: { type: 'string', multiple: true },
      rate: { type: 'string', default: '100' },
      short: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      html: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  const rungs = BUILT_RUNGS.map(({ number }) => number);
  const stages = rungs.filter((rung) => values.stage === undefined || String(rung) === values.stage);
  if (stages.length === 0) {
    throw new Error(`--stage ${values.stage ?? ''}: expected one of ${rungs.join(', ')}.`);
  }
  const unknown = (values.fault ?? []).find((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown !== undefined) {
    throw new Error(`--fault ${unknown}: expected one of ${FAULTS.map(({ name }) => name).join(', ')}.`);
  }
  const rate = Number(values.rate);
  if (!(rate >= 1 && rate <= 10_000)) {
    throw new Error(`--rate ${values.rate}: expected a number from 1 to 10000.`);
  }
  const names = BUILT_RUNGS.map(({ name }) => name);
  const without = names.filter((name) => values.without.includes(name));
  const noRung = values.without.find((given) => !names.some((name) => name === given));
  if (noRung !== undefined) {
    throw new Error(`--without ${noRung}: expected one of ${names.join(', ')}.`);
  }
  return {
    stages,
    without,
    faults: values.fault,
    rate,
    short: values.short,
    json: values.json,
    html: values.html,
  };
}

runToItsEnd(main);
