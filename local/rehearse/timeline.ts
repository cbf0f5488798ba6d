/** What users met through a fault, second by second. */
import { percentile, waited, type Request } from '../load/requests';
import type { Observed } from './judge';

/** Of one fault. Times are in seconds from when it began; a value stands for the time from there to the next. */
export interface Timeline {
  readonly seconds: readonly number[];
  /** A second. */
  readonly answered: readonly number[];
  /** A second. */
  readonly failed: readonly number[];
  /** In ms; null where nothing was due. */
  readonly p99: readonly (number | null)[];
  /** When the fault was healed. */
  readonly healed: number;
}

/** Fine enough to see a second's stop, coarse enough for a percentile. */
const STEP_MS = 500;

/** Each request counts where it was due. Steps at either end that the load did not fill are left out. */
export function timelineOf({ requests, brokenAt, healedAt }: Observed): Timeline {
  const stepOf = (due: number) => (due - brokenAt) / STEP_MS;
  const due = requests.map((request) => stepOf(request.due));
  const first = due.reduce((a, b) => Math.min(a, b), Infinity);
  const last = due.reduce((a, b) => Math.max(a, b), -Infinity);
  const from = Math.ceil(first);
  const steps = Array.from({ length: Math.max(0, Math.floor(last) - from) || 0 }, (_, index) => from + index);
  const requestsIn = new Map(steps.map((step): [number, Request[]] => [step, []]));
  requests.forEach((request) => requestsIn.get(Math.floor(stepOf(request.due)))?.push(request));
  const ofSteps = <T>(value: (due: readonly Request[]) => T) => [...requestsIn.values()].map(value);
  const perSecond = (some: readonly Request[]) => (some.length * 1_000) / STEP_MS;
  return {
    seconds: steps.map((step) => (step * STEP_MS) / 1_000),
    answered: ofSteps((all) => perSecond(all.filter(({ ending }) => ending === 'answered'))),
    failed: ofSteps((all) => perSecond(all.filter(({ ending }) => ending !== 'answered'))),
    p99: ofSteps((all) => (all.length === 0 ? null : Math.round(percentile(all.map(waited), 0.99)))),
    healed: (healedAt - brokenAt) / 1_000,
  };
}
