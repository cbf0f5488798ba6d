/** The outcome of a rehearsal for people: a table, and in numbers for programs. */
import { lateness, waited, type Request } from '../load/requests';
import { inMarkdown } from '../plotted/page';
import { inWords } from '../promises';
import { ledOnSeconds, secondsUntilWhole } from './judge';
import type { Outcome } from './rehearsal';

/** One line of the table. */
export interface Line {
  readonly rung: number;
  readonly fault: string;
  readonly requests: number;
  /** Not answered, refused ones among them. */
  readonly failed: number;
  /** Of them, 503 with `Retry-After`. */
  readonly refused: number;
  readonly slowestMilliseconds: number;
  /** How late requests were sent at most, for the machine was busy: a part of the waits before. */
  readonly sentLateMilliseconds: number;
  readonly lostWrites: number;
  readonly lostClicks: number;
  readonly doubledClicks: number;
  /** For how long a deleted link led on at most. */
  readonly ledOnSeconds: number;
  readonly secondsUntilWhole: number;
  readonly promise: string;
  readonly kept: boolean;
  /** What was broken of the promise, in sentences. */
  readonly broken: readonly string[];
}

export function lineOf(outcome: Outcome): Line {
  const { rung, promise, requests, verdict, broken } = outcome;
  const ending = (wanted: Request['ending']) =>
    requests.filter((request) => request.ending === wanted).length;
  return {
    rung,
    fault: promise.fault,
    requests: requests.length,
    failed: requests.length - ending('answered'),
    refused: ending('refused'),
    slowestMilliseconds: Math.round(Math.max(0, ...requests.map(waited))),
    sentLateMilliseconds: Math.round(lateness(requests)),
    lostWrites: verdict.lostWrites,
    lostClicks: verdict.lostClicks,
    doubledClicks: verdict.doubledClicks,
    ledOnSeconds: Math.round(ledOnSeconds(outcome, promise.lostWriteSeconds ?? 0) * 10) / 10,
    secondsUntilWhole: Math.round(secondsUntilWhole(outcome) * 10) / 10,
    promise: inWords(promise),
    kept: broken.length === 0,
    broken,
  };
}

/** The columns of the table. */
const COLUMNS: readonly (readonly [string, (line: Line) => string])[] = [
  ['rung', ({ rung }) => String(rung)],
  ['fault', ({ fault }) => fault],
  ['requests', ({ requests }) => String(requests)],
  ['failed (refused)', ({ failed, refused }) => (refused === 0 ? String(failed) : `${failed} (${refused})`)],
  ['slowest', ({ slowestMilliseconds }) => `${slowestMilliseconds} ms`],
  ['writes lost', ({ lostWrites }) => String(lostWrites)],
  ['clicks lost', ({ lostClicks }) => String(lostClicks)],
  ['doubled', ({ doubledClicks }) => String(doubledClicks)],
  ['deleted, led on', (line) => `${line.ledOnSeconds.toFixed(1)} s`],
  ['whole after', (line) => `${line.secondsUntilWhole.toFixed(1)} s`],
  ['promise', ({ promise }) => promise],
  ['kept', ({ kept }) => (kept ? 'yes' : 'NO')],
];

export const HEADINGS = COLUMNS.map(([heading]) => heading);

/** Under {@link HEADINGS}. */
export function cellsOf(line: Line): readonly string[] {
  return COLUMNS.map(([, cell]) => cell(line));
}

/** In Markdown, so that it can stand in the README as it is printed. */
export function table(lines: readonly Line[]): string {
  return inMarkdown(HEADINGS, lines.map(cellsOf));
}
