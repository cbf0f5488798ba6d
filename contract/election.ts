/**
 * How the primary is told from servers that were it once: by the application and by the click worker alike, which must
 * write to the same one.
 */

/** What a server says when it is asked with {@link LOOK}. */
export interface Look {
  readonly inRecovery: boolean;
  readonly isReadOnly: boolean;
  /** Of its log, `16/B374D848`: replayed where it is in recovery, flushed to its disk otherwise. */
  readonly position: string | null;
  /** Received where it is in recovery; null there where it receives nothing, or our role may not see it. */
  readonly timeline: number | null;
  readonly system: string;
  /** When the server was started. */
  readonly instance: string;
}

/**
 * Every function in it may be called by any role; only `received_tli` is NULL to one without `pg_monitor`, which RDS's
 * master user has. `pg_current_wal_insert_lsn` would not do as a position: after a switch of the log it lies behind the next
 * page's header, which an idle primary's replicas never reach.
 */
// Stryker disable next-line StringLiteral: PostgreSQL alone understands it, in tests of real servers.
export const LOOK = `SELECT recovery AS "inRecovery", current_setting('transaction_read_only') = 'on' AS "isReadOnly",
    CASE WHEN recovery THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END::text AS position,
    CASE WHEN recovery THEN (SELECT received_tli FROM pg_stat_wal_receiver)
      ELSE ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int END AS timeline,
    (SELECT system_identifier::text FROM pg_control_system()) AS system,
    extract(epoch FROM pg_postmaster_start_time())::text AS instance
  FROM pg_is_in_recovery() AS recovery`;

/** A history of a database: after a promotion there is a new one. */
export interface History {
  /** The database cluster: all copies of one primary share it, for ever. */
  readonly system: string;
  /** Raised by one with each promotion. */
  readonly timeline: number;
}

/** What a server says that takes itself for a primary. */
export interface Claim extends History {
  readonly server: number;
  /** The running server, whatever name it was reached by. */
  readonly instance: string;
  /** Whether it has answered for long enough to be relied on. */
  readonly isReliable: boolean;
}

/** Who is the primary. */
export interface Verdict {
  /** The one to write to. */
  readonly primary: number | undefined;
  /** Those that were replaced by a promotion and do not know it: written to never again. */
  readonly replaced: readonly number[];
  /** Whether two that were promoted apart both claim it, and nothing tells which is right. */
  readonly isContested: boolean;
}

/**
 * Finds the primary among those who claim to be it. A promotion raises the timeline, so a lower one than was ever seen
 * here is a primary that came back after another took its place: what it would acknowledge is lost to the others.
 * A replica of the promoted one tells of it, too. What cannot be known: that a promotion has happened of which nobody
 * within reach tells; a process that starts beside the old primary alone believes it. Of two that were promoted apart from the same past neither is
 * chosen, for whichever were, some of the acknowledged writes would be missing; an operator has to stop one.
 */
export function createElection(): (claims: readonly Claim[], followed?: readonly History[]) => Verdict {
  const latest = new Map<string, number>();
  // Stryker disable next-line ArrayDeclaration: what has neither system nor timeline tells nothing.
  return (claims, followed = []) => {
    [...claims, ...followed].forEach(({ system, timeline }) => {
      latest.set(system, Math.max(timeline, latest.get(system) ?? 0));
    });
    const isCurrent = ({ system, timeline }: Claim): boolean => timeline === latest.get(system);
    const current = claims.filter(isCurrent);
    const isContested = new Set(current.map(({ instance }) => instance)).size > 1;
    return {
      primary: isContested ? undefined : current.find(({ isReliable }) => isReliable)?.server,
      replaced: claims.filter((claim) => !isCurrent(claim)).map(({ server }) => server),
      isContested,
    };
  };
}
