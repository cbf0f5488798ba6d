/**
 * Which data center answers what: the health checks and records of lib/constructs/edge/data-center-routing.ts, as
 * Route 53 understands them, without a clock: answers of probes go in, a verdict comes out.
 */

/** What is asked of each data center; `marked`: whether its promotion mark can be seen. */
export const CHECKS = ['ready', 'writable', 'marked'] as const;
export type Check = (typeof CHECKS)[number];

/** What a check is believed to say. */
interface Standing {
  readonly holds: boolean;
  /** Answers in a row, up to the last one, that say otherwise. */
  readonly contrary: number;
}

/** One data center's checks. */
export interface DataCenterHealth extends Readonly<Record<Check, Standing>> {
  readonly region: string;
}

/** Regions. */
export interface Verdict {
  /** Which one answers the API. */
  readonly writes: string;
  /** Which one answers everything else. */
  readonly reads: string;
}

/** How many answers in a row must say otherwise before a check changes its mind: the records' `failureThreshold`. */
export const THRESHOLD = 3;

/** Nothing is known yet, so the first answer is believed. */
const UNKNOWN: Standing = { holds: false, contrary: THRESHOLD - 1 };

/** @param regions the nearest first */
export function unknownHealth(regions: readonly string[]): readonly DataCenterHealth[] {
  return regions.map((region) => ({ region, ready: UNKNOWN, writable: UNKNOWN, marked: UNKNOWN }));
}

/** What is known after one more probe. */
export function probed(
  health: readonly DataCenterHealth[],
  region: string,
  check: Check,
  answered: boolean,
): readonly DataCenterHealth[] {
  return health.map((each) =>
    each.region === region ? { ...each, [check]: stands(each[check], answered) } : each,
  );
}

function stands({ holds, contrary }: Standing, answered: boolean): Standing {
  if (answered === holds) {
    return { holds, contrary: 0 };
  }
  return contrary + 1 < THRESHOLD ? { holds, contrary: contrary + 1 } : { holds: answered, contrary: 0 };
}

/**
 * Who answers what. A data center passes while its own probe is answered and no other one is marked: what it holds is
 * no longer what users wrote. The nearest that passes answers; where none takes writes, the nearest that is ready says
 * so. Where none passes at all Route 53 goes by the record alone: for reads that is the nearest, for writes any at
 * random, and here the nearest too. Where several take writes, which only an unmarked promotion brings about, Route 53
 * would send some requests to each.
 *
 * @throws Error where there is no data center.
 */
export function verdictOf(health: readonly DataCenterHealth[]): Verdict {
  const [nearest] = health;
  if (nearest === undefined) {
    throw new Error('There is no data center.');
  }
  const passing = health.filter(({ region }) =>
    health.every((other) => other.region === region || !other.marked.holds),
  );
  const ready = passing.find((each) => each.ready.holds) ?? nearest;
  const writable = passing.find((each) => each.writable.holds) ?? ready;
  return { reads: ready.region, writes: writable.region };
}
