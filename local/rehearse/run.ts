/** `npm run rehearse`: breaks what each rung is there to survive, under load, and says whether its promises were kept. */
import { runToItsEnd, timeToEnd } from '../ending';
import { FAULTS, promisesOf } from '../faults';
import { temporaryFolder } from '../folder';
import { ensure } from '../machine';
import { describeOptions, readOptions, readRungs, type Command } from '../options';
import { bundled } from '../parts/application';
import { machine, publish } from '../plotted/page';
import { neededBy, planRung } from '../rung/plan';
import { LONG, SHORT, rehearse, type Outcome } from './rehearsal';
import { report } from './report';
import { lineOf, table } from './table';

const REHEARSE: Command = {
  name: 'npm run rehearse',
  options: {
    stage:
      'the rungs to rehearse, by number or name (default: one after the other, all of them);\n' +
      'separated by commas, or given several times',
    without: 'rungs to leave out of those above them, separated by commas, such as data-centers',
    queue:
      'what clicks go through at rung 8: sqs (default), rabbitmq or kafka; the last two leave data centers out',
    fault: 'only this fault; may be given several times',
    rate: 'requests a second (default 100)',
    short: 'a few seconds for each fault instead of half a minute',
    json: 'one JSON document on standard output instead of the table',
    html: 'writes a report with a time line of each fault',
    help: 'this text',
  },
};

const HELP = `Usage: npm run rehearse [-- OPTIONS]

Starts a rung on this machine, puts steady load on it, breaks what the rung is there to survive, heals it, and compares
what users were told with what the database holds. Prints a table; ends with 1 where a promise is broken.

${describeOptions(REHEARSE)}

Faults: ${FAULTS.map(({ name }) => name).join(', ')}.
Each rung has those that it promises to survive: local/faults.ts.
`;

async function main(): Promise<void> {
  const { values, positionals } = readOptions(REHEARSE, process.argv.slice(2));
  const { fault: faults, rate = 100, short, json = false, html } = values;
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals.length > 0) {
    throw new Error(`${positionals.join(' ')}: expected options; npm run rehearse -- --help lists them.`);
  }
  const rungs = readRungs(values);
  if (
    !rungs.some(({ stage, queue }) =>
      promisesOf(stage, queue).some(({ fault }) => faults?.includes(fault) ?? true),
    )
  ) {
    throw new Error('None of these rungs promises anything about that: local/faults.ts.');
  }
  ensure([...new Set(rungs.flatMap((rung) => neededBy(planRung(rung))))]);
  const signal = timeToEnd();
  const outcomes: Outcome[] = [];
  const folder = temporaryFolder('zero-to-million-rehearsal-');
  try {
    const program = await bundled(folder.path);
    for (const { stage, without, queue } of rungs) {
      await rehearse(stage, {
        without,
        queue,
        pace: short ? SHORT : LONG,
        rate,
        ...(faults === undefined ? {} : { faults }),
        program,
        say: (text) => process.stderr.write(`${text}\n`),
        tell: (outcome) => outcomes.push(outcome),
        signal,
      });
    }
  } finally {
    await folder.remove();
    // Also what there is of a rehearsal that could not be finished.
    const lines = outcomes.map(lineOf);
    publish(
      { json, html },
      {
        value: { machine: machine(), lines },
        text: `${machine()}\n\n${table(lines)}`,
        report: () => report(outcomes),
      },
    );
  }
  process.exitCode = outcomes.every(({ broken }) => broken.length === 0) ? 0 : 1;
}

runToItsEnd(main);
