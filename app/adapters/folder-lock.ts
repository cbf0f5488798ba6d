import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Another living process has the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

/** Who holds a folder: a process id alone would be taken for its next bearer. */
interface Holder {
  readonly pid: number;
  /** When the process started, as the kernel tells it; empty where it does not. */
  readonly started: string;
}

/** Looking at a lock and taking it over takes milliseconds; a guard older than this, in ms, was left by a crash. */
const GUARD_LIFETIME_MS = 5_000;
const GUARD_POLL_MS = 50;

/**
 * Makes this process the only one that uses a folder, until the returned function is called or the process ends,
 * however it ends: a lock whose holder is dead is taken over. (Node has no flock.)
 *
 * @throws FolderInUse naming folder and process
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'application.lock');
  const release = await guard(`${path}.guard`);
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && (await isAlive(holder))) {
      throw new FolderInUse(
        `The data folder ${resolve(folder)} is in use by process ${holder.pid}. ` +
          'Stop that process, or give this one a folder of its own with DATA_DIR.',
      );
    }
    await rm(path, { force: true });
    await writeWhole(path, { pid: process.pid, started: await startOf(process.pid) });
  } finally {
    await release();
  }
  return () => rm(path, { force: true });
}

/** One process at a time looks at the lock: of two that see a dead holder, the second would remove the first's lock. */
async function guard(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) {
        throw error;
      }
      await removeIfOld(path);
      await sleep(GUARD_POLL_MS);
    }
  }
}

async function removeIfOld(path: string): Promise<void> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > GUARD_LIFETIME_MS) {
    await rm(path, { force: true });
  }
}

/** Appears whole or not at all: half a lock, left by a crash, would name nobody. */
async function writeWhole(path: string, holder: Holder): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(holder));
  await link(draft, path);
  await rm(draft);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isHolder(value) ? value : undefined;
  } catch (error) {
    if (isCode(error, 'ENOENT') || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    'started' in value &&
    typeof value.pid === 'number' &&
    typeof value.started === 'string'
  );
}

async function isAlive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return isCode(error, 'EPERM');
  }
  return (await startOf(pid)) === started;
}

/** Boot and start tick of a process, where there is /proc; elsewhere a process id has to do. */
async function startOf(pid: number): Promise<string> {
  try {
    const [boot, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Field 22; the name in field 2 may hold spaces and ends at the last parenthesis.
    const tick = status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${boot.trim()} ${tick}`;
  } catch {
    return '';
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
