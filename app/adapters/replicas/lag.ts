import type { Position } from '../database';

/**
 * How far a replica's data is behind the primary's, in ms, without asking anybody's clock: when had the primary last
 * written no more than the replica shows now? An idle primary has written nothing since, so a replica of it does not
 * lag; a replica that receives nothing any more does, although it has replayed all that it has. With the primary gone
 * the lag stays what it was when that was last seen.
 */
export interface Lag {
  /** The primary had written up to here. */
  note(position: Position, now: number): void;
  /** Undefined where the primary has not been watched for long enough to know. */
  of(replayed: Position): number | undefined;
  /** Another primary from now on: its positions say nothing about the old one's. */
  restart(): void;
}

/** One position of the primary and when it was last seen there. */
interface Sample {
  readonly position: Position;
  readonly seenAt: number;
}

/**
 * The primary must be seen so many times within the memory. What it has written while it was not seen for longer cannot be dated:
 * all replicas of a primary that comes back would seem to lag by the whole outage.
 */
const MAX_GAPS = 4;

/** @param memory how long positions are remembered, in ms: what lags more lags infinitely */
export function createLag(memory: number): Lag {
  let samples: readonly Sample[] = [];
  let startedAt = 0;
  return {
    note(position, now) {
      const last = samples.at(-1);
      if (last === undefined || now - last.seenAt > memory / MAX_GAPS) {
        startedAt = now;
      }
      const since = Math.max(startedAt, now - memory);
      samples = [...samples.filter(({ seenAt }) => seenAt >= since), { position, seenAt: now }];
    },
    of(replayed) {
      const newest = samples.at(-1);
      if (newest === undefined) {
        return undefined;
      }
      const shown = samples.findLast(({ position }) => position <= replayed);
      if (shown !== undefined) {
        return newest.seenAt - shown.seenAt;
      }
      return newest.seenAt - startedAt >= memory ? Infinity : undefined;
    },
    restart() {
      samples = [];
    },
  };
}
