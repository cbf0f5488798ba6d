import type { Client } from 'pg';
import { pause, say } from './progress';
import type { Settings } from './settings';
import { runToEnd } from './source';

/** Advisory locks are numbers; these two spell "ztm" and "copy" in ASCII, so that no other lock meets them. */
const LOCK = [0x7a746d, 0x636f7079];

/** How long SOURCE_EVICT may take, in ms: a few questions to AWS, while a carrier may be waiting for the lock. */
const EVICT_MS = 60_000;

/**
 * Waits until it is this server's turn to carry, holding the lock, or until another has carried.
 *
 * The lock belongs to the session of `target`, in which the copy's transaction runs as well: a server that loses one loses
 * both, so two carriers can never commit.
 *
 * @returns `done` where this generation is in the target already, `mine` where this server must carry it
 * @throws Error when the target holds another generation, or no server carries within the wait.
 */
export async function waitForTurn(
  target: Client,
  settings: Settings,
  report: (detail: string) => void,
  signal: AbortSignal,
): Promise<'done' | 'mine'> {
  const deadline = Date.now() + settings.waitMs;
  let evictAt = Date.now() + settings.evictAfterMs;
  while (Date.now() < deadline) {
    if (await tryLock(target)) {
      const carried = await carriedGeneration(target);
      if (carried === settings.generation) {
        return 'done';
      }
      if (carried !== undefined) {
        throw new Error(
          `The target holds generation ${carried} of the volume, but the volume is at ${settings.generation}: the old ` +
            'database served again after it was carried over, so each of the two has writes that the other lacks. ' +
            'Expected the same generation. Nothing was touched. An operator must decide which one is true: ' +
            'docs/runbook.md, "Carry-over".',
        );
      }
      if (settings.inVolumeZone) {
        return 'mine';
      }
      report("waiting for a server in the volume's zone to carry over");
      if (Date.now() >= evictAt) {
        evictAt = Infinity;
        await evictHolder(settings, signal);
      }
      await target.query('SELECT pg_advisory_unlock($1, $2)', LOCK);
    } else {
      report('waiting while another server carries over');
    }
    await pause(signal);
  }
  throw new Error(
    `No server carried the volume over within ${settings.waitMs / 1000} s. Expected one in the volume's zone to do so. ` +
      'Nothing was touched. Look for the server that carries (or whether there is one in that zone) in the logs.',
  );
}

/**
 * Has the server that holds the volume replaced by one that can carry. Under the lock, so that no server is carrying:
 * a carrier is never evicted. Where that fails, waiting goes on as if it had not been tried.
 */
async function evictHolder(settings: Settings, signal: AbortSignal): Promise<void> {
  say('wait-turn: nobody carries, so the server that holds the volume makes room');
  try {
    await runToEnd(settings.sourceEvict, EVICT_MS, signal);
  } catch (error) {
    signal.throwIfAborted();
    say(`warning: it could not be evicted: ${String(error)}`);
  }
}

async function tryLock(target: Client): Promise<boolean> {
  const { rows } = await target.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock($1, $2) AS locked',
    LOCK,
  );
  return rows[0]?.locked === true;
}

async function carriedGeneration(target: Client): Promise<string | undefined> {
  const { rows } = await target.query<{ exists: boolean }>(
    `SELECT to_regclass('carry_over.done') IS NOT NULL AS exists`,
  );
  if (rows[0]?.exists !== true) {
    return undefined;
  }
  const done = await target.query<{ generation: string }>('SELECT generation FROM carry_over.done');
  return done.rows[0]?.generation;
}

/** Writes, in the copy's own transaction, that this generation is in the target. */
export async function markDone(target: Client, generation: string): Promise<void> {
  await target.query('CREATE SCHEMA carry_over');
  await target.query(
    'CREATE TABLE carry_over.done (generation text PRIMARY KEY, carried_at timestamptz NOT NULL DEFAULT now())',
  );
  await target.query('INSERT INTO carry_over.done (generation) VALUES ($1)', [generation]);
}
