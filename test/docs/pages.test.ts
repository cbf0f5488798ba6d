/** What pages say of this repository's own files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf } from '../templates/rules/alarms';
import { PAGES } from './commands';

const ROOT = join(__dirname, '../..');

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const folders = (path: string): readonly string[] =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Stands for many names, such as `test/releases/VERSION`. */
const PATTERN = /[*…<]|\b[A-Z]{3,}\b/;

test.each(PAGES)('%s names files and folders that there are', (page) => {
  // What is kept among npm's packages is there only once it was made.
  const own = folders('.').filter((name) => name !== 'node_modules');
  const ours = new RegExp(`\`((?:${own.join('|')})/[^\`\\s]*)\``, 'g');
  const named = [...read(page).matchAll(ours)].map(([, path = '']) => path);
  expect(named.filter((path) => !PATTERN.test(path) && !existsSync(join(ROOT, path)))).toEqual([]);
});

test.each(PAGES)('the links of %s lead to files and headings that there are', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)];
  const dead = links.filter(([, path = '', anchor]) => {
    const target = path === '' ? page : join(dirname(page), path);
    const isThere = existsSync(join(ROOT, target));
    return !isThere || (anchor !== undefined && !anchorsOf(read(target)).has(anchor));
  });
  expect(dead.map(([link]) => link)).toEqual([]);
});

test('docs/tests.md says what each folder of tests proves', () => {
  const rows = [...read('docs/tests.md').matchAll(/^\| `test\/([^`]+)` +\|.*\| \d+ +\|$/gm)].map(
    ([, folder]) => folder,
  );
  expect(rows.toSorted()).toStrictEqual(folders('test').toSorted());
});
