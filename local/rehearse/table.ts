/** The outcome of a rehearsal for people: a table, and in numbers for programs. */
import { cpus, totalmem } from 'node:os';
import { ledOnSeconds, secondsUntilWhole } from './judge';
import { lateness, waited, type Request } from './load';
import { inWords } from './promises';
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

/** Where and when: what figures are worth nothing without. */
export function machine(): string {
  const [processor] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} × ${processor?.model.trim() ?? 'processor'}, ${gigabytes} GB, ${process.platform}, Node ${process.version}`;
}

export const HEADINGS = [
  'rung',
  'fault',
  'requests',
  'failed (refused)',
  'slowest',
  'writes lost',
  'clicks lost',
  'doubled',
  'deleted, led on',
  'whole after',
  'promise',
  'kept',
];

/** Under {@link HEADINGS}. */
export function cellsOf(line: Line): readonly string[] {
  return [
    String(line.rung),
    line.fault,
    String(line.requests),
    line.refused === 0 ? String(line.failed) : `${line.failed} (${line.refused})`,
    `${line.slowestMilliseconds} ms`,
    String(line.lostWrites),
    String(line.lostClicks),
    String(line.doubledClicks),
    `${line.ledOnSeconds.toFixed(1)} s`,
    `${line.secondsUntilWhole.toFixed(1)} s`,
    line.promise,
    line.kept ? 'yes' : 'NO',
  ];
}

/** In Markdown, so that it can stand in the README as it is printed. */
export function table(lines: readonly Line[]): string {
  return inMarkdown(HEADINGS, lines.map(cellsOf));
}

/** A table whose columns stand below each other as plain text, too. */
export function inMarkdown(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const toLine = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [toLine(headings), toLine(widths.map((width) => '-'.repeat(width))), ...rows.map(toLine)].join('\n');
}
