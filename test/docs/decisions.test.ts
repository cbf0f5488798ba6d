/** Decisions are dated records of one form; their index is whole, and so is the list of dependencies among them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ACCEPTS } from '../support/run-folder';

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'docs/decisions');
const INDEX = join(FOLDER, 'README.md');
const accepts = process.env[ACCEPTS] === 'true';

/** Lines that a record may have without its tables: one that is longer holds several decisions. */
const LONGEST = 40;

const STATUS =
  /^Date: (?<date>\d{4}-\d{2}-\d{2}) · Status: (?<status>accepted|superseded by \[[^\]]+\]\((?<by>[^)]+)\))$/;

interface Decision {
  /** Below docs/decisions, such as `cache/nodes-not-serverless.md`. */
  readonly path: string;
  readonly lines: readonly string[];
  /** The paragraph of date and status, on one line. */
  readonly head: string;
  readonly title: string;
  readonly date: string;
  readonly status: string;
  /** Path of the decision that replaced this one. */
  readonly successor: string | undefined;
}

const paths = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md') && path !== 'README.md')
  .sort();

const decisions = paths.map((path): Decision => {
  const lines = readFileSync(join(FOLDER, path), 'utf8').trimEnd().split('\n');
  const head = headOf(lines);
  const { date = '', status = '', by } = STATUS.exec(head)?.groups ?? {};
  return {
    path,
    lines,
    head,
    title: /^# (\S.*)$/.exec(lines[0] ?? '')?.[1] ?? '',
    date,
    status: by === undefined ? status : 'superseded',
    successor: by === undefined ? undefined : join(dirname(path), by),
  };
});

/** Below the title, until the first heading. */
function headOf(lines: readonly string[]): string {
  const end = lines.findIndex((line) => line.startsWith('## '));
  return lines.slice(1, end).join(' ').trim();
}

const INTRODUCTION = `# Decisions

Why things are as they are: one record for each decision, with its context and what follows from it. A decision that was
replaced stays here and says by which one. [CONTRIBUTING.md](../../CONTRIBUTING.md) says which files a change takes, and
[map.md](../map.md) how they hang together.

A new record is a file in the folder of its part, named by what was decided, in the form of the others. This index is
written by \`npm test -- -u test/docs\`, and [Each dependency has its reason here](toolchain/dependencies.md) names every
package.
`;

function written(): string {
  const folders = [...new Set(paths.map(dirname))];
  const sections = folders.map((folder) => {
    const heading = folder.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase());
    const entries = decisions
      .filter(({ path }) => dirname(path) === folder)
      .map(({ title, path, date, status }) => `- [${title}](${path}) · ${date} · ${status}`);
    return `\n## ${heading}\n\n${entries.join('\n')}\n`;
  });
  return [INTRODUCTION, ...sections].join('');
}

beforeAll(() => {
  if (accepts) writeFileSync(INDEX, written());
});

/** Without what the formatter (`npm run fix`) decides. */
const words = (text: string): readonly string[] => text.split(/\s+/);

test('the index lists every decision with its date and status; npm test -- -u test/docs writes it anew', () => {
  expect(words(readFileSync(INDEX, 'utf8'))).toEqual(words(written()));
});

test.each(paths)('%s is in the folder of its part, in kebab-case', (path) => {
  expect(path).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*\/[a-z0-9]+(?:-[a-z0-9]+)*\.md$/);
});

describe.each(decisions)('$path', ({ lines, head, title, successor }) => {
  test('begins with what was decided, its date and its status', () => {
    expect(title).not.toBe('');
    expect(head).toMatch(STATUS);
  });

  test('has context, decision and consequences, none of them empty', () => {
    const headings = lines.flatMap((line, index) => (line.startsWith('#') ? [{ line, index }] : []));
    expect(headings.slice(1).map(({ line }) => line)).toEqual([
      '## Context',
      '## Decision',
      '## Consequences',
    ]);
    const empty = headings.slice(1).filter(({ index }) => (lines[index + 2] ?? '#').startsWith('#'));
    expect(empty).toEqual([]);
  });

  test('is short', () => {
    expect(lines.filter((line) => !line.startsWith('|')).length).toBeLessThanOrEqual(LONGEST);
  });

  test('names the decision that replaced it, where one did', () => {
    expect(successor === undefined || paths.includes(successor)).toBe(true);
  });
});

test('every package has its reason, and no reason is left of one that has gone', () => {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- our own file, of a documented shape
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Readonly<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;
  const reasons = readFileSync(join(FOLDER, 'toolchain/dependencies.md'), 'utf8').matchAll(
    /^\| `(?<name>[^`]+)` *\| *\S.*\|$/gm,
  );
  const named = [...reasons].map(({ groups: { name = '' } = {} }) => name);
  expect(named.toSorted()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).toSorted());
});
