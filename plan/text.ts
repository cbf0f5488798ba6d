/** A plan on one screen. */
import type { Report, Table } from '../lib/capacity/report';

/** Columns of a screen where it is not known; longer sentences go on in the next line. */
const WIDTH = 110;
const NARROWEST = 60;

/** @param columns of the screen @default 110, which are also the most that are used */
export function asText(report: Report, columns = WIDTH): string {
  const { headline, command, sizes, needs, load, cost, utilisation, rungs, says, notes } = report;
  const width = Math.min(WIDTH, Math.max(NARROWEST, columns));
  const wrapped = wrap(width);
  const said = ([heading, sentence]: readonly [string, string]): readonly string[] =>
    wrapped(`${`${heading}:`.padEnd(INDENT)}${sentence}`, '', INDENT);
  const made = Object.entries(sizes).map(([name, value]) => `${name}=${String(value)}`);
  return [
    ...wrapped(headline, ''),
    '',
    `  ${command}`,
    ...wrapped(`makes ${made.join(', ')}`, '  '),
    ...needs.flatMap((need) => wrapped(need, '  ')),
    '',
    ...wrapped(load, ''),
    '',
    ...beside(lines(cost), lines(utilisation), width),
    '',
    ...says.flatMap(said),
    '',
    ...lines(rungs),
    '',
    ...notes.flatMap(said),
    ...said([
      'every figure',
      'npm run plan -- --users … --explain cost says where it comes from (--explain list names all).',
    ]),
    '',
  ].join('\n');
}

const INDENT = 17;

/** Text in lines of that width. */
const wrap =
  (width: number) =>
  (text: string, before: string, hanging = before.length): readonly string[] => {
    const result: string[] = [];
    let current = before;
    for (const word of text.split(/(?<=\S) (?=\S)/)) {
      const joined = current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
      if (joined.length > width && current.trim() !== '') {
        result.push(current);
        current = ' '.repeat(hanging) + word;
      } else {
        current = joined;
      }
    }
    return [...result, current];
  };

function lines({ title, columns, rows }: Table): readonly string[] {
  const all = [[title, ...columns], ...rows];
  const widths = [title, ...columns].map((_, column) =>
    Math.max(...all.map((cells) => (cells[column] ?? '').length)),
  );
  return all.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Two tables side by side where a screen has room, else one below the other. */
function beside(left: readonly string[], right: readonly string[], columns: number): readonly string[] {
  const width = Math.max(...left.map(({ length }) => length)) + 3;
  if (width + Math.max(...right.map(({ length }) => length)) > columns) return [...left, '', ...right];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    `${(left[index] ?? '').padEnd(width)}${right[index] ?? ''}`.trimEnd(),
  );
}
