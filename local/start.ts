/**
 * `npm start`: a rung on this machine, out of real parts, each of which can be broken from the keyboard. Ctrl-C stops
 * it and leaves nothing but a data folder that was asked for.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { SETTING_NAMES, type ApplicationSettings } from '../contract/settings';
import { ensure } from './machine';
import { FAULTS, readFault } from './faults';
import { LOCAL_RUNGS, neededBy, startRung, type LocalRung, type RunningRung } from './rung';

const HELP = `Usage: npm start [-- OPTIONS]

Starts a rung on this machine and prints where its page is. Ctrl-C stops it.

  --stage N     the rung to run, ${LOCAL_RUNGS.join(', ')} (default 1)
  --port N      the port of the page (default 3000)
  --servers N   servers behind the load balancer, from stage 3 on (default 3)
  --data DIR    where the database keeps its files, for good (default: ./data at stage 1, above it a temporary
                folder that is removed at the end)
  --help        this text

While it runs, type what to break and press Enter:
${FAULTS.map(({ usage, help }) => `  ${usage.padEnd(14)}${help}`).join('\n')}

Settings of the application (ADMIN_TOKEN, CACHE_TTL_SECONDS, …) may be given in the environment; those of its parts
are the rung's own.
`;

interface Options {
  readonly stage: LocalRung;
  readonly port: number;
  readonly servers: number;
  readonly data: string | undefined;
}

/** What a rung decides by itself; at stage 1 a database of one's own may be given. */
const DECIDED_BY_THE_RUNG = [
  'PORT',
  'DATABASE_REPLICA_URLS',
  'CACHE_URL',
  'CLICK_QUEUE_URL',
  'SERVER_ID',
  'DATA_DIR',
];

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  if (!(await isFree(options.port))) {
    throw new Error(
      `Port ${options.port} is in use. Stop what listens there, or choose another: npm start -- --port ${options.port + 1}`,
    );
  }
  ensure(neededBy(options.stage));
  const signal = firstSignal();
  const starting = startRung(options.stage, {
    port: options.port,
    servers: options.servers,
    dataDir: options.data,
    settings: applicationSettings(),
    progress: ({ part, port }) => {
      console.log(port === undefined ? `${part}: starting …` : `${part}: ready on port ${port}`);
    },
  });
  const rung = await Promise.race([starting, signal.then(() => undefined)]);
  if (rung !== undefined) {
    console.log(screen(rung, options));
    takeOrders(rung);
    await signal;
  }
  console.log('Stopping.');
  await (await starting.catch(() => undefined))?.stop();
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one does not interrupt the stop, which ends by itself. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    (['SIGINT', 'SIGTERM'] as const).forEach((name) =>
      process.on(name, () => {
        resolve();
      }),
    );
  });
}

function applicationSettings(): ApplicationSettings {
  const given = SETTING_NAMES.filter((name) => !DECIDED_BY_THE_RUNG.includes(name));
  return Object.fromEntries(
    given.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function screen(rung: RunningRung, { data }: Options): string {
  const path = rung.parts.map(({ name }) => name).join(' → ');
  return [
    '',
    `  page   ${rung.url}`,
    `  path   ${path}`,
    ...(data === undefined ? [] : [`  data   ${data}`]),
    ...(rung.parts.length === 1
      ? []
      : ['', '  break  kill NAME, freeze NAME, heal NAME, promote NAME; help lists more']),
    '',
    'Ctrl-C stops it.',
  ].join('\n');
}

/** Does what is typed, a line at a time. */
function takeOrders(rung: RunningRung): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const fault = readFault(rung, line);
    void fault().then(console.log, (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
    });
  });
}

/** @returns undefined where `--help` was asked for. */
function readOptions(argv: string[]): Options | undefined {
  const { values } = parseArgs({
    args: argv,
    options: {
      stage: { type: 'string', default: '1' },
      port: { type: 'string', default: '3000' },
      servers: { type: 'string', default: '3' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  const stage = LOCAL_RUNGS.find((rung) => String(rung) === values.stage);
  if (stage === undefined) {
    throw new Error(`--stage ${values.stage}: expected one of ${LOCAL_RUNGS.join(', ')}.`);
  }
  return {
    stage,
    port: wholeNumber('port', values.port, 65_535),
    servers: wholeNumber('servers', values.servers, 16),
    data: values.data === undefined ? undefined : resolve(values.data),
  };
}

function wholeNumber(option: string, text: string, highest: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > highest) {
    throw new Error(`--${option} ${text}: expected a whole number from 1 to ${highest}.`);
  }
  return value;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
