/** What the tests of several parts need. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import type { Postgres } from '../../local/parts/postgres';
import { BY_TSX, shareCompiled } from '../support/runtime';

/** A temporary folder that a server may enter when it runs as `nobody`. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parts-test-'));
  chmodSync(folder, 0o777);
  return folder;
}

/** Such a folder as the temporary one of commands that are run here. */
export function newTemporary(): string {
  const folder = newFolder();
  shareCompiled(folder);
  return folder;
}

/** The first row's column `answer`. */
export async function ask(server: Postgres, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: unknown }>(sql);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

/** Waits until a condition holds, for some ms at most; the test's own expectation says whether it did. */
export async function until(condition: () => boolean | Promise<boolean>, most = 30_000): Promise<void> {
  const deadline = Date.now() + most;
  while (!(await condition()) && Date.now() < deadline) {
    await setTimeout(20);
  }
}

/** Whether something settles within some milliseconds. */
export async function settles(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, setTimeout(milliseconds, false)]);
}

/** A process and its children, those of a server all. */
export function familyOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return [pid, ...stdout.split('\n').filter(Boolean).map(Number)];
}

/**
 * Those that run: one that has ended keeps its id until it is reaped.
 *
 * @param seenAt on `Date.now()`: one that has begun later is another, which has got the id of one that was seen then
 */
export function running(pids: readonly number[], seenAt = Date.now()): readonly number[] {
  // `ps` looks at every process of the machine: it is asked of those alone that the kernel knows.
  const known = pids.filter(isKnown);
  if (known.length === 0) {
    return [];
  }
  const { stdout } = spawnSync('ps', ['-o', 'pid=,state=,lstart=', '-p', known.join(',')], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return [...stdout.matchAll(/^\s*(\d+)\s+([^Z\s])\S*\s+(.+)$/gm)]
    .filter(([, , , began = '']) => Date.parse(began) <= seenAt + LSTART_ERROR_MS)
    .map(([, pid]) => Number(pid));
}

/** When a process began is known by whole seconds, and counted from a boot that is known by whole seconds. */
const LSTART_ERROR_MS = 2_000;

function isKnown(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export interface Elsewhere {
  readonly starter: ChildProcess;
  /** Every process of the parts. */
  readonly processes: readonly number[];
  /** Where the starter and its parts keep temporary folders, and nothing else is. */
  readonly temporary: string;
  /** What is left of the parts: running processes and temporary folders. */
  readonly left: () => readonly (string | number)[];
  /** Ends the starter, and what is left of it by a fault. */
  readonly end: () => Promise<void>;
}

/**
 * Starts parts in another process, which then waits forever.
 *
 * @param expression JavaScript for the promise of an array of parts; `parts(file)` is a module of local/parts.
 */
export async function startElsewhere(expression: string): Promise<Elsewhere> {
  const temporary = newTemporary();
  const script = `
    const parts = (file) => require(${JSON.stringify(join(__dirname, '../../local/parts/'))} + file);
    (${expression}).then((started) => console.log(JSON.stringify(started.map((part) => part.pid))));
  `;
  const starter = spawn(process.execPath, [...BY_TSX, '-e', script], {
    cwd: join(__dirname, '../..'),
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(starter, 'exit');
  const lines: unknown[] = await once(starter.stdout, 'data');
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- printed by the script above
  const first = JSON.parse(String(lines[0])) as number[];
  const processes = first.flatMap(familyOf);
  const seenAt = Date.now();
  const left = () => [
    ...running(processes, seenAt),
    ...readdirSync(temporary).filter((name) => name.startsWith('zero-to-million-')),
  ];
  return {
    starter,
    processes,
    temporary,
    left,
    end: async () => {
      starter.kill('SIGKILL');
      await gone;
      await until(() => left().length === 0);
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

/** Waits until a replica shows what its primary has written so far. */
export async function catchUp(replica: Postgres, primary: Postgres): Promise<void> {
  const position = String(await ask(primary, 'SELECT pg_current_wal_lsn()::text AS answer'));
  await until(
    async () => (await ask(replica, `SELECT pg_last_wal_replay_lsn() >= '${position}' AS answer`)) === true,
  );
}
