/**
 * `npm start`: a rung on this machine, out of real parts, each of which can be broken from the keyboard. Ctrl-C stops
 * it and leaves nothing but a data folder, which is said at the start.
 */
import { createInterface } from 'node:readline';
import { record, startInBackground, stopRung, type Message } from './background';
import { onAskedToEnd, runToItsEnd, timeToEnd } from './ending';
import { readFault } from './faults';
import { preflight } from './preflight';
import { startRung, type RunningRung } from './rung';
import { neededBy, planRung } from './rung/plan';
import { settingsFor } from './settings';
import type { Progress } from './rung/parts';
import { HELP, readCommand, type Options } from './start-options';
import { describeProgress, describeRung, reportOn, type Report } from './screen';

async function main(argv: readonly string[]): Promise<void> {
  const command = readCommand(argv, process.env);
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return;
    case 'stop':
      await stopRung(command.port);
      console.log('Stopped.');
      return;
    case 'background':
      return runInBackground(command.options);
    case 'start':
      await check(command.options);
      return command.options.detach ? detach(argv, command.options) : runHere(command.options);
  }
}

async function check(options: Options): Promise<void> {
  const plan = planRung(options);
  const { DATABASE_URL, DATABASE_SECRET_ARN } = settingsFor(plan, process.env);
  await preflight({
    ...options,
    database: plan.database,
    // With a secret the URL alone opens nothing.
    databaseUrl: DATABASE_SECRET_ARN === undefined ? DATABASE_URL : undefined,
    programs: neededBy(plan),
  });
}

/** Until Ctrl-C, SIGTERM, or the end of the process that started this. */
async function runHere(options: Options): Promise<void> {
  const tell = options.json ? console.error : console.log;
  await run(options, timeToEnd(), {
    progress: teller(options),
    ready: (report, rung) => {
      show(report, options);
      takeOrders(rung, tell);
    },
    ending: () => {
      tell('Stopping.');
    },
  });
}

async function detach(argv: readonly string[], options: Options): Promise<void> {
  show(await startInBackground(__filename, argv, teller(options)), options);
}

/** Says how it goes to who started it, who then leaves. */
async function runInBackground(options: Options): Promise<void> {
  const say = (message: Message): void => {
    process.send?.(message);
  };
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  onAskedToEnd(end);
  // Abandoned by who started it, until it is ready.
  process.once('disconnect', end);
  try {
    await run(options, ending.signal, {
      progress: (progress) => {
        say({ kind: 'progress', progress });
      },
      ready: (report) => {
        process.off('disconnect', end);
        say({ kind: 'ready', report });
      },
      ending: () => undefined,
    });
  } catch (error) {
    say({ kind: 'failed', reason: reasonOf(error) });
    throw error;
  }
}

interface Audience {
  readonly progress: (event: Progress) => void;
  readonly ready: (report: Report, rung: RunningRung) => void;
  readonly ending: () => void;
}

/** Starts a rung, and stops it when it is time; resolves when nothing of it is left. */
async function run(options: Options, signal: AbortSignal, audience: Audience): Promise<void> {
  const over = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      audience.ending();
      resolve();
    });
  });
  const rung = await startRung({
    ...options,
    settings: settingsFor(planRung(options), process.env),
    progress: audience.progress,
    signal,
  }).catch((error: unknown) => {
    if (!signal.aborted) {
      throw error;
    }
  });
  if (rung === undefined) {
    return;
  }
  const report = reportOn(options, rung);
  record(rung.folder, report);
  audience.ready(report, rung);
  await over;
  await rung.stop();
}

/** A script hears of the end of a start only. */
function teller({ json }: Options): (event: Progress) => void {
  return json
    ? () => undefined
    : (event) => {
        console.log(describeProgress(event));
      };
}

function show(report: Report, options: Options): void {
  console.log(options.json ? JSON.stringify(report, undefined, 2) : describeRung(report, options));
}

/** Does what is typed, a line at a time. */
function takeOrders(rung: RunningRung, tell: (sentence: string) => void): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const fault = readFault(rung, line);
    void fault().then(tell, (error: unknown) => {
      console.error(reasonOf(error));
    });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

runToItsEnd(() => main(process.argv.slice(2)));
