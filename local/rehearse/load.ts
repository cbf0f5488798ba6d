/** What the load on a rung is, and what comes back of it: shared by the process that makes it and the one that judges. */

/** What users do with links; `return` is to ask for one that was deleted. */
export type Kind = 'create' | 'redirect' | 'read' | 'delete' | 'return';

export const KINDS: readonly Kind[] = ['create', 'redirect', 'read', 'delete', 'return'];

/** How a request ended: refused is 503 with `Retry-After`; failed is any other answer than the right one, or none. */
export type Ending = 'answered' | 'refused' | 'failed';

/** One request. Times are in ms since 1970, of one clock for all processes of this machine. */
export interface Request {
  readonly kind: Kind;
  /** When it was due, not when it was sent: whoever waits to be sent waits too. */
  readonly due: number;
  /** Later than it was due where the machine had no time for whoever sends. */
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

export interface Load {
  /** Where users reach the rung. */
  readonly url: string;
  /** Requests a second, of all kinds together. */
  readonly rate: number;
  /** Links that exist before it begins. */
  readonly codes: readonly string[];
  /** Others, which are to be deleted. */
  readonly doomed: readonly string[];
  /** Addresses of this machine that requests come from, in turn. */
  readonly addresses: readonly string[];
  /** Of the administrator, who deletes. */
  readonly adminToken: string;
  /** Begins every URL that is made, so that a run knows its own. */
  readonly target: string;
}

/** How long a user waits for an answer, in ms. */
export const PATIENCE_MS = 5_000;

/** What is sent to the process that makes load. */
export type Order = { readonly order: 'begin'; readonly load: Load } | { readonly order: 'end' };

/** What it answers: that it stands ready, and, once the last request has ended, all of them. */
export type Report = { readonly report: 'ready' } | { readonly report: 'done'; readonly requests: Request[] };

/**
 * Of ten requests one makes a link, one shows one and eight are redirects: some public shorteners' ratio is 10:1. Half of
 * what is made is deleted again, and asked for once more.
 */
const MIX: readonly Kind[] = [
  ...(['redirect', 'redirect', 'create', 'redirect', 'redirect'] as const),
  ...(['redirect', 'redirect', 'read', 'delete', 'redirect'] as const),
  ...(['redirect', 'redirect', 'create', 'redirect', 'redirect'] as const),
  ...(['return', 'redirect', 'read', 'redirect', 'redirect'] as const),
];

export function kindOf(number: number): Kind {
  return MIX[number % MIX.length] ?? 'redirect';
}

/** Which of so many clients sends it: each in its turn sends requests of every kind, so that all make as many links. */
export function clientOf(number: number, clients: number): number {
  return Math.floor(number / MIX.length) % clients;
}

/** When the request of that number is due, in ms after the beginning: moments are fixed beforehand (an open model). */
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

/** The time now, in ms since 1970 with fractions, that no change of the clock disturbs. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** What a user waited, in ms, counted from when the request was due (no coordinated omission). */
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
