import { DatabaseUnavailable, type Position, type Read, type StoredLink } from '../database';
import type { Allowance } from './allowance';

/** The name of whoever is the primary at the moment. */
export const PRIMARY = 'primary';

/** A server, as reads see it. */
export interface Reader {
  /** `primary`, or a replica's own. */
  readonly name: string;
  /** @throws DatabaseUnavailable */
  find(code: string): Promise<StoredLink | undefined>;
}

/** Whom to ask now; every call may be answered differently. */
export interface Fleet {
  /** Replicas to rely on, the least busy first. @param notBefore only those known to have replayed it */
  replicas(notBefore?: Position): readonly Reader[];
  /** All others that answer: they lag, something has just failed on them, or their part is not clear. */
  lastResort(): readonly Reader[];
  primary(): Reader | undefined;
  /** What the primary is known to have written. */
  written(): Position | undefined;
}

export interface ReaderOptions {
  readonly fleet: Fleet;
  /** Reads of what the asker has just written, that the primary may be asked for because replicas are behind. */
  readonly ownReads: Allowance;
  /** Misses of replicas that the primary may be asked to confirm. */
  readonly confirmations: Allowance;
  /** In ms. */
  readonly clock: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

export type FindOn = (code: string, notBefore?: Position) => Promise<Read<StoredLink | undefined>>;

/**
 * How far ahead of what the primary is known to have written a position may be, in bytes: a tenth of a second's
 * log is 10 MB under heavy load, and what is known is at most a second old. What is beyond was invented.
 */
const BELIEVABLE_LEAD = 1n << 30n;

/** No further server is asked for a read after this, in ms. */
const PATIENCE_MS = 900;

/** While the primary is gone: how often, and how long apart in ms, replicas are asked for what was just written. */
const REPLAY_ATTEMPTS = 4;
const REPLAY_PAUSE_MS = 75;

/**
 * Reads from replicas as long as one is to be relied on; then from the primary, within its share for reads; then
 * from any that answers, for an old target is better than none. A miss on a replica is never believed by itself: the
 * primary confirms it, or, with the primary gone, the other replicas are asked, of which one may hold
 * what the first has not received.
 */
export function createReplicaReader(options: ReaderOptions): FindOn {
  const { fleet, ownReads, confirmations, clock, pause } = options;

  function* inOrder(notBefore: Position | undefined): Generator<Reader> {
    yield* fleet.replicas(notBefore);
    const primary = fleet.primary();
    if (primary !== undefined && (notBefore === undefined || ownReads())) {
      yield primary;
    }
    // Also those that were not to be relied on yet when this began.
    yield* fleet.replicas();
    yield* fleet.lastResort();
  }

  /** The first answer that can be had; who was asked is added to `asked`. */
  async function firstAnswer(
    readers: Iterable<Reader>,
    code: string,
    asked: Set<Reader>,
    deadline: number,
  ): Promise<Read<StoredLink | undefined>> {
    let lastError: unknown = new DatabaseUnavailable('no server is in reach');
    for (const reader of readers) {
      if (asked.has(reader)) {
        continue;
      }
      asked.add(reader);
      try {
        const value = await reader.find(code);
        return { value, source: reader.name, confirmed: reader.name === PRIMARY };
      } catch (error) {
        lastError = error;
      }
      if (clock() > deadline) {
        break;
      }
    }
    throw lastError;
  }

  async function confirm(
    missed: Read<undefined>,
    code: string,
    asked: Set<Reader>,
    deadline: number,
  ): Promise<Read<StoredLink | undefined>> {
    const primary = fleet.primary();
    if (primary !== undefined && !asked.has(primary)) {
      if (!confirmations()) {
        return missed;
      }
      asked.add(primary);
      try {
        return { value: await primary.find(code), source: primary.name, confirmed: true };
      } catch {
        // The replicas are asked below, as with a primary that is known to be gone.
      }
    }
    return askOthers(missed, code, asked, deadline);
  }

  async function askOthers(
    missed: Read<undefined>,
    code: string,
    asked: Set<Reader>,
    deadline: number,
  ): Promise<Read<StoredLink | undefined>> {
    for (const reader of [...fleet.replicas(), ...fleet.lastResort()]) {
      if (!asked.has(reader) && clock() <= deadline) {
        asked.add(reader);
        const value = await reader.find(code).catch(() => undefined);
        if (value !== undefined) {
          return { value, source: reader.name, confirmed: false };
        }
      }
    }
    return missed;
  }

  function believable(position: Position | undefined): Position | undefined {
    const written = fleet.written();
    const isBelievable =
      position !== undefined && written !== undefined && position <= written + BELIEVABLE_LEAD;
    return isBelievable ? position : undefined;
  }

  async function findOnce(
    code: string,
    notBefore: Position | undefined,
    deadline: number,
  ): Promise<Read<StoredLink | undefined>> {
    const asked = new Set<Reader>();
    const { value, ...answer } = await firstAnswer(inOrder(notBefore), code, asked, deadline);
    return value !== undefined || answer.confirmed
      ? { value, ...answer }
      : confirm({ value, ...answer }, code, asked, deadline);
  }

  return async (code, wanted) => {
    const notBefore = believable(wanted);
    const deadline = clock() + PATIENCE_MS;
    let answer = await findOnce(code, notBefore, deadline);
    // What was acknowledged is on a replica, if commits wait for one, and shown by it in a moment.
    for (let attempt = 1; attempt < REPLAY_ATTEMPTS && isToCome(answer, notBefore, deadline); attempt += 1) {
      await pause(REPLAY_PAUSE_MS);
      answer = await findOnce(code, notBefore, deadline);
    }
    return answer;
  };

  function isToCome(
    { value, confirmed }: Read<StoredLink | undefined>,
    notBefore: Position | undefined,
    deadline: number,
  ): boolean {
    return notBefore !== undefined && value === undefined && !confirmed && clock() < deadline && ownReads();
  }
}
