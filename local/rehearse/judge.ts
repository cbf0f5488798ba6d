/** Whether a rung has kept what it promises through a fault. */
import type { Verdict } from '../load/ledger';
import { countBy, percentile, waited, type Kind, type Request } from '../load/requests';
import type { Allowance, RungPromise } from '../promises';

/** "Late by the second that memory keeps", at every rung and through every fault: docs/request-path.md. */
const MAY_LEAD_ON_SECONDS = 1;

/** Times in ms since 1970, of the requests' clock. */
export interface Observed {
  readonly requests: readonly Request[];
  /** When the fault began to be brought about. */
  readonly brokenAt: number;
  /** When it was there. */
  readonly brokenBy: number;
  /** When what was broken ran again, or another had taken its place. */
  readonly healedAt: number;
  readonly verdict: Verdict;
}

/** @returns a sentence for each part of the promise that was broken; none where it was kept. */
export function judge(promise: RungPromise, observed: Observed): readonly string[] {
  const { requests, verdict } = observed;
  const reads = requests.filter(({ kind }) => !isWrite(kind));
  const writes = requests.filter(({ kind }) => isWrite(kind));
  const { lostClickSeconds, lostWriteSeconds = 0 } = promise;
  const clicksAtRisk = atRisk((kind) => kind === 'redirect', lostClickSeconds, observed);
  const writesAtRisk = atRisk(isWrite, lostWriteSeconds, observed);
  const ledOn = ledOnSeconds(observed, lostWriteSeconds);
  const p99 = percentile(requests.filter((request) => isDuring(observed, request)).map(waited), 0.99);
  return [
    ...judgeRequests('reads', reads, promise.reads, promise, observed),
    ...judgeRequests('writes', writes, promise.writes, promise, observed),
    ...(verdict.lostWrites <= writesAtRisk
      ? []
      : [`${verdict.lostWrites} acknowledged writes are lost; ${writesAtRisk} may be.`]),
    ...(verdict.lostClicks <= clicksAtRisk
      ? []
      : [`${verdict.lostClicks} clicks are not counted; ${clicksAtRisk} may be lost.`]),
    ...(verdict.doubledClicks === 0 ? [] : [`${verdict.doubledClicks} clicks were counted twice.`]),
    ...(ledOn <= MAY_LEAD_ON_SECONDS
      ? []
      : [`A deleted link led on for ${ledOn.toFixed(1)} s; ${MAY_LEAD_ON_SECONDS} s are allowed.`]),
    ...(promise.p99Milliseconds === undefined || !(p99 > promise.p99Milliseconds)
      ? []
      : [`One in a hundred waited ${Math.round(p99)} ms or longer.`]),
  ];
}

function judgeRequests(
  what: string,
  requests: readonly Request[],
  allowance: Allowance,
  { wholeWithinSeconds }: RungPromise,
  { brokenAt, brokenBy, healedAt }: Observed,
): readonly string[] {
  const until =
    allowance.for === 'until whole'
      ? healedAt + wholeWithinSeconds * 1_000
      : brokenBy + allowance.for * 1_000;
  const touched = ({ due, ended }: Request) => ended >= brokenAt && due <= until;
  const isAllowed = (request: Request) =>
    touched(request) && allowance.endings.some((ending) => ending === request.ending);
  const unanswered = requests.filter(({ ending }) => ending !== 'answered');
  const wrong = unanswered.filter((request) => !isAllowed(request));
  const allowed = Math.floor(requests.filter(touched).length * allowance.share);
  const tooMany = unanswered.length - wrong.length;
  return [
    ...(wrong.length === 0
      ? []
      : [`${wrong.length} ${what} failed that must not: ${reasons(wrong)}, due ${span(wrong, brokenAt)}.`]),
    ...(tooMany <= allowed ? [] : [`${tooMany} ${what} failed; ${allowed} may.`]),
  ];
}

function isWrite(kind: Kind): boolean {
  return kind === 'create' || kind === 'delete';
}

/** How many were answered so shortly before the fault that they may be lost with it. */
function atRisk(isWanted: (kind: Kind) => boolean, seconds: number, observed: Observed): number {
  return observed.requests.filter(
    ({ kind, ending, ended }) =>
      isWanted(kind) && ending === 'answered' && mayBeLost(ended, seconds, observed),
  ).length;
}

/** Whether what was acknowledged then may be lost with so many seconds before the fault. */
function mayBeLost(at: number, seconds: number, { brokenAt, brokenBy }: Observed): boolean {
  return seconds > 0 && at >= brokenAt - seconds * 1_000 && at <= brokenBy;
}

/** For how long a deleted link led on at most, in seconds, but for deletions that may be lost. */
export function ledOnSeconds(observed: Observed, lostWriteSeconds: number): number {
  return observed.verdict.ledOn
    .filter(({ since }) => !mayBeLost(since, lostWriteSeconds, observed))
    .reduce((most, { seconds }) => Math.max(most, seconds), 0);
}

function isDuring({ brokenAt, healedAt }: Observed, { due }: Request): boolean {
  return due >= brokenAt && due <= healedAt;
}

/** `503 × 12, ECONNRESET × 2` */
function reasons(requests: readonly Request[]): string {
  const counts = countBy(requests.map(({ instead = 'unknown' }) => instead));
  return Object.entries(counts)
    .map(([reason, count]) => `${reason} × ${count}`)
    .join(', ');
}

/** `0.3 to 7.2 s after the fault began` */
function span(requests: readonly Request[], brokenAt: number): string {
  const seconds = requests.map(({ due }) => (due - brokenAt) / 1_000).sort((a, b) => a - b);
  return `${(seconds[0] ?? 0).toFixed(1)} to ${(seconds.at(-1) ?? 0).toFixed(1)} s after the fault began`;
}

/** From when what was broken ran again to the end of the last request that was not answered, in seconds. */
export function secondsUntilWhole({ requests, healedAt }: Observed): number {
  const last = Math.max(
    healedAt,
    ...requests.filter(({ ending }) => ending !== 'answered').map(({ ended }) => ended),
  );
  return (last - healedAt) / 1_000;
}
