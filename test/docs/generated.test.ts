/** Pages that are written from the code say what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROWS } from '../../lib/settings';
import { ROOT } from '../support/synthesize';
import { generated } from './generated';

/** Without what a formatter decides: the width of a table's columns. */
const words = (text: string): readonly string[] => text.split(/[\s-]+/).filter((word) => word !== '');

test.each(generated())('$file is current; npm run docs writes it anew', ({ file, text }) => {
  expect(words(readFileSync(join(ROOT, file), 'utf8'))).toEqual(words(text));
});

test.each(ROWS)('the table of settings says what %s does, in a sentence', (key, { does, takes }) => {
  const rows = readFileSync(join(ROOT, 'docs/settings.md'), 'utf8').split('\n');
  const [, , first, second] = rows.find((row) => row.startsWith(`| \`${key}\` `))?.split('|') ?? [];
  expect([first?.trim(), second?.trim()]).toEqual([does, takes]);
  expect(does).toMatch(/^[A-Z].{15,}\.$/);
});
