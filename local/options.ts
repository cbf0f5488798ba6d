/** What `npm start` is told on its command line. */
import { resolve } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { BUILT_RUNGS, LADDER, type RungName, type RungNumber } from '../lib/scaling-plan';
import { readCommandLine } from './command-line';
import { describeFaults } from './faults';

export interface Options {
  readonly stage: RungNumber;
  readonly without: readonly RungName[];
  readonly port: number;
  readonly servers: number | undefined;
  /** An absolute path; undefined where files are to be temporary, or where the environment names a database. */
  readonly dataDir: string | undefined;
  /** Whether the environment names a database of one's own, which keeps its own files. */
  readonly ownDatabase: boolean;
  /** One JSON document in place of all that is for people. */
  readonly json: boolean;
  /** Goes on in the background. */
  readonly detach: boolean;
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'start'; readonly options: Options }
  /** What `--detach` starts; nobody types it. */
  | { readonly kind: 'background'; readonly options: Options }
  | { readonly kind: 'stop'; readonly port: number };

export const DEFAULT_PORT = 3000;

/** Beside package.json, and not in git. */
const DEFAULT_DATA_DIR = 'data';

const LAST = BUILT_RUNGS.length;

export const HELP = `Usage: npm start [-- OPTIONS]
       npm start -- stop [--port N]

Starts a rung of the ladder on this machine, out of real parts, and prints where its page is. Ctrl-C stops it.

  --stage N       the rung to run, 1 to ${LAST} or its name (default 1)
  --without NAME  rungs to leave out of it, separated by commas, such as data-centers
  --port N        the port of the page (default $PORT, else ${DEFAULT_PORT})
  --servers N     servers behind each load balancer, from stage 3 on (default 3; 2 where there are two data centers)
  --data DIR      where the database keeps its files, for good (default $DATA_DIR; else ./${DEFAULT_DATA_DIR} at stage 1, and a
                  temporary folder, removed at the end, at the others)
  --temporary     keeps nothing, at stage 1 too
  --json          prints one JSON document once the rung is ready, and nothing else on standard output
  --detach        leaves the rung running in the background; npm start -- stop ends it
  --help          this text

Stages: ${BUILT_RUNGS.map(({ number, name }) => `${number} ${name}`).join(', ')}.

While it runs, type what to break and press Enter:
${describeFaults()}
NAME is one of the parts that are printed, or a data center with all that is in it.

Settings of the application (ADMIN_TOKEN, PUBLIC_URL, CACHE_TTL_SECONDS, …) may be given in the environment, also parts that
the rung does not have, such as DATABASE_URL at stage 1. What the rung decides by itself is refused by name.
`;

const OPTIONS = {
  stage: { type: 'string', default: '1' },
  without: { type: 'string', multiple: true },
  port: { type: 'string' },
  servers: { type: 'string' },
  data: { type: 'string' },
  temporary: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  detach: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The command line wins over the environment.
 *
 * @throws Error with a sentence about the first thing that cannot be understood.
 */
export function readCommand(argv: readonly string[], environment: Environment): Command {
  const { values, positionals } = readCommandLine('npm start', {
    args: [...argv],
    options: OPTIONS,
    allowPositionals: true,
  });
  const [verb = 'start', ...rest] = positionals;
  if (values.help) {
    return { kind: 'help' };
  }
  if (rest.length > 0 || !isVerb(verb)) {
    throw new Error(`${positionals.join(' ')}: expected options, or stop.`);
  }
  const port = readPort(values.port, environment);
  const stage = rung('stage', values.stage).number;
  return verb === 'stop'
    ? { kind: 'stop', port }
    : {
        kind: verb,
        options: {
          stage,
          without: (values.without ?? []).flatMap((list) =>
            list.split(',').map((name) => rung('without', name).name),
          ),
          port,
          servers: values.servers === undefined ? undefined : wholeNumber('--servers', values.servers, 16),
          ...readData(stage, values, environment),
          json: values.json,
          detach: values.detach,
        },
      };
}

function readPort(option: string | undefined, environment: Environment): number {
  const given = environment['PORT'] === '' ? undefined : environment['PORT'];
  return option === undefined && given !== undefined
    ? wholeNumber('PORT', given, 65_535)
    : wholeNumber('--port', option ?? String(DEFAULT_PORT), 65_535);
}

/** At stage 1 links are kept, as people expect of what they run for themselves; a higher rung is there to be broken. */
function readData(
  stage: RungNumber,
  { data, temporary }: { readonly data?: string | undefined; readonly temporary: boolean },
  { DATABASE_URL: own = '', DATA_DIR: folder = '' }: Environment,
): Pick<Options, 'dataDir' | 'ownDatabase'> {
  const ownDatabase = stage === 1 && own !== '';
  const wanted = [
    ...(temporary ? ['--temporary'] : []),
    ...(data === undefined ? [] : ['--data']),
    ...(ownDatabase ? ['DATABASE_URL'] : []),
    // It comes last: the command line wins over it, and DATABASE_URL does not.
    ...(folder !== '' && (ownDatabase || (!temporary && data === undefined)) ? ['DATA_DIR'] : []),
  ];
  if (wanted.length > 1) {
    throw new Error(`${wanted.join(' and ')}: where links are kept is said twice; leave one of them out.`);
  }
  const byDefault = stage === 1 && !ownDatabase && !temporary ? DEFAULT_DATA_DIR : undefined;
  const chosen = temporary ? undefined : (data ?? (folder === '' ? byDefault : folder));
  return { dataDir: chosen === undefined ? undefined : resolve(chosen), ownDatabase };
}

const VERBS = ['start', 'background', 'stop'] as const;

function isVerb(text: string): text is (typeof VERBS)[number] {
  return VERBS.some((verb) => verb === text);
}

function rung(option: string, text: string): (typeof LADDER)[number] {
  const found = LADDER.find(({ number, name }) => text === name || text === String(number));
  if (found === undefined) {
    const names = BUILT_RUNGS.map(({ name }) => name).join(', ');
    throw new Error(`--${option} ${text}: expected a number from 1 to ${LAST}, or one of ${names}.`);
  }
  return found;
}

function wholeNumber(option: string, text: string, highest: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > highest) {
    throw new Error(`${option} ${text}: expected a whole number from 1 to ${highest}.`);
  }
  return value;
}
