/** What a server says that takes itself for a primary. */
export interface Claim {
  readonly server: number;
  /** The database cluster that it holds: all copies of one primary share it, for ever. */
  readonly system: string;
  /** Raised by one with each promotion. */
  readonly timeline: number;
  /** The running server, whatever name it was reached by. */
  readonly instance: string;
  /** Whether it has answered for long enough to be relied on. */
  readonly isReliable: boolean;
}

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
 * What cannot be known: that a promotion has happened of which nobody within reach tells; a process that
 * starts beside the old primary alone believes it. Of two that were promoted apart from the same past neither is
 * chosen, for whichever were, some of the acknowledged writes would be missing; an operator has to stop one.
 */
export function createElection(): (claims: readonly Claim[]) => Verdict {
  const latest = new Map<string, number>();
  return (claims) => {
    claims.forEach(({ system, timeline }) => {
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
