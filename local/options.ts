/** What `npm start` is told on its command line. */
import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { isNativeError } from 'node:util/types';
import { BUILT_RUNGS, LADDER, type RungName, type RungNumber } from '../lib/scaling-plan';
import { describeFaults } from './faults';

export interface Options {
  readonly stage: RungNumber;
  readonly without: readonly RungName[];
  readonly port: number;
  readonly servers: number | undefined;
  /** An absolute path; undefined where files are to be temporary. */
  readonly dataDir: string | undefined;
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

const LAST = BUILT_RUNGS.length;

export const HELP = `Usage: npm start [-- OPTIONS]
       npm start -- stop [--port N]

Starts a rung of the ladder on this machine, out of real parts, and prints where its page is. Ctrl-C stops it.

  --stage N       the rung to run, 1 to ${LAST} or its name (default 1)
  --without NAME  rungs to leave out of it, separated by commas, such as data-centers
  --port N        the port of the page (default ${DEFAULT_PORT})
  --servers N     servers behind each load balancer, from stage 3 on (default 3; 2 where there are two data centers)
  --data DIR      where the primary database keeps its files, for good (default: a temporary folder, removed at the end)
  --json          prints one JSON document once the rung is ready, and nothing else on standard output
  --detach        leaves the rung running in the background; npm start -- stop ends it
  --help          this text

Stages: ${BUILT_RUNGS.map(({ number, name }) => `${number} ${name}`).join(', ')}.

While it runs, type what to break and press Enter:
${describeFaults()}
NAME is one of the parts that are printed, or a data center with all that is in it.

Settings of the application (ADMIN_TOKEN, CACHE_TTL_SECONDS, …) may be given in the environment; those of its parts
are the rung's own.
`;

const OPTIONS = {
  stage: { type: 'string', default: '1' },
  without: { type: 'string', multiple: true },
  port: { type: 'string', default: String(DEFAULT_PORT) },
  servers: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'boolean', default: false },
  detach: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** @throws Error with a sentence about the first thing that cannot be understood. */
export function readCommand(argv: readonly string[]): Command {
  const { values, positionals } = parsed(argv);
  const [verb = 'start', ...rest] = positionals;
  if (values.help) {
    return { kind: 'help' };
  }
  if (rest.length > 0 || !isVerb(verb)) {
    throw new Error(`${positionals.join(' ')}: expected options, or stop.`);
  }
  const port = wholeNumber('port', values.port, 65_535);
  return verb === 'stop'
    ? { kind: 'stop', port }
    : {
        kind: verb,
        options: {
          stage: rung('stage', values.stage).number,
          without: (values.without ?? []).flatMap((list) =>
            list.split(',').map((name) => rung('without', name).name),
          ),
          port,
          servers: values.servers === undefined ? undefined : wholeNumber('servers', values.servers, 16),
          dataDir: values.data === undefined ? undefined : resolve(values.data),
          json: values.json,
          detach: values.detach,
        },
      };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [what = ''] = isNativeError(error) ? error.message.split(/[.\n]/) : [];
    throw new Error(`${what}; npm start -- --help lists the options.`, { cause: error });
  }
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
    throw new Error(`--${option} ${text}: expected a whole number from 1 to ${highest}.`);
  }
  return value;
}
