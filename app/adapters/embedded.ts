import { access, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Transaction } from '@electric-sql/pglite';
import type { Client, QueryResultRow } from 'pg';
import { FolderInUse, lockFolder, type FolderLock, type FolderLost } from './folder-lock';
import type { Database } from './database';
import { createDatabaseHealth } from './health';
import { connectInside } from './embedded-client';
import { createLinks } from './links';
import { SchemaTooNew, migrate } from './migrate';
import type { Migration } from './migrations/migration';
import type { MigrationSession, Parameter, Session, Sql, Statement } from './sql';

export interface EmbeddedOptions {
  /** Made if missing. */
  readonly dataDir: string;
  readonly migrations: readonly Migration[];
  /** Hears that another process has taken the folder over; this one must end then, and write nothing more. */
  readonly onLost: (lost: FolderLost) => void;
}

/** What is in the folder is no database that this application can open; starting again does not help. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable';
}

/** Of PGlite 0.5: it reads no other version's files. */
const POSTGRESQL_VERSION = '18';

/**
 * PostgreSQL inside this process (PGlite, loaded only here), for a start with no settings. Each commit reaches the
 * operating system before it is acknowledged, so a killed process loses none; a power cut may.
 *
 * @throws FolderInUse where another process has the folder; SchemaTooNew where its schema is too new for this code;
 *   FolderUnusable with the folder's name where there is no database in it that can be opened
 */
export async function openEmbedded({ dataDir, migrations, onLost }: EmbeddedOptions): Promise<Database> {
  const files = join(dataDir, 'postgresql');
  let lock: FolderLock | undefined;
  try {
    await mkdir(files, { recursive: true });
    lock = await lockFolder(dataDir, { onLost });
    return await openLocked(files, migrations, lock);
  } catch (error) {
    await lock?.release();
    throw error instanceof FolderInUse || error instanceof SchemaTooNew
      ? error
      : await unusable(dataDir, files, error);
  }
}

async function openLocked(
  files: string,
  migrations: readonly Migration[],
  lock: FolderLock,
): Promise<Database> {
  const finish = await beginWhole(files);
  const { PGlite } = await import('@electric-sql/pglite');
  const pglite = await PGlite.create({ dataDir: files });
  await pglite.transaction((transaction) => migrate(migrationSession(transaction), migrations));
  await finish();
  const client = await connectInside(pglite);
  const sql = createSql(client, lock);
  return {
    links: createLinks(sql),
    health: createDatabaseHealth(sql),
    async close() {
      await client.end();
      await pglite.close();
      await lock.release();
    },
  };
}

/**
 * What was being made when a process ended is half a database without data. A mark beside it says so, and
 * lets the next process begin anew.
 *
 * @returns what takes the mark away, once the database is whole
 */
async function beginWhole(files: string): Promise<() => Promise<void>> {
  const mark = `${files}.unfinished`;
  if (await exists(mark)) {
    await rm(files, { recursive: true, force: true });
    await mkdir(files);
  }
  if ((await readdir(files)).length === 0) {
    await writeFile(mark, '');
  }
  return () => rm(mark, { force: true });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function unusable(dataDir: string, files: string, cause: unknown): Promise<FolderUnusable> {
  const version = await readFile(join(files, 'PG_VERSION'), 'utf8').catch(() => undefined);
  const reason =
    version === undefined || version.trim() === POSTGRESQL_VERSION
      ? reasonOf(cause)
      : `its database is of PostgreSQL ${version.trim() || '?'}, and this application opens version ${POSTGRESQL_VERSION}`;
  return new FolderUnusable(
    `The data folder ${resolve(dataDir)} cannot be used: ${reason}. ` +
      'Move it away to begin anew, or name another folder with DATA_DIR.',
    { cause },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file in its place',
  ENOTDIR: 'there is a file in its place',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  // The database's own words are about its inside: "Aborted(). Build with -sASSERTIONS for more info."
  return REASONS[code] ?? 'its database cannot be opened; files of it are missing or damaged';
}

/**
 * There is one session: a transaction has it for itself until its end, and all else waits. Each statement is confirmed before
 * it is run, and before it is answered: what another process took over is not written to.
 */
function createSql(client: Client, lock: FolderLock): Sql {
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  async function query<Row extends object>(
    { name, text }: Statement<Row>,
    parameters: readonly Parameter[],
  ): Promise<readonly Row[]> {
    lock.confirm();
    const { rows } = await client.query<Row & QueryResultRow>({ name, text, values: [...parameters] });
    lock.confirm();
    return rows;
  }

  async function transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    await client.query('BEGIN');
    try {
      const result = await work({ query });
      lock.confirm();
      await client.query('COMMIT');
      lock.confirm();
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  }

  return {
    query: (statement, parameters) => inTurn(() => query(statement, parameters)),
    transaction: (work) => inTurn(() => transaction(work)),
  };
}

function migrationSession(transaction: Transaction): MigrationSession {
  return {
    async query<Row extends object>({ text }: Statement<Row>, parameters: readonly Parameter[]) {
      return (await transaction.query<Row>(text, [...parameters])).rows;
    },
    async script(text) {
      await transaction.exec(text);
    },
  };
}
