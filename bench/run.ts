/** `npm run bench`: each figure beside its baseline, both measured in one run, as medians of interleaved runs. */
import { parseArgs } from 'node:util';
import { REDIS, WRK, ensure } from '../local/machine';
import { application } from './application';
import { clicks } from './clicks';
import type { Row } from './measure';
import { rungs } from './rungs';
import { synthesis } from './synthesis';

const HELP = `Usage: npm run bench [-- OPTIONS] [PART …]

Measures on this machine and prints ratios; absolute figures depend on the machine.

  PART        synthesis (each rung against a one-queue CDK app), application (redirects, memory),
              rungs (3 to 5: redirects with replicas and cache, creates) or clicks (rung 8: queued
              clicks, the worker); all of them without one
  --json      one JSON document on standard output instead of the table
  --help      this text

The load comes from wrk, the cache is Redis or Valkey; both are installed first where that can be done unasked.
`;

const PARTS = { synthesis, application, rungs, clicks } as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const known = Object.entries(PARTS);
  const unknown = positionals.filter((name) => !(name in PARTS));
  if (unknown.length > 0) {
    throw new Error(`No such part: ${unknown.join(', ')}. Expected ${Object.keys(PARTS).join(', ')}.`);
  }
  ensure([WRK, REDIS]);
  const rows: Row[] = [];
  for (const [name, measure] of known) {
    if (positionals.length === 0 || positionals.includes(name)) {
      rows.push(...(await measure((text) => process.stderr.write(`${text}\n`))));
    }
  }
  process.stdout.write(
    values.json ? `${JSON.stringify({ node: process.version, rows }, undefined, 2)}\n` : table(rows),
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

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
