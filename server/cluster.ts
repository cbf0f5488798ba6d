/**
 * Runs `server.js`, the file beside this one, once per core: Node answers requests on one core a process. Works for any
 * HTTP server that listens on PORT; the workers share the port.
 */
import cluster, { type Worker } from 'node:cluster';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS } from './node-flags';

const HELP = `Usage: node cluster.js

Runs server.js, beside this file, in several processes that share its port. A process that ends is started again;
SIGTERM and SIGINT are passed on once, and the end is awaited.

  WORKERS     how many processes (default: one per core)
  SERVER_ID   becomes SERVER_ID-1, SERVER_ID-2, … in the processes

Exit code: 0 after a signal when every process ended by itself with 0; 1 otherwise, also when the processes cannot be
kept running.
`;

/** A worker that ends sooner than this, in ms, has failed to start. */
const STARTED_MS = 10_000;

/** So many failed starts in a row, of any worker, end the whole: then systemd and the deployment see it. */
const FAILED_STARTS = 5;

/** Waits before a worker is started again, in ms: doubled with each failed start in a row, up to the second. */
const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 5_000;

/** How long workers may take to stop, in ms: over the application's own 18 s, under systemd's 45 s (app.service). */
const STOP_MS = 30_000;

interface State {
  stopping: boolean;
  failedStarts: number;
  exitCode: 0 | 1;
}

function main(): void {
  if (process.argv.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const count = Number(process.env['WORKERS'] ?? availableParallelism());
  if (!Number.isInteger(count) || count < 1) {
    throw new Error(`WORKERS is "${process.env['WORKERS'] ?? ''}", expected a whole number from 1.`);
  }
  cluster.setupPrimary({
    exec: join(__dirname, 'server.js'),
    execArgv: [...process.execArgv, ...NODE_FLAGS],
  });
  const state: State = { stopping: false, failedStarts: 0, exitCode: 0 };
  for (let number = 1; number <= count; number += 1) {
    keepRunning(number, state);
  }
  (['SIGTERM', 'SIGINT'] as const).forEach((signal) =>
    process.on(signal, () => {
      stop(signal, state);
    }),
  );
}

function keepRunning(number: number, state: State): void {
  const started = Date.now();
  const worker = cluster.fork({ SERVER_ID: `${process.env['SERVER_ID'] ?? 'server'}-${number}` });
  worker.on('exit', (code, signal) => {
    if (state.stopping) {
      // `code` is null after a signal.
      state.exitCode = code === 0 ? state.exitCode : 1;
      return;
    }
    state.failedStarts = Date.now() - started < STARTED_MS ? state.failedStarts + 1 : 0;
    console.error(`cluster: worker ${number} ended (code ${code}, signal ${signal})`);
    if (state.failedStarts >= FAILED_STARTS) {
      console.error(
        `cluster: ${FAILED_STARTS} starts in a row failed; giving up. The worker's own lines say why.`,
      );
      state.exitCode = 1;
      stop('SIGTERM', state);
      return;
    }
    setTimeout(() => {
      if (!state.stopping) {
        keepRunning(number, state);
      }
    }, delayMs(state.failedStarts));
  });
}

/** With jitter: workers that died of the same cause should not come back in step. */
function delayMs(failedStarts: number): number {
  return Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** failedStarts) * (0.5 + Math.random());
}

/** Passes the signal on once: to the application a second one means "at once". Exits when the last worker has. */
function stop(signal: NodeJS.Signals, state: State): void {
  if (state.stopping) {
    return;
  }
  state.stopping = true;
  const alive = workers();
  const overdue = setTimeout(() => {
    console.error(`cluster: workers did not stop within ${STOP_MS / 1000} s and are ended.`);
    workers().forEach((worker) => worker.process.kill('SIGKILL'));
  }, STOP_MS);
  const exitWhenAlone = () => {
    if (workers().length === 0) {
      clearTimeout(overdue);
      process.exit(state.exitCode);
    }
  };
  cluster.on('exit', exitWhenAlone);
  alive.forEach((worker) => worker.process.kill(signal));
  exitWhenAlone();
}

/** Those whose process has not ended. Node lists one a moment longer, until it has noticed the end of their channel, too. */
function workers(): readonly Worker[] {
  return Object.values(cluster.workers ?? {})
    .filter((worker) => worker !== undefined)
    .filter((worker) => !worker.isDead());
}

main();
