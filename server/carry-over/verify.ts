import type { Client } from 'pg';
import type { Table } from './schema';

interface Content {
  readonly rows: string;
  readonly checksum: string;
}

/**
 * Compares every table on both sides: number of rows, and a checksum.
 *
 * The checksum is the sum, over all rows, of the first 64 bits of the SHA-256 of the row's text: no order is needed, a
 * row that is there twice counts twice, and nothing in it depends on the server's version (its internal hashes may).
 *
 * @throws Error naming every table that differs.
 */
export async function verify(
  source: Client,
  target: Client,
  tables: readonly Table[],
  report: (detail: string) => void,
): Promise<void> {
  const differences: string[] = [];
  for (const table of tables) {
    report(table.name);
    const [there, here] = await Promise.all([content(source, table), content(target, table)]);
    if (there.rows !== here.rows || there.checksum !== here.checksum) {
      differences.push(
        `${table.name}: ${there.rows} rows with checksum ${there.checksum} in the source, ` +
          `${here.rows} with ${here.checksum} in the target`,
      );
    }
  }
  report(`${tables.length} tables alike`);
  if (differences.length > 0) {
    throw new Error(
      `The copy differs from the source:\n${differences.map((line) => `  ${line}`).join('\n')}\n` +
        'Expected equal rows. The copy was rolled back and the source is as it was. Something in the target database ' +
        'changes rows as they are written, or the two versions print a value differently: docs/runbook.md, "Carry-over".',
    );
  }
}

async function content(client: Client, table: Table): Promise<Content> {
  const { rows } = await client.query<Content>(
    `SELECT count(*)::text AS rows,
            coalesce(sum(('x' || encode(substr(sha256(convert_to(r::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint::numeric), 0)::text AS checksum
     FROM ${table.name} AS r`,
  );
  const [row] = rows;
  if (row === undefined) {
    throw new Error(`Counting ${table.name} gave no answer.`);
  }
  return row;
}
