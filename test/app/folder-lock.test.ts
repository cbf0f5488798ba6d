import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderInUse, lockFolder } from '../../app/adapters/folder-lock';
import { temporaryFolder } from './support';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'application.lock');
});

afterEach(() => {
  folder.remove();
});

test('a folder that is locked is refused, with who has it and what to do', async () => {
  const unlock = await lockFolder(folder.path);
  await expect(lockFolder(folder.path)).rejects.toThrow(
    `The data folder ${folder.path} is in use by process ${process.pid}. ` +
      'Stop that process, or give this one a folder of its own with DATA_DIR.',
  );
  await unlock();
});

test('a folder that was unlocked is free', async () => {
  await (
    await lockFolder(folder.path)
  )();
  const unlock = await lockFolder(folder.path);
  expect(readFileSync(path, 'utf8')).toContain(`"pid":${process.pid}`);
  await unlock();
});

test('the lock of a process that has died is taken over', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  writeFileSync(path, JSON.stringify({ pid: child.pid, started: 'x' }));
  const unlock = await lockFolder(folder.path);
  expect(readFileSync(path, 'utf8')).toContain(`"pid":${process.pid}`);
  await unlock();
});

test('the lock of a dead process whose id another has now is taken over', async () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'another boot 1' }));
  await expect(lockFolder(folder.path)).resolves.toBeInstanceOf(Function);
});

test.each(['', '{"pid":', '{"pid":"x"}', 'null'])(
  'a lock that reads %j, and so names nobody, is taken over',
  async (lock) => {
    writeFileSync(path, lock);
    await expect(lockFolder(folder.path)).resolves.toBeInstanceOf(Function);
  },
);

test('of many that find a dead lock at once, one gets it', async () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'another boot 1' }));
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(folder.path)));
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
  await expect(lockFolder(folder.path)).resolves.toBeInstanceOf(Function);
});
