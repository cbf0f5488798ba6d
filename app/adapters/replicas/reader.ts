import {
  DatabaseUnavailable,
  type Deletion,
  type DeletionReader,
  type Position,
  type Read,
  type StoredLink,
} from '../database';
import type { Allowance } from './allowance';

/** The name of the server that is the primary at the moment. */
export const PRIMARY = 'primary';

/** A server, as reads see it. */
export interface Reader {
  /** `primary`, or a replica's own. */
  readonly name: string;
  /** @throws DatabaseUnavailable */
  find(code: string): Promise<StoredLink | undefined>;
  /** @throws DatabaseUnavailable */
  deletions(within: number): Promise<readonly Deletion[]>;
}

/** Which servers to ask now; each call can be answered differently. */
export interface Fleet {
  /** Replicas to rely on, the least busy first. @param minPosition only those known to have replayed it */
  replicas(minPosition?: Position): readonly Reader[];
  /** Whether it is among them. */
  isReliable(reader: Reader, minPosition?: Position): boolean;
  /** All others that answer: they lag, something has just failed on them, or their part is not clear. */
  lastResort(): readonly Reader[];
  /** Those that did not answer their last probe, which may have been the probe's fault. */
  silent(): readonly Reader[];
  primary(): Reader | undefined;
  /** What the primary is known to have written. */
  primaryPosition(): Position | undefined;
}

export interface ReaderOptions {
  readonly fleet: Fleet;
  /**
   * Whether there is but one server to ask, as in a data center whose database replicates another one's. What it does
   * not show is not there, unless the asker has written it and it is still to come.
   */
  readonly isAlone: boolean;
  /** Reads of what the asker has just written, that the primary may be asked for because replicas are behind. */
  readonly ownReads: Allowance;
  /** Misses of replicas that the primary may be asked to confirm. */
  readonly confirmations: Allowance;
  /** Reads begun anew because no server answered, or none could say whether there is such a link. */
  readonly retries: Allowance;
  /** In ms. */
  readonly clock: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

export type FindOn = (code: string, minPosition?: Position) => Promise<Read<StoredLink | undefined>>;

/**
 * How far ahead of what the primary is known to have written a position may be, in bytes: a tenth of a second's
 * log is 10 MB under heavy load, and what is known is at most a second old. What is beyond was invented.
 */
const MAX_LEAD = 1n << 30n;

/**
 * No further server is asked for a read after this, in ms. Where many servers freeze at once, probes have found out by
 * then, and a read that began on the frozen ones still reaches one that answers.
 */
const READ_TIMEOUT_MS = 1_500;

/**
 * How often a read is tried, and how long apart in ms. With the primary gone, what was just acknowledged is shown by a
 * replica in a moment, if commits wait for one; and on a busy machine, connections that came too late are there now.
 */
const ATTEMPTS = 4;
const PAUSE_MS = 75;

/**
 * Reads from replicas as long as one is to be relied on; then from the primary, within its share for reads; then
 * from any that answers, for an old target is better than none. A miss on a replica is never believed by itself: the
 * primary confirms it, or, with the primary gone, the other replicas are asked, of which one may hold
 * what the first has not received.
 */
export function createReplicaReader(options: ReaderOptions): FindOn {
  const { fleet, isAlone, ownReads, confirmations, retries, clock, pause } = options;

  /** The servers to ask, one after another. */
  function* inOrder(minPosition: Position | undefined, asked: Set<Reader>): Generator<Reader> {
    yield* unasked(() => fleet.replicas(minPosition), asked);
    if (fleet.primary() !== undefined && (minPosition === undefined || ownReads())) {
      yield* unasked(() => primaryOf(fleet), asked);
    }
    yield* unasked(() => fleet.replicas(), asked);
    yield* unasked(() => fleet.lastResort(), asked);
    yield* unasked(() => fleet.silent(), asked);
  }

  /** @throws what the last one threw, where none answers */
  async function firstAnswer(
    readers: Iterable<Reader>,
    code: string,
    minPosition: Position | undefined,
    deadline: number,
  ): Promise<Read<StoredLink | undefined>> {
    let lastError: unknown;
    for (const reader of readers) {
      try {
        const value = await reader.find(code);
        const isReliable = fleet.isReliable(reader, minPosition);
        return toRead(reader, value, isReliable, isAlone && isReliable);
      } catch (error) {
        lastError = error;
      }
      if (clock() > deadline) {
        break;
      }
    }
    throw lastError instanceof Error ? lastError : new DatabaseUnavailable('no server is in reach');
  }

  /** Asks other servers about what a replica does not show. */
  async function confirm(
    missed: Read<undefined>,
    code: string,
    asked: Set<Reader>,
    deadline: number,
  ): Promise<Read<StoredLink | undefined>> {
    const [primary] = primaryOf(fleet);
    if (primary !== undefined && !asked.has(primary) && !confirmations()) {
      return missed;
    }
    for (const reader of unasked(
      () => [...primaryOf(fleet), ...fleet.replicas(), ...fleet.lastResort()],
      asked,
    )) {
      const answer = await reader.find(code).then(
        (value) => toRead(reader, value, fleet.isReliable(reader)),
        () => missed,
      );
      if (answer.value !== undefined || answer.confirmed || clock() > deadline) {
        return answer;
      }
    }
    return missed;
  }

  function plausible(position: Position | undefined): Position | undefined {
    const known = fleet.primaryPosition();
    const isPlausible = position !== undefined && known !== undefined && position <= known + MAX_LEAD;
    return isPlausible ? position : undefined;
  }

  async function findOnce(
    code: string,
    minPosition: Position | undefined,
    deadline: number,
  ): Promise<Read<StoredLink | undefined>> {
    const asked = new Set<Reader>();
    const { value, ...answer } = await firstAnswer(inOrder(minPosition, asked), code, minPosition, deadline);
    return value !== undefined || answer.confirmed
      ? { value, ...answer }
      : confirm({ value, ...answer }, code, asked, deadline);
  }

  const mayRetry = (attempt: number, deadline: number): boolean =>
    attempt < ATTEMPTS && clock() < deadline && retries();

  return async (code, requested) => {
    const minPosition = plausible(requested);
    const deadline = clock() + READ_TIMEOUT_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await findOnce(code, minPosition, deadline);
        if (answer.value !== undefined || answer.confirmed || !mayRetry(attempt, deadline)) {
          return answer;
        }
      } catch (error) {
        if (!mayRetry(attempt, deadline)) {
          throw error;
        }
      }
      await pause(PAUSE_MS);
    }
  };
}

/**
 * Reads the latest deletions from the primary; where that does not answer, from all servers that do: a deletion is acknowledged
 * once one replica has it, and with the primary gone the others may not get it before long. Of several lists, what the first
 * one lacks comes after it.
 *
 * @param isAlone as of {@link ReaderOptions}
 */
export function createReplicaDeletions(fleet: Fleet, isAlone: boolean): DeletionReader['deletions'] {
  const groups = [
    () => primaryOf(fleet),
    () => [...fleet.replicas(), ...fleet.lastResort()],
    () => fleet.silent(),
  ];
  return async (within) => {
    let lastError: unknown;
    for (const group of groups) {
      const looks = await Promise.allSettled(
        group().map(async (reader) => ({ reader, deletions: await reader.deletions(within) })),
      );
      const answers = looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []));
      const [best] = answers;
      if (best !== undefined) {
        const listed = answers.flatMap(({ deletions }) => deletions.map((one) => [one.code, one] as const));
        const isReliable = fleet.isReliable(best.reader);
        return toRead(best.reader, [...new Map(listed).values()], isReliable, isAlone && isReliable);
      }
      lastError = looks.find((look) => look.status === 'rejected')?.reason ?? lastError;
    }
    throw lastError instanceof Error ? lastError : new DatabaseUnavailable('no server is in reach');
  };
}

/** The best of the list that was not asked yet, as long as there is one: the list changes while others are asked. */
function* unasked(list: () => readonly Reader[], asked: Set<Reader>): Generator<Reader> {
  for (;;) {
    const next = list().find((reader) => !asked.has(reader));
    if (next === undefined) {
      return;
    }
    asked.add(next);
    yield next;
  }
}

function primaryOf(fleet: Fleet): readonly Reader[] {
  const primary = fleet.primary();
  return primary === undefined ? [] : [primary];
}

function toRead<Value>(reader: Reader, value: Value, isReliable: boolean, isLastWord = false): Read<Value> {
  const confirmed = isLastWord || reader.name === PRIMARY;
  return { value, source: reader.name, confirmed, isRecent: isReliable };
}
