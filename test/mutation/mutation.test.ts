/** The list of what is mutated is whole, and docs/tests.md says what was found. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../support/synthesize';
import { forgetSurvivors } from './known';
import { keptResults, section, withSection } from './results';
import { LEFT_OUT, SUBJECTS } from './subjects';

const PAGE = readFileSync(join(ROOT, 'docs/tests.md'), 'utf8');

/** Without what the formatter decides: the width of a table's columns. */
const words = (text: string): readonly string[] => text.split(/[\s-]+/).filter((word) => word !== '');

test('docs/tests.md shows what is kept; npm run mutate writes both', () => {
  expect(words(withSection(PAGE, section(keptResults())))).toEqual(words(PAGE));
});

test('results are kept of what is mutated, and of nothing else', () => {
  expect(Object.keys(keptResults()).filter((file) => !(file in SUBJECTS))).toEqual([]);
});

test.each(Object.entries(SUBJECTS))('%s is there, and so are its tests', (file, tests) => {
  expect([file, ...tests].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

/** Folders of which each file decides something, or says why not. */
const WHOLE = [...Object.keys(SUBJECTS), ...Object.keys(LEFT_OUT)]
  .map((file) => dirname(file))
  .filter((folder) => !['contract', 'lib', 'test/climbing'].includes(folder));

test.each([...new Set(WHOLE)])('each file of %s is mutated, or it is said why not', (folder) => {
  const known = { ...SUBJECTS, ...LEFT_OUT };
  const files = readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`);
  expect(files.filter((file) => !(file in known))).toEqual([]);
});

test('the section takes the place of the old one, and leaves the page as it is', () => {
  const [before, old, after] = [
    '# Tests\n\nText.\n\n',
    '## Mutation tests\n\nold\n',
    '\n## Other\n\nText.\n',
  ];
  expect(withSection(before + old + after, section({}))).toBe(before + section({}) + after);
  expect(withSection(before + old, section({}))).toBe(before + section({}));
  expect(withSection(before, section({}))).toBe(before + section({}));
});

describe('of what is known of earlier runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mutation-known-'));
  const path = join(folder, 'known.json');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('nothing is forgotten where there is nothing', () => {
    forgetSurvivors(path);
    expect(existsSync(path)).toBe(false);
  });

  test('changes that no test noticed are forgotten, and so are made again', () => {
    const known = (...statuses: readonly string[]) => ({
      schemaVersion: '1',
      files: { 'lib/settings.ts': { source: 'code', mutants: statuses.map((status) => ({ status })) } },
    });
    writeFileSync(path, JSON.stringify(known('Survived', 'Killed', 'NoCoverage', 'Timeout')));
    forgetSurvivors(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(known('Killed', 'Timeout'));
  });
});
