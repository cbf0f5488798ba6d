/** A rung that goes on in the background, and how it is found again. */
import { fork, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FOLDER_PREFIX } from './rung';
import type { Progress } from './rung/parts';
import type { Report } from './screen';

/** What the process in the background says to the one that started it. */
export type Message =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'ready'; readonly report: Report }
  | { readonly kind: 'failed'; readonly reason: string };

/** In a rung's own folder. */
const RECORD = 'rung.json';

/** How long a rung may take to stop, in ms: as long as each of its parts may. */
const STOP_TIMEOUT_MS = 60_000;

/**
 * Starts the command line's file again, in a process that goes on without this one; resolves once its rung is ready. If
 * this process ends before, so does the other.
 *
 * @throws Error with the reason where the rung does not start.
 */
export async function startInBackground(
  file: string,
  argv: readonly string[],
  progress: (event: Progress) => void,
): Promise<Report> {
  const child = fork(file, ['background', ...argv], {
    execArgv: ['--require', require.resolve('tsx/cjs')],
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const report = await new Promise<Report>((resolve, reject) => {
    child.on('message', (message) => {
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- said by this file's other half
      const said = message as Message;
      switch (said.kind) {
        case 'progress':
          progress(said.progress);
          break;
        case 'ready':
          resolve(said.report);
          break;
        case 'failed':
          reject(new Error(said.reason));
      }
    });
    child.on('exit', () => {
      reject(new Error('The process in the background has ended.'));
    });
  });
  child.disconnect();
  child.unref();
  return report;
}

/** Lets `stopRung` find a running rung: a file in the rung's own folder, gone with it. */
export function record(folder: string, report: Report): void {
  writeFileSync(join(folder, RECORD), JSON.stringify(report));
}

/**
 * Ends the rung whose page is on that port; resolves when nothing of it is left.
 *
 * @throws Error where there is none, or where it does not end.
 */
export async function stopRung(port: number): Promise<void> {
  const found = findRungs();
  const wanted = found.find(({ report }) => new URL(report.url).port === String(port));
  if (wanted === undefined) {
    const others = found.map(({ report }) => `--port ${new URL(report.url).port}`);
    throw new Error(
      `No rung runs on port ${port}${others.length === 0 ? '' : `; there is one with ${others.join(' and ')}`}.`,
    );
  }
  process.kill(wanted.report.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  // Its folder goes last. A process id would say less: where nothing reaps orphans, a dead process keeps its own.
  while (statSync(wanted.folder, { throwIfNoEntry: false }) !== undefined) {
    if (Date.now() > deadline) {
      throw new Error(`The rung on port ${port} has not ended after ${STOP_TIMEOUT_MS / 1_000} s.`);
    }
    await setTimeout(50);
  }
}

function findRungs(): readonly { readonly folder: string; readonly report: Report }[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(FOLDER_PREFIX))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.())
    .flatMap((folder) => {
      const report = readRecord(folder);
      return report !== undefined && isRung(report.pid) ? [{ folder, report }] : [];
    });
}

/**
 * Whether a process is one that `npm start` began. A rung that was killed leaves its record, and another process of this user may
 * have its id by now.
 */
function isRung(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'state=,args=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z].*\bstart\.ts\b/.test(stdout.trim());
}

/** @returns undefined for a rung that is still starting, or has just ended. */
function readRecord(folder: string): Report | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- written by `record`
    return JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as Report;
  } catch {
    return undefined;
  }
}
