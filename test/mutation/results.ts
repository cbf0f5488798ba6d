/** What mutation tests have found: kept in results.json, shown in docs/tests.md. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/synthesize';
import { LEFT_OUT, SUBJECTS } from './subjects';

const KEPT = join(__dirname, 'results.json');
const HEADING = '## Mutation tests';

/** How a file's tests did. */
export interface Result {
  /** Changes that were made to the file, one at a time; without those that a comment in it excludes. */
  readonly mutants: number;
  /** Those that made a test fail, or never end. */
  readonly killed: number;
  /** `2026-11-26`. */
  readonly date: string;
  /** Of the file and its tests as they were. */
  readonly fingerprint: string;
}

/** File → result, of the files that were run. */
export type Results = Readonly<Record<string, Result>>;

/** What is kept from earlier runs. */
export function keptResults(): Results {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- written by keep alone, and committed
  return existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as Results) : {};
}

/** Keeps one more result. */
export function keep(file: string, result: Result): void {
  writeFileSync(KEPT, `${JSON.stringify({ ...keptResults(), [file]: result }, null, 2)}\n`);
}

/** Differs once the file or one of its tests has changed. */
export function fingerprint(file: string): string {
  const hash = createHash('sha256');
  [file, ...(SUBJECTS[file] ?? [])].forEach((path) => hash.update(readFileSync(join(ROOT, path))));
  return hash.digest('hex').slice(0, 16);
}

/** The section of docs/tests.md. */
export function section(results: Results): string {
  const found = Object.keys(SUBJECTS).map((file) => ({ file, result: results[file] }));
  const rows = found.map(({ file, result }) =>
    result === undefined
      ? `| \`${file}\` | | | not run yet | |`
      : row(`\`${file}\``, result.mutants, result.killed, result.date),
  );
  const all = found.flatMap(({ result }) => (result === undefined ? [] : [result]));
  return [
    HEADING,
    '',
    '`npm run mutate` (_needs hours_) changes one thing at a time in the files that decide (a comparison, a text, a whole block) and runs the unit tests that are about the file: a change that no test notices',
    'is a missing test, or code that can go. By hand, for it takes hours; it keeps what it has found in `test/mutation/results.json` and writes this section.',
    'Changes that make no difference are excluded beside the code, by a comment that says why.',
    '',
    '| File | Mutants | Killed | Score | Date |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    row(
      'all that were run',
      sum(all.map(({ mutants }) => mutants)),
      sum(all.map(({ killed }) => killed)),
      '',
    ),
    '',
    'Of the same folders these are left out:',
    '',
    ...[...new Set(Object.values(LEFT_OUT))].map((why) => `- ${filesLeftOut(why).join(', ')}: ${why}.`),
    '',
  ].join('\n');
}

function filesLeftOut(reason: string): readonly string[] {
  return Object.entries(LEFT_OUT)
    .filter(([, why]) => why === reason)
    .map(([file]) => `\`${file}\``);
}

/** A page with its section of mutation tests exchanged, or added at its end. */
export function withSection(page: string, text: string): string {
  const before = page.indexOf(HEADING);
  if (before === -1) return `${page.trimEnd()}\n\n${text}`;
  const after = page.indexOf('\n## ', before);
  return page.slice(0, before) + text + (after === -1 ? '' : page.slice(after));
}

function row(name: string, mutants: number, killed: number, date: string): string {
  const score = mutants === 0 ? '' : `${((100 * killed) / mutants).toFixed(1)} %`;
  return `| ${name} | ${mutants} | ${killed} | ${score} | ${date} |`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
