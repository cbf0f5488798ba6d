import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderInUse, FolderLost, lockFolder, type FolderLock } from '../../app/adapters/folder-lock';
import { compiled } from '../support/program';
import { eventually, temporaryFolder } from './support';

/** Twenty heartbeats before a lock is stale, as in the application, and forty times quicker: a busy machine may miss some. */
const HEARTBEAT = 50;
const STALE_AFTER = 1_000;

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
const locks: FolderLock[] = [];
const processes: ChildProcess[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'application.lock');
});

afterEach(async () => {
  await Promise.all(locks.splice(0).map((lock) => lock.release()));
  processes.splice(0).forEach((child) => child.kill('SIGKILL'));
  folder.remove();
});

async function lock(onLost: (lost: FolderLost) => void = () => undefined): Promise<FolderLock> {
  const taken = await lockFolder(folder.path, { onLost, heartbeat: HEARTBEAT, staleAfter: STALE_AFTER });
  locks.push(taken);
  return taken;
}

function isOurs(): boolean {
  return readFileSync(path, 'utf8').includes(`"pid":${process.pid},`);
}

/** A lock as a process of this machine and namespace leaves it. */
async function leaveLock(holder: {
  readonly pid?: number | undefined;
  readonly started?: string;
}): Promise<void> {
  await (await lock()).release();
  const mine = await lock();
  const written: unknown = JSON.parse(readFileSync(path, 'utf8'));
  await mine.release();
  writeFileSync(path, JSON.stringify(Object.assign({}, written, holder)));
}

const HOLDER = compiled(join(__dirname, 'folder-holder.ts'));

/** Linux alone has namespaces; elsewhere, and where they are not allowed, the process is an ordinary one. */
const UNSHARE = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const AS_ROOT = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const CAN_UNSHARE = spawnSync('unshare', [...AS_ROOT, ...UNSHARE, 'true']).status === 0;

interface Elsewhere {
  readonly child: ChildProcess;
  /** The first line that it says. */
  readonly said: string;
  /** Everything it has said. */
  readonly output: () => string;
}

/** A process that wants the folder, in a process id namespace of its own as in a container: it is process 1 there. */
async function holdElsewhere(): Promise<Elsewhere> {
  const command = [process.execPath, HOLDER, folder.path, String(HEARTBEAT), String(STALE_AFTER)];
  const [program = '', ...parameters] = CAN_UNSHARE
    ? ['unshare', ...AS_ROOT, ...UNSHARE, ...command]
    : command;
  return start(program, parameters);
}

async function start(program: string, parameters: readonly string[]): Promise<Elsewhere> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'ignore'] });
  processes.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await eventually(
    () => Promise.resolve(output),
    (text) => text.includes('\n'),
    30_000,
  );
  return { child, said: output.split('\n')[0] ?? '', output: () => output };
}

/** The process itself, below `unshare`. */
function pidOf({ child }: Elsewhere): number {
  const { stdout } = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' });
  return Number(stdout) || (child.pid ?? 0);
}

test('a folder that is locked is refused, with who has it and what to do', async () => {
  await lock();
  await expect(lock()).rejects.toThrow(
    `The data folder ${folder.path} is in use by process ${process.pid}. ` +
      'Stop that process, or give this one a folder of its own with DATA_DIR.',
  );
});

test('a folder that was released is free, and nothing of the lock is left', async () => {
  await (await lock()).release();
  expect(readdirSync(folder.path)).toEqual([]);
  await lock();
  expect(isOurs()).toBe(true);
});

test('the lock of a process that has died is taken over at once', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  await leaveLock({ pid: child.pid });
  await lock();
  expect(isOurs()).toBe(true);
});

test('the lock of a dead process whose id another has now is taken over', async () => {
  await leaveLock({ started: 'another boot 1' });
  await lock();
  expect(isOurs()).toBe(true);
});

test('a process that was killed and not reaped by its parent is dead', async () => {
  const holder = [process.execPath, HOLDER, folder.path, String(HEARTBEAT), String(STALE_AFTER)];
  // Who starts it becomes a program that never asks how its children have ended.
  const parent = await start('sh', ['-c', '"$@" & exec sleep 600', 'parent', ...holder]);
  expect(parent.said).toBe('held');
  const pid = pidOf(parent);
  process.kill(pid, 'SIGKILL');
  const state = () =>
    spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  expect(
    await eventually(
      () => Promise.resolve(state()),
      (seen) => seen.startsWith('Z'),
    ),
  ).toMatch(/^Z/);
  await lock();
  expect(isOurs()).toBe(true);
});

test.each(['', '{"pid":', '{"pid":"x"}', 'null'])(
  'a lock that reads %j, and so names nobody, is taken over',
  async (text) => {
    writeFileSync(path, text);
    await lock();
    expect(isOurs()).toBe(true);
  },
);

test('of many that find a dead lock at once, one gets it', async () => {
  await leaveLock({ started: 'another boot 1' });
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => lock()));
  const refusals = results.filter(
    (result) => result.status === 'rejected' && result.reason instanceof FolderInUse,
  );
  expect(refusals).toHaveLength(9);
});

test('a guard that a crash left behind holds nobody up for long', async () => {
  const guard = `${path}.guard`;
  writeFileSync(guard, '');
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(guard, longAgo, longAgo);
  await lock();
  expect(isOurs()).toBe(true);
});

describe('a process in another process id namespace', () => {
  test('has the folder while it lives, though it bears another number there, and frees it when it ends', async () => {
    const holder = await holdElsewhere();
    expect(holder.said).toBe('held');
    await expect(lock()).rejects.toThrow(
      new RegExp(
        `^The data folder ${folder.path} is in use by process \\d+${CAN_UNSHARE ? ' of another' : ''}`,
      ),
    );
    process.kill(pidOf(holder), 'SIGTERM');
    await once(holder.child, 'exit');
    await lock();
    expect(isOurs()).toBe(true);
  });

  test('is not taken for oneself by another process 1', async () => {
    const first = await holdElsewhere();
    const second = await holdElsewhere();
    expect([first.said, second.said]).toEqual([
      'held',
      expect.stringMatching(/^FolderInUse: .* is in use by/),
    ]);
  });

  test('is dead once its heart has not beaten for long', async () => {
    const holder = await holdElsewhere();
    expect(holder.said).toBe('held');
    process.kill(pidOf(holder), 'SIGKILL');
    await once(holder.child, 'exit');
    await lock();
    expect(isOurs()).toBe(true);
  });

  test('that was halted, taken for dead and goes on, ends with a sentence', async () => {
    const holder = await holdElsewhere();
    const pid = pidOf(holder);
    process.kill(pid, 'SIGSTOP');
    const taken = CAN_UNSHARE ? lock() : leaveLock({});
    await taken;
    process.kill(pid, 'SIGCONT');
    await once(holder.child, 'exit');
    expect(holder.output()).toContain(`The data folder ${folder.path} is no longer this process's own`);
    await expect(taken).resolves.toBe(CAN_UNSHARE ? locks.at(-1) : undefined);
  });
});

describe('who holds a folder', () => {
  test('touches the lock even in one long turn of the event loop, and stops when it is released', async () => {
    const mine = await lock();
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(path, longAgo, longAgo);
    const isOld = () => Date.now() - statSync(path).mtimeMs > 30_000;
    const until = performance.now() + 10_000;
    while (isOld() && performance.now() < until) {
      // As the database does that is at work.
    }
    expect(isOld()).toBe(false);
    await mine.release();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('hears once that another has it, and confirms nothing from then on', async () => {
    const heard: FolderLost[] = [];
    const mine = await lock((lost) => heard.push(lost));
    expect(() => {
      mine.confirm();
    }).not.toThrow();
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"token":"[^"]*"/, '"token":"another"'));
    await eventually(
      () => Promise.resolve(heard.length),
      (count) => count > 0,
    );
    expect(heard.map(({ name }) => name)).toEqual(['FolderLost']);
    expect(() => {
      mine.confirm();
    }).toThrow(FolderLost);
    expect(heard).toHaveLength(1);
    await mine.release();
    expect(readFileSync(path, 'utf8')).toContain('"token":"another"');
  });

  test('that has stood still asks before its next statement', async () => {
    const mine = await lock();
    const until = performance.now() + STALE_AFTER;
    writeFileSync(path, '');
    while (performance.now() < until) {
      // A process that stands still runs no timer.
    }
    expect(() => {
      mine.confirm();
    }).toThrow(FolderLost);
  });
});
