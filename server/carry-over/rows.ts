import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Table } from './schema';

const NEWLINE = 0x0a;

/**
 * Copies the rows of every table, one table after the other, each as one stream from COPY to COPY: neither side gets
 * ahead of the other by more than the streams' buffers, however large the table.
 *
 * COPY's text format: the manual calls the binary one "less portable across … PostgreSQL versions", and it carries the
 * numbers of user-defined types inside arrays, which differ from database to database.
 *
 * @returns the number of rows copied
 */
export async function copyRows(
  source: Client,
  target: Client,
  tables: readonly Table[],
  report: (detail: string) => void,
  signal: AbortSignal,
): Promise<number> {
  let total = 0;
  for (const table of tables) {
    let rows = 0;
    report(`${table.name}, 0 rows`);
    await pipeline(
      source.query(copyTo(`COPY ${table.name} ${table.columns} TO STDOUT`)),
      new Transform({
        transform: (chunk: Buffer, _encoding, done) => {
          rows += countRows(chunk);
          report(`${table.name}, ${rows} rows`);
          done(null, chunk);
        },
      }),
      target.query(copyFrom(`COPY ${table.name} ${table.columns} FROM STDIN`)),
      { signal },
    );
    total += rows;
  }
  report(`${tables.length} tables, ${total} rows`);
  return total;
}

/** In COPY's text format a newline ends a row, and stands nowhere else. */
function countRows(chunk: Buffer): number {
  let rows = 0;
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) {
    rows += 1;
  }
  return rows;
}
