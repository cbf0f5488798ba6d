/** What `npm run bench` is told on its command line. */
import type { ParseArgsConfig } from 'node:util';
import { readCommandLine } from '../local/command-line';
import { BUILT_RUNGS, type RungNumber } from '../lib/scaling-plan';
import type { LadderOptions } from './ladder';

/** More takes hours. */
const MOST_ROUNDS = 100;

const PARTS = ['synthesis', 'application', 'rungs', 'clicks'] as const;
export type Part = (typeof PARTS)[number];

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'ladder'; readonly options: LadderOptions }
  | {
      readonly kind: 'parts';
      readonly parts: readonly Part[];
      /** Counted runs; undefined for each part's own number. */
      readonly rounds: number | undefined;
      readonly json: boolean;
    };

export const HELP = `Usage: npm run bench [-- OPTIONS] [PART …]
       npm run bench -- --ladder [OPTIONS]

Measures on this machine and prints ratios; absolute figures depend on the machine.

  PART        synthesis (each rung against a one-queue CDK app), application (redirects, memory),
              rungs (3 to 5: redirects with replicas and cache, creates) or clicks (rung 8: queued
              clicks, the worker); all of them without one
  --rounds N  counted runs of each figure, whose median it is (default 5; 3 for rungs)
  --json      one JSON document on standard output instead of the table
  --help      this text

The load comes from wrk, the cache is Redis or Valkey; both are installed first where that can be done unasked.

  --ladder    starts every rung as npm start does, one after the other, puts the same load on each, and says what each
              buys: the highest rate within p99 50 ms, and at one rate that all carry the waits, the requests per
              CPU-second, the database queries and the bytes per request; then what happens without the primary
  --stage N   only this rung; may be given several times
  --html FILE writes a report with a plot of each figure

The ladder takes about eight minutes on two cores. Whatever else the machine does meanwhile is in its figures.
`;

const OPTIONS = {
  ladder: { type: 'boolean', default: false },
  stage: { type: 'string', multiple: true },
  html: { type: 'string' },
  rounds: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** @throws Error with a sentence about the first thing that cannot be understood */
export function readCommand(argv: readonly string[]): Command {
  const { values, positionals } = readCommandLine('npm run bench', {
    args: [...argv],
    options: OPTIONS,
    allowPositionals: true,
  });
  const { ladder, stage, html, rounds, json } = values;
  if (values.help) {
    return { kind: 'help' };
  }
  const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) {
    throw new Error(`No such part: ${unknown.join(', ')}. Expected ${PARTS.join(', ')}.`);
  }
  if (ladder && positionals.length > 0) {
    throw new Error(`--ladder measures whole rungs: leave out ${positionals.join(', ')}.`);
  }
  const [needsLadder] = [
    ...(stage === undefined ? [] : ['--stage']),
    ...(html === undefined ? [] : ['--html']),
  ];
  if (!ladder && needsLadder !== undefined) {
    throw new Error(`${needsLadder} belongs to --ladder.`);
  }
  if (ladder && rounds !== undefined) {
    throw new Error('--rounds belongs to the parts: leave out --ladder.');
  }
  return ladder
    ? { kind: 'ladder', options: { stages: stagesOf(stage), json, html } }
    : {
        kind: 'parts',
        parts: PARTS.filter((part) => positionals.length === 0 || positionals.includes(part)),
        rounds: rounds === undefined ? undefined : roundsOf(rounds),
        json,
      };
}

function roundsOf(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MOST_ROUNDS) {
    throw new Error(`--rounds ${text}: expected a whole number from 1 to ${MOST_ROUNDS}.`);
  }
  return value;
}

function stagesOf(given: readonly string[] | undefined): readonly RungNumber[] {
  const numbers = BUILT_RUNGS.map(({ number }) => number);
  const unknown = given?.find((text) => !numbers.some((number) => String(number) === text));
  if (unknown !== undefined) {
    throw new Error(`--stage ${unknown}: expected one of ${numbers.join(', ')}.`);
  }
  return numbers.filter((number) => given === undefined || given.includes(String(number)));
}
