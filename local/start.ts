/**
 * `npm start`: a rung on this machine. Today that is rung 1: the application alone, with its embedded database.
 * Ctrl-C stops it and leaves nothing but the data folder.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROBES } from '../contract/settings';

const HELP = `Usage: npm start [-- OPTIONS]

Starts the application on this machine and prints where its page is. Ctrl-C stops it.

  --stage N     the rung to run; 1 today (the others run on AWS; here they come later)
  --port N      the port of the page (default 3000)
  --data DIR    where the database keeps its files (default ./data)
  --help        this text

Every setting of the application (DATABASE_URL, ADMIN_TOKEN, LOG_LEVEL, …) may be given in the environment.
`;

/** How long the application may take until its page answers. */
const START_TIMEOUT_MS = 60_000;

interface Options {
  readonly port: number;
  readonly data: string;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!(await isFree(options.port))) {
    throw new Error(
      `Port ${options.port} is in use. Stop what listens there, or choose another: npm start -- --port ${options.port + 1}`,
    );
  }
  const url = `http://localhost:${options.port}`;
  console.log('application: starting …');
  const application = spawn(process.execPath, ['--import', 'tsx', join(__dirname, '../app/server.ts')], {
    stdio: 'inherit',
    env: {
      ...process.env,
      PORT: String(options.port),
      DATA_DIR: options.data,
      PUBLIC_URL: process.env['PUBLIC_URL'] ?? url,
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    },
  });
  // A terminal sends Ctrl-C to the application as well; a `kill` reaches only this process. Either way it stops
  // once: a second signal would cut its requests off.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => application.kill('SIGTERM'));

  if (await answers(application, `http://127.0.0.1:${options.port}${PROBES.ready}`)) {
    console.log(`application: ready\n\n  page  ${url}\n  data  ${options.data}\n\nCtrl-C stops it.`);
  }
  if (application.exitCode === null && application.signalCode === null) {
    await once(application, 'exit');
  }
  return application.exitCode ?? 1;
}

/** @returns undefined where `--help` was asked for. */
function readOptions(argv: string[]): Options | undefined {
  const { values } = parseArgs({
    args: argv,
    options: {
      stage: { type: 'string', default: '1' },
      port: { type: 'string', default: '3000' },
      data: { type: 'string', default: 'data' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  if (!['1', 'single-server'].includes(values.stage)) {
    throw new Error(`--stage ${values.stage}: only rung 1 runs on this machine today. Expected --stage 1.`);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`--port ${values.port}: expected a whole number from 1 to 65535.`);
  }
  return { port, data: resolve(values.data) };
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

/** Waits until the probe answers 200; false once the application has ended instead. */
async function answers(application: ChildProcess, probe: string): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (application.exitCode === null && application.signalCode === null) {
    const response = await fetch(probe).catch(() => undefined);
    if (response?.ok === true) {
      return true;
    }
    if (Date.now() > deadline) {
      application.kill('SIGTERM');
      throw new Error(`The application did not answer ${probe} within ${START_TIMEOUT_MS / 1000} s.`);
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return false;
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
