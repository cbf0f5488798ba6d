/** `npm start` as a process of its own, with a temporary folder of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../local/parts/ports';
import type { Report } from '../../local/screen';
import { newTemporary, running, until } from './support';
import { BY_TSX } from '../support/runtime';

const ROOT = join(__dirname, '../..');

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What a rung is started in, and with. */
export interface Place {
  readonly port: number;
  /** Where the runner and its parts keep temporary folders, and nothing else is. */
  readonly temporary: string;
  /** Runs `npm start -- …` to its end, on that port. */
  run(...argv: readonly string[]): Promise<Said>;
  /** Starts it, and resolves with what it prints as JSON once it is ready. */
  start(...argv: readonly string[]): Promise<Runner>;
  /** Notes what a rung consists of, for {@link left}. */
  watch(report: Report): void;
  /** What is left of what was started: running processes and temporary folders. */
  left(): readonly (string | number)[];
  /** Ends whatever runs, by SIGKILL, and removes the folder. */
  end(): Promise<void>;
}

export interface Runner {
  readonly report: Report;
  readonly child: ChildProcess;
  /** All of standard output and of standard error so far. */
  said(): Omit<Said, 'code'>;
  /** Types a line. */
  type(line: string): void;
  /** How it ended. */
  readonly ended: Promise<Said>;
}

/** A free port and an empty folder. @param environment for the runner; with a `PORT`, that is where it listens */
export async function newPlace(environment: Readonly<Record<string, string>> = {}): Promise<Place> {
  const port = Number(environment['PORT'] ?? (await freePort()));
  const temporary = newTemporary();
  const started: ChildProcess[] = [];
  const watched: { readonly pids: readonly number[]; readonly seenAt: number }[] = [];

  function spawnRunner(argv: readonly string[]) {
    const child = spawn(
      process.execPath,
      [...BY_TSX, 'local/start.ts', ...argv, ...('PORT' in environment ? [] : ['--port', String(port)])],
      { cwd: ROOT, env: { ...process.env, ...environment, TMPDIR: temporary }, stdio: 'pipe' },
    );
    started.push(child);
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...said }));
    return { child, said, ended };
  }

  function watch({ pid }: Report): void {
    watched.push({ pids: [pid, ...descendants(pid)], seenAt: Date.now() });
  }

  const alive = (): readonly number[] => watched.flatMap(({ pids, seenAt }) => running(pids, seenAt));

  return {
    port,
    temporary,
    watch,
    run: (...argv) => spawnRunner(argv).ended,
    start: async (...argv) => {
      const { child, said, ended } = spawnRunner(['--json', ...argv]);
      await until(() => isJson(said.out) || child.exitCode !== null, START_TIMEOUT_MS);
      if (!isJson(said.out)) {
        throw new Error(`It is not ready: ${said.out}${said.err}`);
      }
      const report = parseReport(said.out);
      watch(report);
      return {
        report,
        child,
        said: () => ({ ...said }),
        type: (line) => child.stdin.write(`${line}\n`),
        ended,
      };
    },
    left: () => [...alive(), ...readdirSync(temporary).filter((name) => name.startsWith('zero-to-million-'))],
    end: async () => {
      started.forEach((child) => child.kill('SIGKILL'));
      alive().forEach((pid) => process.kill(pid, 'SIGKILL'));
      rmSync(temporary, { recursive: true, force: true });
      await Promise.resolve();
    },
  };
}

/** Stage 8 takes about 8 s on two quiet cores; other tests run meanwhile. */
const START_TIMEOUT_MS = 90_000;

export function parseReport(text: string): Report {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- printed by the runner
  return JSON.parse(text) as Report;
}

function isJson(text: string): boolean {
  try {
    parseReport(text);
    return true;
  } catch {
    return false;
  }
}

/** Every process below that one, however deep. */
function descendants(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): readonly number[] =>
    processes.flatMap(([id = 0, itsParent]) => (itsParent === parent ? [id, ...below(id)] : []));
  return below(pid);
}
