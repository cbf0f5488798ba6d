/** What a rung promises through a fault: the words that the registry of faults (faults.ts) writes its promises in. */
import type { QueueKind, RungNumber } from '../lib/scaling-plan';

/** How a request ended: refused is 503 with `Retry-After`; failed is any other answer than the right one, or none. */
export type Ending = 'answered' | 'refused' | 'failed';

/** What may happen to requests through a fault. */
export interface Allowance {
  /** How they may end instead of being answered. */
  readonly endings: readonly Exclude<Ending, 'answered'>[];
  /** From the fault's beginning for how long: until the rung is whole, or that many seconds. */
  readonly for: 'until whole' | number;
  /** Of the requests in that time, how many, from 0 to 1. */
  readonly share: number;
}

/** What holds for some rungs, through any fault. */
export interface Promised {
  /** The first rung that it holds for, and the last. */
  readonly rungs: readonly [RungNumber, RungNumber];
  /** Where clicks go through a queue of one of these kinds. @default - whatever they go through */
  readonly queues?: readonly QueueKind[];
  /** Redirects, and reads of what a link's clicks are. */
  readonly reads: Allowance;
  readonly writes: Allowance;
  /** Of clicks that were answered in so many seconds before the fault, all may be lost; later or earlier ones never. */
  readonly lostClickSeconds: number;
  /** Likewise of links that were made. @default 0 */
  readonly lostWriteSeconds?: number;
  /** After what is broken has been healed. */
  readonly wholeWithinSeconds: number;
  /** What 99 of 100 requests wait at most while it is broken, in ms. */
  readonly p99Milliseconds?: number;
}

export interface RungPromise extends Promised {
  /** As the fault is called. */
  readonly fault: string;
}

/** "Up to a second's clicks": a batch is taken each second, and half a second more for the one being written. */
export const A_BATCH = 1.5;

/** SQS's and Kafka's stand-ins on this machine keep messages in memory only, which neither does: what is in them goes with them. */
export const IN_THE_LOCAL_QUEUE = 5;

/** "Replicates, asynchronously": seconds on AWS, between processes of one machine less. */
export const NOT_YET_REPLICATED = 2;

/** Connections are made anew, probes see it, limits of retries (10 s) run out. */
export const RECONNECTED = 5;

/** "About 30 s (10 s × 3) + 10 s (TTL)": a tenth here (rung.ts), and two for a probe that hears nothing. */
export const NOTICED = 3 * 1 + 1 + 2;

/** Two good checks, a second apart. */
export const CHECKED = 3;

/** "Costs milliseconds a request, not seconds": of requests that ask it, each waits 50 ms; below a second in any case. */
export const NOT_SECONDS = 1_000;

const NONE_FAILS: Allowance = { endings: [], for: 0, share: 0 };

/** "503 with `Retry-After`": said clearly, and soon. */
const REFUSED: Allowance = { endings: ['refused'], for: 'until whole', share: 1 };

/** Until it is whole, no request need be answered. */
export const UNANSWERED: Allowance = { endings: ['refused', 'failed'], for: 'until whole', share: 1 };

/**
 * "Asked no more after 3 failed checks in 30 s": ten seconds apart on AWS, one here (parts/haproxy.ts), each with five for
 * its answer. Until then a frozen server holds what it was given: its share of the requests, of three servers or of two.
 */
const HELD_UNTIL_CHECKED: Allowance = { endings: ['failed'], for: 3 * (1 + 5), share: 1 / 2 };

type Rungs = Promised['rungs'];
type More = Partial<Omit<Promised, 'rungs'>>;

/** Every request is answered, and nothing is lost. */
export function goesOn(rungs: Rungs, more: More = {}): Promised {
  return {
    rungs,
    reads: NONE_FAILS,
    writes: NONE_FAILS,
    lostClickSeconds: 0,
    wholeWithinSeconds: 0,
    ...more,
  };
}

/** Writes are refused clearly and return by themselves; reads go on. */
export function refusesWrites(rungs: Rungs, more: More = {}): Promised {
  return goesOn(rungs, { writes: REFUSED, wholeWithinSeconds: RECONNECTED, ...more });
}

/** "Links in memory lead on for up to a second; then 503 with Retry-After, healed by itself." */
export function refusesAll(rungs: Rungs): Promised {
  return refusesWrites(rungs, { reads: REFUSED });
}

/** "Not available … until the auto scaling group has another; data stays." */
export function isDown(rungs: Rungs, more: More): Promised {
  return goesOn(rungs, { reads: UNANSWERED, writes: UNANSWERED, ...more });
}

/** A server that does not answer is asked no more once the load balancer has noticed. */
export function isLeftOut(rungs: Rungs): Promised {
  return goesOn(rungs, {
    ...{ reads: HELD_UNTIL_CHECKED, writes: HELD_UNTIL_CHECKED, wholeWithinSeconds: CHECKED },
  });
}

/** The promise in a few words, for people. */
export function inWords(promise: Promised): string {
  const { reads, writes, lostClickSeconds, lostWriteSeconds = 0, p99Milliseconds } = promise;
  const requests =
    reads === writes ? `requests: ${allowed(reads)}` : `reads: ${allowed(reads)}, writes: ${allowed(writes)}`;
  return [
    requests,
    ...(p99Milliseconds === undefined ? [] : [`p99 ≤ ${p99Milliseconds} ms`]),
    ...(lostWriteSeconds === 0 ? [] : [`writes lost: ≤ ${lostWriteSeconds} s`]),
    `clicks lost: ${lostClickSeconds === 0 ? 'none' : `≤ ${lostClickSeconds} s`}`,
    ...(reads.endings.length === 0 && writes.endings.length === 0
      ? []
      : [`whole ≤ ${promise.wholeWithinSeconds} s`]),
  ].join('; ');
}

function allowed({ endings, share, ...allowance }: Allowance): string {
  if (endings.length === 0) {
    return 'none fails';
  }
  const how = endings.includes('failed') ? 'may fail' : 'may be refused';
  const howMany = share === 1 ? '' : `≤ ${Math.round(share * 100)} % `;
  return `${howMany}${how}${allowance.for === 'until whole' ? '' : ` for ${allowance.for} s`}`;
}
