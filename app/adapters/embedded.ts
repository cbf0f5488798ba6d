import { mkdir } from 'node:fs/promises';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { lockFolder } from './folder-lock';
import type { Database } from './database';
import { createDatabaseHealth } from './health';
import { createLinks } from './links';
import { migrate } from './migrate';
import type { Migration } from './migrations/migration';
import type { MigrationSession, Sql } from './sql';

export interface EmbeddedOptions {
  /** Made if missing. */
  readonly dataDir: string;
  readonly migrations: readonly Migration[];
}

/**
 * PostgreSQL inside this process (PGlite, loaded only here), for a start with no settings. Each commit reaches the
 * operating system before it is acknowledged, so a killed process loses none; a power cut may.
 *
 * @throws FolderInUse where another process has the folder; SchemaTooNew where its schema is too new for this code
 */
export async function openEmbedded({ dataDir, migrations }: EmbeddedOptions): Promise<Database> {
  await mkdir(dataDir, { recursive: true });
  const unlock = await lockFolder(dataDir);
  try {
    const { PGlite } = await import('@electric-sql/pglite');
    const pglite = await PGlite.create({ dataDir: `${dataDir}/postgresql` });
    await pglite.transaction((transaction) => migrate(migrationSession(transaction), migrations));
    const sql = createSql(pglite);
    return {
      links: createLinks(sql),
      health: createDatabaseHealth(sql),
      async close() {
        await pglite.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

function createSql(pglite: Pick<PGlite, 'query' | 'transaction'>): Sql {
  return {
    query: (statement, parameters) => run(pglite, statement.text, parameters),
    transaction: (work) =>
      pglite.transaction((transaction) =>
        work({ query: (statement, parameters) => run(transaction, statement.text, parameters) }),
      ),
  };
}

function migrationSession(transaction: Transaction): MigrationSession {
  return {
    query: (statement, parameters) => run(transaction, statement.text, parameters),
    async script(text) {
      await transaction.exec(text);
    },
  };
}

async function run<Row extends object>(
  session: Pick<PGlite, 'query'> | Transaction,
  text: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } = await session.query<Row>(text, [...parameters]);
  return rows;
}
