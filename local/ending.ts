/** When a runner has to end, and how. */
import { spawnSync } from 'node:child_process';

/** How often it is looked whether npm is still there, in ms. */
const LOOK_MS = 500;

/** From tsx through npm's shell to npm. */
const MAX_LEVELS = 3;

/** Aborts when this process is asked to end, or left alone. */
export function timeToEnd(): AbortSignal {
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  onAskedToEnd(end);
  onLeftAlone(end);
  return ending.signal;
}

/** At Ctrl-C, SIGTERM, or when the terminal is closed; what comes after that does not interrupt the end. */
export function onAskedToEnd(end: () => void): void {
  (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).forEach((signal) => process.on(signal, end));
}

/**
 * When npm or tsx, which run this process, are gone without having said so: killed by SIGKILL, as the kernel does where
 * memory is short.
 */
function onLeftAlone(end: () => void): void {
  // tsx holds the other end of a channel to this process; npm has to be looked for.
  process.once('disconnect', end);
  const npm = npmAbove(process.ppid, MAX_LEVELS);
  setInterval(() => {
    if (npm !== undefined && !isThere(npm)) {
      end();
    }
  }, LOOK_MS).unref();
}

/** The process id of the npm that runs this process, through a shell and tsx; undefined where none does. */
function npmAbove(pid: number, levels: number): number | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parent, command = ''] = /^\s*(\d+)\s+(.*)$/m.exec(stdout) ?? [];
  if (parent === undefined || levels === 0) {
    return undefined;
  }
  return /^npm\b|\bnpm(-cli\.js)?\b/.test(command) && !/^(\S*\/)?(ba|da|z)?sh\b/.test(command)
    ? pid
    : npmAbove(Number(parent), levels - 1);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Runs a command to its end, and ends this process: with the exit code that it has set, or with 1 and a sentence where it failed. */
export function runToItsEnd(command: () => Promise<void>): void {
  // Node 20 is supported here (package.json); the AWS SDK would say so many times over, in the middle of the progress.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  command().then(
    () => process.exit(),
    (error: unknown) => {
      console.error(sentence(error));
      process.exit(1);
    },
  );
}

function sentence(error: unknown): unknown {
  if (error instanceof Error) {
    return error.name === 'AbortError' ? 'Called off.' : error.message;
  }
  return error;
}
