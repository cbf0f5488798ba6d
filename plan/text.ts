/** A plan on one screen. */
import type { Report, Table } from '../lib/capacity/report';

/** Columns of a screen; longer sentences go on in the next line. */
const WIDTH = 110;

export function asText({ headline, command, needs, load, cost, utilisation, rungs, says }: Report): string {
  const [first, ...others] = says;
  return [
    ...wrapped(headline, ''),
    '',
    `  ${command}`,
    ...needs.flatMap((need) => wrapped(need, '  ')),
    '',
    ...wrapped(load, ''),
    '',
    ...beside(lines(cost), lines(utilisation)),
    '',
    ...(first === undefined ? [] : said(first)),
    ...others.flatMap(said),
    '',
    ...lines(rungs),
    '',
    'npm run plan -- --users … --explain cost says where each figure comes from (--explain list names them all).',
    '',
  ].join('\n');
}

function said([heading, sentence]: readonly [string, string]): readonly string[] {
  const [head = '', ...rest] = wrapped(`${`${heading}:`.padEnd(INDENT)}${sentence}`, '', INDENT);
  return [head, ...rest];
}

const INDENT = 17;

function wrapped(text: string, before: string, hanging = before.length): readonly string[] {
  const result: string[] = [];
  let current = before;
  for (const word of text.split(/(?<=\S) (?=\S)/)) {
    const joined = current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
    if (joined.length > WIDTH && current.trim() !== '') {
      result.push(current);
      current = ' '.repeat(hanging) + word;
    } else {
      current = joined;
    }
  }
  return [...result, current];
}

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
function beside(left: readonly string[], right: readonly string[]): readonly string[] {
  const width = Math.max(...left.map(({ length }) => length)) + 4;
  if (width + Math.max(...right.map(({ length }) => length)) > WIDTH) return [...left, '', ...right];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    `${(left[index] ?? '').padEnd(width)}${right[index] ?? ''}`.trimEnd(),
  );
}
