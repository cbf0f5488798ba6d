/** What `npm start`, `npm run rehearse` and `npm run bench` are told: each option once, how it is typed and how it is read. */
import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nearest } from '../contract/nearest';
import {
  BUILT_RUNGS,
  LADDER,
  QUEUE_KINDS,
  type QueueKind,
  type RungName,
  type RungNumber,
} from '../lib/scaling-plan';
import { readCommandLine, readWholeNumber } from './command-line';
import { FAULTS } from './faults';
import { planRung, type RungRequest } from './rung/plan';

const LAST = BUILT_RUNGS.length;

/** For people: `1 single-server, 2 separate-database, …` */
export const STAGES = BUILT_RUNGS.map(({ number, name }) => `${number} ${name}`).join(', ');

/** An option with a value; it may be given several times. @param read what it makes of all that was given, at least one text */
function valued<T>(value: string, read: (given: readonly string[], option: string) => T) {
  return { value, read };
}

const FLAG = { value: undefined, read: () => true };

const OPTIONS = {
  stage: valued('N', (given, option) => given.flatMap(list).map((text) => rung(option, text).number)),
  without: valued('NAME', (given, option) => given.flatMap(list).map((text) => rung(option, text).name)),
  queue: valued('KIND', (given, option) => queueKind(option, last(given))),
  port: valued('N', (given, option) => readWholeNumber(option, last(given), { to: 65_535 })),
  servers: valued('N', (given, option) => readWholeNumber(option, last(given), { to: 16 })),
  rounds: valued('N', (given, option) => readWholeNumber(option, last(given), { to: 100 })),
  rate: valued('N', (given, option) => readWholeNumber(option, last(given), { to: 10_000 })),
  data: valued('DIR', last),
  fault: valued('NAME', (given, option) => given.map((text) => faultName(option, text))),
  html: valued('FILE', (given) => writable(last(given))),
  temporary: FLAG,
  detach: FLAG,
  ladder: FLAG,
  short: FLAG,
  json: FLAG,
  help: FLAG,
};

type Name = keyof typeof OPTIONS;
type Values = { readonly [N in Name]?: ReturnType<(typeof OPTIONS)[N]['read']> | undefined };

/** A command with the options that it takes, each with its line for `--help`, in that line's order. */
export interface Command {
  /** As people type it: `npm start`. */
  readonly name: string;
  readonly options: Readonly<Partial<Record<Name, string>>>;
}

/**
 * Reads what was typed: the options that were given, and the other words.
 *
 * @throws Error with a sentence about the first thing that cannot be understood
 */
export function readOptions({ name: command, options }: Command, argv: readonly string[]) {
  const names = NAMES.filter((name) => name in options);
  const { values: texts, positionals } = readCommandLine(command, {
    args: [...argv],
    options: Object.fromEntries(
      names.map((name) => [
        name,
        {
          type: OPTIONS[name].value === undefined ? ('boolean' as const) : ('string' as const),
          multiple: true,
        },
      ]),
    ),
    allowPositionals: true,
  });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- of each option what it reads itself
  const values = Object.fromEntries(
    names.flatMap((name) => {
      const given = texts[name];
      return given === undefined ? [] : [[name, OPTIONS[name].read([given].flat().map(String), `--${name}`)]];
    }),
  ) as Values;
  return { values, positionals };
}

// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- these are its names
const NAMES = Object.keys(OPTIONS) as readonly Name[];

/** A line or more for each option, such as `  --port N        the port of the page`. */
export function describeOptions({ options }: Command): string {
  return Object.entries(options)
    .map(([name, text]) => {
      const { value } =
        new Map<string, { value: string | undefined }>(Object.entries(OPTIONS)).get(name) ?? {};
      return `  ${`--${name} ${value ?? ''}`.padEnd(16)}${text.replaceAll('\n', `\n${' '.repeat(18)}`)}`;
    })
    .join('\n');
}

/**
 * The rungs that are asked for, from the lowest up; without naming any, all of them. What is to be left out is left out of
 * those that are above it; a kind of queue is that of those that have one.
 *
 * @throws Error with a sentence for what makes no sense on one of them
 */
export function readRungs({ stage, without = [], queue }: Pick<Values, 'stage' | 'without' | 'queue'>) {
  const numbers: readonly RungNumber[] = stage ?? BUILT_RUNGS.map(({ number }) => number);
  const highest = Math.max(...numbers);
  const rungs = LADDER.filter(({ number }) => numbers.includes(number)).map(({ number }) => {
    const below = LADDER.filter((rung) => rung.number < number && without.includes(rung.name));
    const request: RungRequest = { stage: number, without: below.map(({ name }) => name) };
    return number === highest || planRung(request).queue !== undefined ? { ...request, queue } : request;
  });
  rungs.forEach(planRung);
  return rungs;
}

function rung(option: string, text: string): { readonly number: RungNumber; readonly name: RungName } {
  const found = LADDER.find(({ number, name }) => text === name || text === String(number));
  if (found === undefined) {
    const names = BUILT_RUNGS.map(({ name }) => name).join(', ');
    throw new Error(`${option} ${text}: expected a number from 1 to ${LAST}, or one of ${names}.`);
  }
  return found;
}

function queueKind(option: string, text: string): QueueKind {
  const found = QUEUE_KINDS.find((kind) => kind === text);
  if (found === undefined) {
    const near = nearest(text, QUEUE_KINDS);
    const meant = near === undefined ? '' : ` Did you mean ${near}?`;
    throw new Error(`${option} ${text}: expected one of ${QUEUE_KINDS.join(', ')}.${meant}`);
  }
  return found;
}

function faultName(option: string, text: string): string {
  if (!FAULTS.some(({ name }) => name === text)) {
    throw new Error(`${option} ${text}: expected one of ${FAULTS.map(({ name }) => name).join(', ')}.`);
  }
  return text;
}

/** Found out now: what is written there comes at the end. */
function writable(file: string): string {
  accessSync(dirname(resolve(file)), constants.W_OK);
  return file;
}

function list(text: string): readonly string[] {
  return text.split(',');
}

/** The last one wins. */
function last(given: readonly string[]): string {
  return given.at(-1) ?? '';
}
