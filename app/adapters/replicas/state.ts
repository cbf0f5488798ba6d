import type { Position } from '../database';
import { createElection, type Verdict } from '../../../contract/election';
import { createLag } from './lag';
import { UNKNOWN, probed, type Finding, type Standing } from './standing';

/** What a server says of itself. */
export interface Sighting {
  readonly inRecovery: boolean;
  readonly isWritable: boolean;
  /** Replayed where it is in recovery, flushed to its disk otherwise. */
  readonly position: Position;
  /** Received where it is in recovery; undefined there where it receives nothing, or our role may not see it. */
  readonly timeline: number | undefined;
  readonly system: string;
  /** Another one after each start of the server, and behind a name that has moved. */
  readonly instance: string;
}

/** What is known of all servers, learned from probes; servers are numbers from 0. */
export interface FleetState {
  saw(server: number, sighting: Sighting, now: number): void;
  missed(server: number): void;
  doubt(server: number): void;
  /** This process has written up to here. */
  readonly recordWrite: (position: Position) => void;
  standing(server: number): Standing;
  sighting(server: number): Sighting | undefined;
  verdict(): Verdict;
  /** What the primary is known to have written; undefined where none was ever seen. */
  readonly primaryPosition: () => Position | undefined;
  /** Replicas to rely on. */
  reliable(): readonly number[];
  /** All others that answer, except the primary: replicas that lag or are doubted, and any that is not surely the primary. */
  others(): readonly number[];
  /** Those that did not answer their last probe, or were not probed yet. */
  silent(): readonly number[];
}

/**
 * How old a replica's data may be, in ms: so long may a deleted link lead on behind it. RDS replicas lag some tens of
 * ms; where all lag more, the primary answers what its share for reads allows, and lagging ones the rest.
 */
export const MAX_LAG_MS = 2_000;

/** Back in service only well below the bound. */
const LAG_TO_RETURN_MS = MAX_LAG_MS / 2;

/** @param servers how many there are */
export function createFleetState(servers: number): FleetState {
  const all = Array.from({ length: servers }, (_none, server) => server);
  const standings: Standing[] = [];
  const sightings: Sighting[] = [];
  const elect = createElection();
  const lag = createLag(2 * MAX_LAG_MS);
  let verdict = elect([]);
  /** Of the last primary, which may be gone. */
  let leading: Pick<Sighting, 'timeline'> | undefined;
  let hasBeenReplaced = false;
  let primaryPosition: Position | undefined;

  const standing = (server: number): Standing => standings[server] ?? UNKNOWN;

  function settle(server: number, finding: Finding): void {
    standings[server] = probed(standing(server), finding);
    verdict = elect(
      sightings.flatMap((sighting, claimant) =>
        !sighting.inRecovery && standing(claimant).answers
          ? [
              {
                server: claimant,
                system: sighting.system,
                timeline: known(sighting),
                instance: sighting.instance,
                isReliable: standing(claimant).inService,
              },
            ]
          : [],
      ),
      // Servers that were never seen are passed over.
      sightings.flatMap((sighting) => ({ system: sighting.system, timeline: known(sighting) })),
    );
  }

  /** A replica of another timeline shows another history, whatever its position. */
  function followsAnother({ timeline }: Sighting): boolean {
    const followed = leading?.timeline;
    return timeline === undefined || followed === undefined ? hasBeenReplaced : timeline !== followed;
  }

  function judge(server: number, sighting: Sighting): Finding {
    if (!sighting.inRecovery) {
      return 'good';
    }
    if (followsAnother(sighting)) {
      return 'lagging';
    }
    const behind = lag.of(sighting.position);
    if (behind === undefined) {
      return leading === undefined ? 'good' : 'unproven';
    }
    return behind <= (standing(server).inService ? MAX_LAG_MS : LAG_TO_RETURN_MS) ? 'good' : 'lagging';
  }

  function follow(primary: Sighting, now: number): void {
    if (leading !== undefined && leading.timeline !== primary.timeline) {
      hasBeenReplaced = true;
      lag.restart();
      primaryPosition = undefined;
    }
    leading = primary;
    lag.note(primary.position, now);
    primaryPosition = later(primaryPosition, primary.position);
  }

  const isReliable = (server: number): boolean =>
    sightings[server]?.inRecovery === true && standing(server).inService && !standing(server).isDoubted;

  return {
    saw(server, sighting, now) {
      sightings[server] = sighting;
      settle(server, judge(server, sighting));
      if (verdict.primary === server) {
        follow(sighting, now);
      } else if (leading === undefined && sighting.inRecovery) {
        // A primary that was never seen has written at least what a replica of it shows.
        primaryPosition = later(primaryPosition, sighting.position);
      }
    },
    missed(server) {
      settle(server, 'silent');
    },
    doubt(server) {
      standings[server] = { ...standing(server), isDoubted: true };
    },
    recordWrite(position) {
      primaryPosition = later(primaryPosition, position);
    },
    standing,
    sighting: (server) => sightings[server],
    verdict: () => verdict,
    primaryPosition: () => primaryPosition,
    reliable: () => all.filter(isReliable),
    others: () =>
      all.filter((server) => standing(server).answers && server !== verdict.primary && !isReliable(server)),
    silent: () => all.filter((server) => !standing(server).answers),
  };
}

/** Its timeline, in numbers that compare: one that is not told replaces none. */
function known({ timeline }: Sighting): number {
  return timeline ?? 0;
}

function later(one: Position | undefined, other: Position): Position {
  // Stryker disable next-line EqualityOperator: of two that are equal it is the same, whichever.
  return one === undefined || other > one ? other : one;
}
