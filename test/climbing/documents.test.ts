/** docs/climbs says what today's templates do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/synthesize';
import { documents } from './documents';

const FOLDER = join(ROOT, 'docs/climbs');
const written = documents();

/** Without what the formatter decides: the width of a table's columns. */
const words = (text: string): readonly string[] => text.split(/[\s-]+/).filter((word) => word !== '');

it('every climb has its page, and no page is of a climb that is not', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(written.map(({ file }) => file).sort());
});

it.each(written)('the page $file is current; npm run docs writes it anew', ({ file, text }) => {
  expect(words(readFileSync(join(FOLDER, file), 'utf8'))).toEqual(words(text));
});

it.each(written)('the page $file says in one line what the step costs those who wait', ({ text }) => {
  expect(text).toMatch(
    /^\*\*\d+ resources? added, \d+ changed in place, \d+ taken away.*interrupted|Users wait/m,
  );
});
