/** Runs Jest in a process group and a temporary folder of its own, of which nothing is left afterwards. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../local/folder';
import { CHROMIUM, find, HAPROXY, NGINX, PGREP, REDIS, SHELLCHECK } from '../../local/machine';
import { furnish, RUN_FOLDER } from './run-folder';

/** Programs that this machine must have. */
export const WHAT_TESTS_NEED = [CHROMIUM, SHELLCHECK, REDIS, NGINX, HAPROXY, PGREP];

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

/** How long processes may take to follow their parent, in ms. */
const GRACE_MS = 5_000;

/** tsx's cache, which is nobody's to remove. */
const NO_LEFTOVER = /^tsx-/;

/**
 * Runs Jest; its progress goes to standard error.
 *
 * @throws Error where Jest could not run, and where the signal called it off
 */
export async function runJest(jestArguments: readonly string[], signal: AbortSignal): Promise<TestRun> {
  const folder = temporaryFolder('z2m-', PARENT);
  const temporary = join(folder.path, 'tmp');
  const report = join(folder.path, 'report.json');
  try {
    const environment = furnish(folder.path);
    mkdirSync(temporary);
    const jest = spawn(
      process.execPath,
      [require.resolve('jest/bin/jest'), ...jestArguments, '--json', `--outputFile=${report}`],
      {
        // A process group of its own: all of it is ended at once, and Ctrl-C in a terminal is for this process alone.
        detached: true,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...environment, TMPDIR: temporary, CHROMIUM_PATH: find(CHROMIUM) },
      },
    );
    const { pid } = jest;
    const ended = once(jest, 'exit');
    if (pid === undefined) await ended;
    const end = (): void => {
      endGroup(pid ?? 0);
    };
    signal.addEventListener('abort', end);
    await Promise.race([ended, hasReported(jest, report)]);
    end();
    await ended;
    signal.removeEventListener('abort', end);
    const processes = await endProcesses(folder.path);
    signal.throwIfAborted();
    if (!existsSync(report)) throw new Error('Jest has ended without a report.');
    const files = readdirSync(temporary).filter((name) => !NO_LEFTOVER.test(name));
    return readReport(report, jestArguments, [...processes, ...files.map((name) => join(temporary, name))]);
  } finally {
    await folder.remove();
  }
}

function readReport(
  file: string,
  jestArguments: readonly string[],
  leftBehind: readonly string[],
): TestRun {
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

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // None of them is there any more.
  }
}

/** Waits until every process of a run has ended, and ends those that do not. @returns the command lines of those */
async function endProcesses(folder: string): Promise<readonly string[]> {
  const deadline = Date.now() + GRACE_MS;
  while (processesOf(folder).length > 0 && Date.now() < deadline) await sleep(100);
  const left = processesOf(folder);
  if (left.length === 0) return [];
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '-p', left.join(',')], { encoding: 'utf8' });
  left.forEach((pid) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  });
  return stdout.split('\n').filter(Boolean);
}

/** The ids of the processes that have the folder of a run in their environment. */
function processesOf(folder: string): readonly number[] {
  const withEnvironment = process.platform === 'darwin' ? 'axEww' : 'axeww';
  const { stdout } = spawnSync('ps', [withEnvironment, '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .split('\n')
    .filter((line) => line.includes(`${RUN_FOLDER}=${folder}`))
    .map((line) => Number.parseInt(line, 10));
}
