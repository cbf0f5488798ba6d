/** `npm run bench`: each figure beside its baseline, both measured in one run, as medians of interleaved runs. */
import { runToItsEnd } from '../local/ending';
import { REDIS, WRK, ensure } from '../local/machine';
import { application } from './application';
import { clicks } from './clicks';
import { ladder } from './ladder';
import type { Row } from './measure';
import { HELP, readCommand, type Part } from './options';
import { rungs } from './rungs';
import { synthesis } from './synthesis';

const PARTS: Readonly<Record<Part, (progress: (text: string) => void) => Promise<Row[]>>> = {
  synthesis,
  application,
  rungs,
  clicks,
};

async function main(argv: readonly string[]): Promise<void> {
  const command = readCommand(argv);
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return;
    case 'ladder':
      return ladder(command.options);
    case 'parts':
      return measureParts(command.parts, command.json);
  }
}

async function measureParts(parts: readonly Part[], json: boolean): Promise<void> {
  ensure([WRK, REDIS]);
  const rows: Row[] = [];
  for (const part of parts) {
    rows.push(...(await PARTS[part]((text) => process.stderr.write(`${text}\n`))));
  }
  process.stdout.write(
    json ? `${JSON.stringify({ node: process.version, rows }, undefined, 2)}\n` : table(rows),
  );
  process.exitCode = rows.every((row) => row.kept) ? 0 : 1;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.name,
    `${row.value.toFixed(row.value < 10 ? 2 : 0)} ${row.unit}`,
    `${row.baseline.name}: ${row.baseline.value.toFixed(row.baseline.value < 10 ? 2 : 0)}`,
    row.ratio.toFixed(2),
    row.aim,
    row.kept ? 'kept' : 'NOT KEPT',
  ]);
  const all = [['what', 'measured', 'against', 'ratio', 'aim', ''], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

runToItsEnd(() => main(process.argv.slice(2)));
