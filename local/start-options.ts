/** What `npm start` is told on its command line, and by its environment. */
import { resolve } from 'node:path';
import type { QueueKind, RungName, RungNumber } from '../lib/scaling-plan';
import { readWholeNumber } from './command-line';
import { describeFaults } from './faults';
import { STAGES, describeOptions, readOptions, type Command as CommandLine } from './options';

export interface Options {
  readonly stage: RungNumber;
  readonly without: readonly RungName[];
  readonly port: number;
  readonly servers: number | undefined;
  readonly queue: QueueKind | undefined;
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
  /** What `--detach` starts; people do not type it. */
  | { readonly kind: 'background'; readonly options: Options }
  | { readonly kind: 'stop'; readonly port: number };

export const DEFAULT_PORT = 3000;

/** Beside package.json, and not in git. */
const DEFAULT_DATA_DIR = 'data';

const START: CommandLine = {
  name: 'npm start',
  options: {
    stage: 'the rung to run, its number or its name (default 1)',
    without: 'rungs to leave out of it, separated by commas, such as data-centers',
    queue:
      'what clicks go through at stage 8: sqs (default), rabbitmq or kafka; the last two leave data centers out',
    port: `the port of the page (default $PORT, else ${DEFAULT_PORT})`,
    servers:
      'servers behind each load balancer, from stage 3 on (default 3; 2 where there are two data centers)',
    data:
      `where the database keeps its files, for good (default $DATA_DIR; else ./${DEFAULT_DATA_DIR} at stage 1, and a\n` +
      'temporary folder, removed at the end, at the others)',
    temporary: 'keeps nothing, at stage 1 too',
    json: 'prints one JSON document once the rung is ready, and nothing else on standard output',
    detach: 'leaves the rung running in the background; npm start -- stop ends it',
    help: 'this text',
  },
};

export const HELP = `Usage: npm start [-- OPTIONS]
       npm start -- stop [--port N]

Starts a rung of the ladder on this machine, out of real parts, and prints where its page is. Ctrl-C stops it.

${describeOptions(START)}

Stages: ${STAGES}.

While it runs, type what to break and press Enter:
${describeFaults()}
NAME is one of the parts that are printed, or a data center with all that is in it.

Settings of the application (ADMIN_TOKEN, PUBLIC_URL, CACHE_TTL_SECONDS, …) may be given in the environment, also parts that
the rung does not have, such as DATABASE_URL at stage 1. What the rung decides by itself is refused by name.
`;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The command line wins over the environment.
 *
 * @throws Error with a sentence about the first thing that cannot be understood.
 */
export function readCommand(argv: readonly string[], environment: Environment): Command {
  const { values, positionals } = readOptions(START, argv);
  const [verb = 'start', ...rest] = positionals;
  if (values.help) {
    return { kind: 'help' };
  }
  if (rest.length > 0 || !isVerb(verb)) {
    throw new Error(`${positionals.join(' ')}: expected options, or stop.`);
  }
  const { PORT = '' } = environment;
  const port =
    values.port ?? readWholeNumber('PORT', PORT === '' ? String(DEFAULT_PORT) : PORT, { to: 65_535 });
  const { stage: [stage = 1, ...others] = [], without = [], servers, queue } = values;
  const { json = false, detach = false } = values;
  if (others.length > 0) {
    throw new Error(
      `--stage ${[stage, ...others].join(',')}: expected one; npm start runs one rung at a time.`,
    );
  }
  return verb === 'stop'
    ? { kind: 'stop', port }
    : {
        kind: verb,
        options: {
          stage,
          without,
          port,
          servers,
          queue,
          ...readData(stage, values, environment),
          json,
          detach,
        },
      };
}

/** At stage 1 links are kept, as people expect of what they run for themselves; a higher rung is there to be broken. */
function readData(
  stage: RungNumber,
  {
    data,
    temporary = false,
  }: { readonly data?: string | undefined; readonly temporary?: boolean | undefined },
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
