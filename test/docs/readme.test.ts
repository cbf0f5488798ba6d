import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LADDER } from '../../lib/scaling-plan';

const rowsOf = (page: string): readonly string[] =>
  readFileSync(join(__dirname, '../..', page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));

test.each(LADDER)(
  'the README’s ladder says truly whether rung $number, $name, is built',
  ({ number, name, built }) => {
    const cells = rowsOf('README.md')
      .find((row) => new RegExp(`^\\| ${number} *\\| \\[?\`${name}\``).test(row))
      ?.split('|');
    expect(cells?.some((cell) => cell.trim() === 'not built yet')).toBe(!built);
  },
);
