/** What users of a rung do and when, and what they meet: shared by the process that makes the load and those that judge it. */
import type { Ending } from '../promises';

/** What users do; `return` is to ask for a link that was deleted, `static` for a file of the page. */
export type Kind = 'create' | 'redirect' | 'read' | 'delete' | 'return' | 'page' | 'static';

/** One request. Times are in ms since 1970, of one clock for all processes of this machine. */
export interface Request {
  readonly kind: Kind;
  /** When it was due, not when it was sent: a user who waits to be sent waits too (no coordinated omission). */
  readonly due: number;
  /** Later than it was due where the machine had no time for the load. */
  readonly sent: number;
  readonly ended: number;
  readonly ending: Ending;
  /** What came instead of the right answer: a status or an error's code. */
  readonly instead?: string;
  /** The link asked for, made or deleted. */
  readonly code?: string;
  /** Of a return that was answered: whether the link led on. */
  readonly ledOn?: boolean;
  /** Of a link that was made: where it leads. */
  readonly url?: string;
}

/** Requests at moments fixed beforehand, however slow the answers are (an open model). */
export interface Load {
  /** Where users reach the rung: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Requests a second, of all kinds together. */
  readonly rate: number;
  /** What users do, one request after the other, over and over. */
  readonly mix: readonly Kind[];
  /** Links that exist before it begins. */
  readonly codes: readonly string[];
  /** How often each of them is asked for: all as often, or by {@link zipf}, the first one most often. */
  readonly draw: 'evenly' | 'zipf';
  /** Links that are to be deleted, by the administrator. @default - none */
  readonly doomed?: readonly string[];
  readonly adminToken?: string;
  /** Paths of the page's files. @default - none */
  readonly files?: readonly string[];
  /** Addresses of this machine that requests come from, in turn; with `shared`, those of links that are made. */
  readonly addresses: readonly string[];
  /** So many connections from one address carry all requests but those that make links. @default - none is shared */
  readonly shared?: number;
  /** Begins every URL that is made, so that a run knows its own. */
  readonly target: string;
}

/** A load that ends by itself. */
export interface TimedLoad extends Load {
  readonly seconds: number;
  /** Ends it as soon as more than one in a hundred has waited that long, in ms. @default - it never ends early */
  readonly untilSlowerThan?: number;
}

/** How long a user waits for an answer, in ms. */
export const TIMEOUT_MS = 5_000;

/**
 * A rehearsal's: of ten requests one makes a link, one shows one and eight are redirects: some public shorteners' ratio is
 * 10:1. Half of what is made is deleted again, and asked for once more.
 */
export const EDITED: readonly Kind[] = [
  ...(['redirect', 'redirect', 'create', 'redirect', 'redirect'] as const),
  ...(['redirect', 'redirect', 'read', 'delete', 'redirect'] as const),
  ...(['redirect', 'redirect', 'create', 'redirect', 'redirect'] as const),
  ...(['return', 'redirect', 'read', 'redirect', 'redirect'] as const),
];

/**
 * The ladder's: of a hundred requests 78 follow a link, 6 show one by the API, 2 make one, 2 are for the page and 12 for its
 * files: 39 redirects for each link that is made, by a user who opens the page first, with nothing of it in the browser.
 */
export const VISITED: readonly Kind[] = evenly({ redirect: 78, static: 12, read: 6, create: 2, page: 2 });

/** Spreads each kind over the whole, so that no second has another mix than the next. */
function evenly(shares: Readonly<Partial<Record<Kind, number>>>): readonly Kind[] {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- these are its kinds
  return (Object.entries(shares) as readonly (readonly [Kind, number])[])
    .flatMap(([kind, share]) =>
      Array.from({ length: share }, (_, index) => ({ kind, at: (index + 0.5) / share })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ kind }) => kind);
}

export function kindOf(mix: readonly Kind[], number: number): Kind {
  return mix[number % mix.length] ?? 'redirect';
}

/** Which of so many clients sends it: each in its turn sends requests of every kind, so that all make as many links. */
export function clientOf(mix: readonly Kind[], number: number, clients: number): number {
  return Math.floor(number / mix.length) % clients;
}

/** When the request of that number is due, in ms after the beginning. */
export function dueAfter(number: number, rate: number): number {
  return (number * 1_000) / rate;
}

/** How many requests are due by that moment, in ms after the beginning; the first one is due at once. */
export function dueBy(milliseconds: number, rate: number): number {
  const estimate = Math.floor((milliseconds * rate) / 1_000);
  // Rounding may put a request on the wrong side of its own moment.
  return (
    [estimate, estimate + 1, estimate + 2].findLast(
      (count) => count <= 0 || dueAfter(count - 1, rate) <= milliseconds,
    ) ?? 0
  );
}

/**
 * Draws ranks from 1 to `count`, each with a chance of 1/rank (Zipf, exponent 1): of 100,000 the first one in 8 % of all draws.
 *
 * @param exponent of the rank: 0 draws all evenly, more the first ones more often
 */
export function zipf(count: number, exponent = 1): () => number {
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    total += 1 / rank ** exponent;
    cumulative[rank - 1] = total;
  }
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = (cumulative[middle] ?? 0) < drawn ? [middle + 1, high] : [low, middle];
    }
    return low + 1;
  };
}

/** The time now, in ms since 1970 with fractions, that no change of the clock disturbs. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** What a user waited, in ms, counted from when the request was due. */
export function waited({ due, ended }: Request): number {
  return ended - due;
}

/** By how much the load itself was late at most, in ms: where that is much, the machine was too busy to judge others by. */
export function lateness(requests: readonly Request[]): number {
  return requests.reduce((most, { due, sent }) => Math.max(most, sent - due), 0);
}

/** The value below which that share of the others lies, by nearest rank; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** What users met, in numbers. Times in ms. */
export interface Numbers {
  readonly requests: number;
  readonly redirects: number;
  readonly failed: number;
  readonly failedRedirects: number;
  readonly p99: number;
  readonly redirectP50: number;
  readonly redirectP99: number;
  readonly redirectP999: number;
  /** 99 of 100 requests were sent within this: where that is much, the machine had no time for the load. */
  readonly lateP99: number;
  /** What failed, and by what: `redirect 503` → how often. */
  readonly failures: Readonly<Record<string, number>>;
}

export function inNumbers(requests: readonly Request[]): Numbers {
  const redirects = requests.filter(({ kind }) => kind === 'redirect');
  const isFailed = ({ ending }: Request): boolean => ending !== 'answered';
  const failed = requests.filter(isFailed);
  const waits = redirects.map(waited);
  return {
    requests: requests.length,
    redirects: redirects.length,
    failed: failed.length,
    failedRedirects: redirects.filter(isFailed).length,
    p99: percentile(requests.map(waited), 0.99),
    redirectP50: percentile(waits, 0.5),
    redirectP99: percentile(waits, 0.99),
    redirectP999: percentile(waits, 0.999),
    lateP99: percentile(
      requests.map(({ due, sent }) => sent - due),
      0.99,
    ),
    failures: countBy(failed.map(({ kind, instead = 'unknown' }) => `${kind} ${instead}`)),
  };
}

/** How often each is there. */
export function countBy(values: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  return Object.fromEntries(counts);
}
