/** Runs Jest in a process group and a temporary folder of its own, of which nothing is left afterwards. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../local/folder';
import {
  CHROMIUM,
  find,
  HAPROXY,
  KCAT,
  NGINX,
  PGREP,
  RABBITMQ,
  REDIS,
  SHELLCHECK,
} from '../../local/machine';
import { furnish, RUN_FOLDER } from './run-folder';
import { SERVER_NODE, serverNode } from './runtime';

/** Programs that this machine must have. */
export const WHAT_TESTS_NEED = [CHROMIUM, SHELLCHECK, REDIS, NGINX, HAPROXY, PGREP, RABBITMQ, KCAT];

/** How a run went. */
export interface TestRun {
  readonly passed: number;
  /** Tests that failed or were skipped, files that could not be run, and 1 for whatever was left behind. */
  readonly failed: number;
  /** Every test file with how long it took, slowest first. */
  readonly files: readonly { readonly file: string; readonly seconds: number }[];
  /** What tests had started or made and were still there: processes and temporary files. All are gone now. */
  readonly leftBehind: readonly string[];
}

/** Jest's own report, as far as it is read here. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
  }[];
}

/** The names of sockets, which servers have in the folder, may have 104 bytes; macOS's own temporary folder takes half of them. */
const PARENT = process.platform === 'darwin' ? '/tmp' : tmpdir();

/**
 * An option of Node's, which Jest's workers take over: a tenth of the time that templates take is garbage collection, for what
 * they are made of outlives a young generation of 16 MB. The app in cdk.json has it, too.
 */
const YOUNG_GENERATION = '--max-semi-space-size=64';

/** How long processes may take to follow their parent, in ms. */
const GRACE_MS = 5_000;

/** tsx's cache, which is nobody's to remove. */
const NO_LEFTOVER = 'tsx-';

/**
 * Runs Jest; its progress goes to standard error.
 *
 * @throws Error where Jest could not run, and where the signal called it off
 */
export async function runJest(jestArguments: readonly string[], signal: AbortSignal): Promise<TestRun> {
  signal.throwIfAborted();
  const folder = temporaryFolder('z2m-', PARENT);
  const temporary = join(folder.path, 'tmp');
  const report = join(folder.path, 'report.json');
  try {
    const environment = furnish(folder.path);
    mkdirSync(temporary);
    // As the machine's own: servers run as another user, who removes what is theirs.
    chmodSync(temporary, 0o1777);
    const jest = spawn(
      process.execPath,
      [
        YOUNG_GENERATION,
        require.resolve('jest/bin/jest'),
        ...jestArguments,
        '--json',
        `--outputFile=${report}`,
      ],
      {
        // A process group of its own: all of it is ended at once, and Ctrl-C in a terminal is for this process alone.
        detached: true,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          ...environment,
          TMPDIR: temporary,
          CHROMIUM_PATH: find(CHROMIUM),
          [SERVER_NODE]: serverNode(),
        },
      },
    );
    const ended = once(jest, 'exit');
    const { pid } = jest;
    if (pid === undefined) {
      await ended;
      throw new Error('Jest could not be started.');
    }
    await Promise.race([ended, hasReported(jest, report), calledOff(signal, ended)]);
    if (signal.aborted) tell(-pid, 'SIGTERM');
    const processes = await endProcesses(folder.path, pid);
    await ended;
    signal.throwIfAborted();
    if (!existsSync(report)) throw new Error('Jest has ended without a report.');
    const files = readdirSync(temporary).filter((name) => !name.startsWith(NO_LEFTOVER));
    return readReport(report, jestArguments, [...processes, ...files.map((name) => join(temporary, name))]);
  } finally {
    await folder.remove();
  }
}

function readReport(file: string, jestArguments: readonly string[], leftBehind: readonly string[]): TestRun {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- Jest's own report, of a documented shape
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const leftOut = jestArguments.includes('-t') ? 0 : report.numPendingTests + report.numTodoTests;
  const failed =
    report.numFailedTests + report.numRuntimeErrorTestSuites + leftOut + Math.min(leftBehind.length, 1);
  return {
    passed: report.numPassedTests,
    // An obsolete snapshot, for one, is no failed test and yet no success.
    failed: report.success ? failed : Math.max(failed, 1),
    files: report.testResults
      .map(({ name, startTime, endTime }) => ({
        file: relative(process.cwd(), name),
        seconds: (endTime - startTime) / 1_000,
      }))
      .sort((a, b) => b.seconds - a.seconds),
    leftBehind,
  };
}

/** Jest ends by itself after its report, unless something that a test has left keeps it. */
async function hasReported(jest: ChildProcess, report: string): Promise<void> {
  while (jest.exitCode === null && jest.signalCode === null && !existsSync(report)) await sleep(250);
  await sleep(GRACE_MS);
}

/** Listens until then, and no longer: a signal may outlive many runs. */
function calledOff(signal: AbortSignal, until: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const stop = (): void => {
    over.abort();
  };
  void until.then(stop, stop);
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { signal: over.signal },
    );
  });
}

/** Waits until every process of a run has ended, and ends those that do not. @returns the command lines of those */
async function endProcesses(folder: string, group: number): Promise<readonly string[]> {
  const deadline = Date.now() + GRACE_MS;
  while (processesOf(folder, group).length > 0 && Date.now() < deadline) await sleep(100);
  const left = processesOf(folder, group);
  if (left.length === 0) return [];
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '-p', left.join(',')], { encoding: 'utf8' });
  left.forEach((pid) => {
    tell(pid, 'SIGKILL');
  });
  return stdout.split('\n').filter(Boolean);
}

/** Sends a signal to a process, or to a group by its negative id; to none where it has ended meanwhile. */
function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** The ids of a run's processes: those of its group, and those that have its folder in their environment. */
function processesOf(folder: string, group: number): readonly number[] {
  const withEnvironment = process.platform === 'darwin' ? 'axEww' : 'axeww';
  const { stdout } = spawnSync('ps', [withEnvironment, '-o', 'pid=,pgid=,state=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/, 3).concat(line))
    .filter(([, itsGroup, state = '', line = '']) => {
      const isOurs = itsGroup === String(group) || line.includes(`${RUN_FOLDER}=${folder}`);
      return isOurs && !state.startsWith('Z');
    })
    .map(([pid]) => Number(pid));
}
