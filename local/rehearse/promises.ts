/**
 * What each rung promises to survive, and how: DESIGN.md's ladder and docs/request-path.md, as one table that a
 * rehearsal is judged by.
 */
import type { RungNumber } from '../../lib/scaling-plan';
import type { Ending } from './load';

/** What may happen to requests through a fault. */
export interface Allowance {
  /** How they may end instead of being answered. */
  readonly endings: readonly Exclude<Ending, 'answered'>[];
  /** From the fault's beginning for how long: until the rung is whole, or that many seconds. */
  readonly for: 'until whole' | number;
  /** Of the requests in that time, how many, from 0 to 1. */
  readonly share: number;
}

export interface RungPromise {
  /** As the fault is called. */
  readonly fault: string;
  /** The first rung that it holds for, and the last. */
  readonly rungs: readonly [RungNumber, RungNumber];
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

const NONE_FAILS: Allowance = { endings: [], for: 0, share: 0 };

/** "503 with `Retry-After`": said clearly, and soon. */
const REFUSED: Allowance = { endings: ['refused'], for: 'until whole', share: 1 };

/** "Nobody is answered." */
const UNANSWERED: Allowance = { endings: ['refused', 'failed'], for: 'until whole', share: 1 };

/**
 * "Asked no more after 3 failed checks in 30 s": ten seconds apart on AWS, one here (local/parts/haproxy.ts), each with
 * five for its answer. Until then a frozen server holds what it was given: its share of the requests, of three servers or
 * of two.
 */
const HELD_UNTIL_CHECKED: Allowance = { endings: ['failed'], for: 3 * (1 + 5), share: 1 / 2 };

/** "Up to a second's clicks": a batch is taken each second, and half a second more for the one being written. */
const A_BATCH = 1.5;

/**
 * The queue on this machine keeps messages in memory only, which SQS does not: what nobody has taken yet goes with it.
 */
const IN_THE_LOCAL_QUEUE = 5;

/** "Replicates, asynchronously": seconds on AWS, between processes of one machine less. */
const NOT_YET_REPLICATED = 2;

/** Connections are made anew, probes see it, limits of retries (10 s) run out. */
const RECONNECTED = 5;

/** "About 30 s (10 s × 3) + 10 s (TTL)": a tenth here (local/rung/edge.ts), and two for a probe that hears nothing. */
const NOTICED = 3 * 1 + 1 + 2;

/** Two good checks, a second apart. */
const CHECKED = 3;

/** "Costs milliseconds a request, not seconds": of requests that ask it, each waits 50 ms; below a second in any case. */
const NOT_SECONDS = 1_000;

const EVERYTHING_GOES_ON = {
  reads: NONE_FAILS,
  writes: NONE_FAILS,
  lostClickSeconds: 0,
  wholeWithinSeconds: 0,
};

export const PROMISES: readonly RungPromise[] = [
  // Rungs 1 and 2: "nobody is answered … until the auto scaling group has another; data stays".
  {
    fault: 'server killed',
    rungs: [1, 2],
    reads: UNANSWERED,
    writes: UNANSWERED,
    lostClickSeconds: A_BATCH,
    wholeWithinSeconds: CHECKED,
  },
  {
    fault: 'server frozen',
    rungs: [1, 2],
    reads: UNANSWERED,
    writes: UNANSWERED,
    lostClickSeconds: 0,
    wholeWithinSeconds: RECONNECTED,
  },
  // "On SIGTERM … buffered clicks are flushed, then pools close."
  {
    fault: 'rolling deployment',
    rungs: [1, 2],
    reads: UNANSWERED,
    writes: UNANSWERED,
    lostClickSeconds: 0,
    wholeWithinSeconds: CHECKED,
  },
  // "Links in memory lead on for up to a second; then 503 with Retry-After, healed by itself."
  ...['primary killed', 'primary frozen'].map((fault): RungPromise => ({
    fault,
    rungs: [2, 3],
    reads: REFUSED,
    writes: REFUSED,
    lostClickSeconds: 0,
    wholeWithinSeconds: RECONNECTED,
  })),
  // Rung 3: "a server dies or is deployed over: no failed request".
  { fault: 'server killed', rungs: [3, 8], ...EVERYTHING_GOES_ON, lostClickSeconds: A_BATCH },
  {
    fault: 'server frozen',
    rungs: [3, 8],
    ...EVERYTHING_GOES_ON,
    reads: HELD_UNTIL_CHECKED,
    writes: HELD_UNTIL_CHECKED,
    wholeWithinSeconds: CHECKED,
  },
  { fault: 'rolling deployment', rungs: [3, 8], ...EVERYTHING_GOES_ON },
  { fault: 'clock an hour ahead', rungs: [3, 8], ...EVERYTHING_GOES_ON },
  // Rung 4: "reads go on; writes are refused clearly and return by themselves; nothing acknowledged is lost".
  ...[
    'primary killed',
    'primary frozen',
    'primary killed, a replica promoted',
    'primary killed, a replica promoted, all typed',
  ].map((fault): RungPromise => ({
    fault,
    rungs: [4, 8],
    ...EVERYTHING_GOES_ON,
    writes: REFUSED,
    wholeWithinSeconds: RECONNECTED,
  })),
  // "Left out within a second, taken back by itself; the others, then the primary".
  ...['replica killed', 'replica frozen', 'replica slow'].map((fault): RungPromise => ({
    fault,
    rungs: [4, 8],
    ...EVERYTHING_GOES_ON,
  })),
  // Rung 5: "a dead or frozen cache slows requests and fails none".
  ...['cache killed', 'cache frozen', 'cache slow'].map((fault): RungPromise => ({
    fault,
    rungs: [5, 8],
    ...EVERYTHING_GOES_ON,
    p99Milliseconds: NOT_SECONDS,
  })),
  // Likewise where a part comes and goes, or hardly answers.
  { fault: 'replica flapping', rungs: [4, 8], ...EVERYTHING_GOES_ON },
  {
    fault: 'primary nine tenths halted',
    rungs: [4, 8],
    ...EVERYTHING_GOES_ON,
    writes: REFUSED,
    wholeWithinSeconds: RECONNECTED,
  },
  ...['cache flapping', 'cache nine tenths halted', 'replicas behind, the cache emptied'].map(
    (fault): RungPromise => ({
      fault,
      rungs: [5, 8],
      ...EVERYTHING_GOES_ON,
      p99Milliseconds: NOT_SECONDS,
    }),
  ),
  // Two at once: what each allows, and no more.
  {
    fault: 'primary frozen, the cache killed',
    rungs: [5, 8],
    ...EVERYTHING_GOES_ON,
    writes: REFUSED,
    wholeWithinSeconds: RECONNECTED,
  },
  { fault: 'cache frozen, servers restarted', rungs: [5, 8], ...EVERYTHING_GOES_ON },
  // What has gathered while the primary was away goes with the process, until there is a queue for it.
  ...([4, 8] as const).map((first): RungPromise => ({
    fault: 'primary frozen, servers restarted',
    rungs: [first, first === 4 ? 7 : 8],
    ...EVERYTHING_GOES_ON,
    writes: REFUSED,
    lostClickSeconds: first === 4 ? A_BATCH : 0,
    wholeWithinSeconds: RECONNECTED,
  })),
  // Rung 7: "a whole region dies"; `/api/*` is refused until another is promoted, reads go to it after three checks.
  {
    fault: 'data center killed, another promoted',
    rungs: [7, 8],
    reads: { endings: ['refused', 'failed'], for: NOTICED, share: 1 },
    writes: UNANSWERED,
    lostClickSeconds: A_BATCH + NOT_YET_REPLICATED,
    lostWriteSeconds: NOT_YET_REPLICATED,
    wholeWithinSeconds: RECONNECTED + NOTICED,
  },
  // Rung 8: "bursts, slow or dead consumers: nothing lost, nothing counted twice".
  { fault: 'queue killed', rungs: [8, 8], ...EVERYTHING_GOES_ON, lostClickSeconds: IN_THE_LOCAL_QUEUE },
  ...['queue frozen', 'worker killed', 'worker frozen', 'messages repeated', 'message poisoned'].map(
    (fault): RungPromise => ({ fault, rungs: [8, 8], ...EVERYTHING_GOES_ON }),
  ),
];

/** What a rung promises, in the table's order. */
export function promisesOf(rung: RungNumber): readonly RungPromise[] {
  return PROMISES.filter(({ rungs: [first, last] }) => first <= rung && rung <= last);
}

/** The promise in a few words, for people. */
export function inWords(promise: RungPromise): string {
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
