import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, open, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** Another living process has the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

/** Another process has taken the folder over, for this one seemed to be dead. */
export class FolderLost extends Error {
  override readonly name = 'FolderLost';
}

export interface FolderLock {
  /**
   * Says whether the folder is still this process's own; asks the folder only where this process has stood still for so
   * long that another one may have taken it for dead.
   *
   * @throws FolderLost
   */
  confirm(): void;
  release(): Promise<void>;
}

export interface FolderLockOptions {
  /** Hears once that the folder was taken over: this process must not touch it any more. */
  readonly onLost: (lost: FolderLost) => void;
  /** How often the holder shows that it lives, in ms. */
  readonly heartbeat?: number;
  /** A holder that has not shown that it lives for so long is dead, in ms: a process that is busy may miss some beats. */
  readonly staleAfter?: number;
}

/** Who holds a folder: a process id alone would be taken for its next bearer. */
interface Holder {
  readonly pid: number;
  /** Boot, and when the process started, as the kernel tells it; empty where it does not. */
  readonly started: string;
  /** Boot and process id namespace: where process ids mean what they mean here. */
  readonly namespace: string;
  /** Of this lock alone. */
  readonly token: string;
}

/**
 * The heart: it touches the lock, in a thread of its own, for the database in this process may be at work for many seconds
 * in one turn of the event loop. What cannot be touched just now may be at the next heartbeat.
 */
const HEART = `
  const { utimesSync } = require('node:fs');
  const { path, heartbeat } = require('node:worker_threads').workerData;
  setInterval(() => { try { utimesSync(path, new Date(), new Date()); } catch {} }, heartbeat);
`;

const HEARTBEAT_MS = 1_000;
const STALE_AFTER_MS = 10_000;

/** Looking at a lock and taking it over takes milliseconds; a guard older than this, in ms, was left by a crash. */
const GUARD_LIFETIME_MS = 5_000;
const POLL_MS = 50;

/**
 * Makes this process the only one that uses a folder, until it is released or the process ends, however it ends: a lock
 * whose holder is dead is taken over. (Node has no flock.)
 *
 * A holder whose processes can be seen from here is looked up. One in another container cannot be, and may bear the same
 * process id as this one: it lives for as long as it shows so by touching the lock.
 *
 * @throws FolderInUse naming folder and process
 */
export async function lockFolder(folder: string, options: FolderLockOptions): Promise<FolderLock> {
  const { onLost, heartbeat = HEARTBEAT_MS, staleAfter = STALE_AFTER_MS } = options;
  const path = join(folder, 'application.lock');
  const me = { ...(await self()), token: randomUUID() };
  for (;;) {
    const holder = await takeUnlessHeld(path, me, staleAfter);
    if (holder === undefined) {
      return keep(path, me, { onLost, heartbeat, staleAfter });
    }
    if (isNear(holder, me) || (await showsLife(path, staleAfter))) {
      throw new FolderInUse(
        `The data folder ${resolve(folder)} is in use by process ${holder.pid}` +
          `${isNear(holder, me) ? '' : ' of another container or machine'}. ` +
          'Stop that process, or give this one a folder of its own with DATA_DIR.',
      );
    }
  }
}

/** Takes the lock, or tells who has it. */
async function takeUnlessHeld(path: string, me: Holder, staleAfter: number): Promise<Holder | undefined> {
  const release = await guard(`${path}.guard`);
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && (await isAlive(holder, me, path, staleAfter))) {
      return holder;
    }
    await rm(path, { force: true });
    await writeWhole(path, me);
    return undefined;
  } finally {
    await release();
  }
}

/** Shows that this process lives, and finds out where another one has thought otherwise. */
function keep(path: string, me: Holder, options: Required<FolderLockOptions>): FolderLock {
  const { onLost, heartbeat, staleAfter } = options;
  let confirmedAt = performance.now();
  let isLost = false;

  function look(): void {
    if (!isMine(path, me)) {
      clearInterval(timer);
      void heart.terminate();
      const lost = new FolderLost(
        `The data folder ${resolve(path, '..')} is no longer this process's own: it was removed, or another process has ` +
          `taken it over, for this one had not moved for ${staleAfter / 1_000} s. This one ends, so that nothing is written twice.`,
      );
      if (!isLost) {
        isLost = true;
        onLost(lost);
      }
      throw lost;
    }
    confirmedAt = performance.now();
  }

  const heart = new Worker(HEART, { eval: true, execArgv: [], workerData: { path, heartbeat } });
  heart.unref();
  const timer = setInterval(() => {
    try {
      look();
    } catch {
      // It was said.
    }
  }, heartbeat).unref();

  return {
    confirm() {
      if (isLost || performance.now() - confirmedAt >= staleAfter / 2) {
        look();
      }
    },
    async release() {
      clearInterval(timer);
      await heart.terminate();
      if (!isLost && isMine(path, me)) {
        await rm(path, { force: true });
      }
    },
  };
}

/** In one turn of the event loop: nothing is done in between that needed to know. */
function isMine(path: string, { token }: Holder): boolean {
  try {
    return parseHolder(readFileSync(path, 'utf8'))?.token === token;
  } catch (error) {
    // A disk that does not answer has not been given to anybody else.
    return !isCode(error, 'ENOENT');
  }
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
      if ((await ageOf(path)) > GUARD_LIFETIME_MS) {
        await rm(path, { force: true });
      }
      await sleep(POLL_MS);
    }
  }
}

/** In ms; 0 where it is gone, or from a time to come. */
async function ageOf(path: string): Promise<number> {
  return Math.max(0, Date.now() - (await touchedAt(path)));
}

async function touchedAt(path: string): Promise<number> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return mtimeMs;
}

/** Appears whole or not at all: half a lock, left by a crash, would name no process. */
async function writeWhole(path: string, holder: Holder): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(holder));
  await link(draft, path);
  await rm(draft);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return parseHolder(await readFile(path, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

/** Undefined where it names no process. */
function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  const members = new Map<string, unknown>(Object.entries(value ?? {}));
  return (
    typeof members.get('pid') === 'number' &&
    ['started', 'namespace', 'token'].every((name) => typeof members.get(name) === 'string')
  );
}

function isNear(holder: Holder, me: Holder): boolean {
  return holder.namespace === me.namespace;
}

async function isAlive(holder: Holder, me: Holder, path: string, staleAfter: number): Promise<boolean> {
  if (!isNear(holder, me)) {
    return (await ageOf(path)) <= staleAfter;
  }
  if (!isThere(holder.pid)) {
    return false;
  }
  const seen = await look(holder.pid);
  return seen === undefined || (seen.started === holder.started && !seen.isDead);
}

/** Waits until the lock is touched, which its holder does while it lives, or has become old. */
async function showsLife(path: string, staleAfter: number): Promise<boolean> {
  const before = await touchedAt(path);
  const deadline = performance.now() + staleAfter;
  while (performance.now() < deadline && (await ageOf(path)) <= staleAfter) {
    await sleep(POLL_MS);
    if ((await touchedAt(path)) !== before) {
      return true;
    }
  }
  return false;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return isCode(error, 'EPERM');
  }
}

async function self(): Promise<Omit<Holder, 'token'>> {
  const [boot, namespace, seen] = await Promise.all([
    bootId(),
    readlink('/proc/self/ns/pid').catch(() => ''),
    look(process.pid),
  ]);
  return { pid: process.pid, started: seen?.started ?? '', namespace: `${boot} ${namespace}`.trim() };
}

interface Seen {
  /** Boot and start tick. */
  readonly started: string;
  /** It has ended, and its parent has not asked how: it keeps its id for as long. */
  readonly isDead: boolean;
}

/** A process as /proc shows it; undefined where there is no /proc, or one of another namespace. */
async function look(pid: number): Promise<Seen | undefined> {
  try {
    const [boot, itself, status] = await Promise.all([
      bootId(),
      readlink('/proc/self'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Fields 3, the state, to 22, the start; the name in field 2 may hold spaces and ends at the last parenthesis.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return itself === String(process.pid)
      ? { started: `${boot} ${fields[19] ?? ''}`, isDead: /^[ZXx]$/.test(fields[0] ?? '') }
      : undefined;
  } catch {
    return undefined;
  }
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
