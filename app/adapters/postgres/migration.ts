import type { Client } from 'pg';
import { DatabaseUnavailable } from '../database';
import { SchemaTooNew, isMigrated, migrate } from '../migrate';
import type { Migration } from '../migrations/migration';
import { connectClient } from './client';
import { connectWith, type ConnectionString } from './connection-string';
import { isOurMistake } from './errors';
import { runStatement } from './pool';
import type { MigrationSession, Statement } from '../sql';

/** Migrations may rewrite tables and wait for other servers that migrate. */
const MIGRATION_TIMEOUT_MS = 10 * 60_000;
const MIGRATION_CONNECT_TIMEOUT_MS = 5_000;

/**
 * Brings a server's schema up to date, on a connection of its own: a pooled one would cut a long migration off.
 *
 * @throws DatabaseUnavailable where it cannot be reached now; SchemaTooNew where this code is too old for it
 */
export async function migrateOver(
  connectionString: ConnectionString,
  migrations: readonly Migration[],
): Promise<void> {
  await onConnection(connectionString, async (client) => {
    await client.query('BEGIN');
    await migrate(migrationSession(client), migrations);
    await client.query('COMMIT');
  });
}

/**
 * Whether a replica shows the schema that this code needs.
 *
 * @throws DatabaseUnavailable where it cannot be reached now; SchemaTooNew where this code is too old for it
 */
export function hasMigrated(
  connectionString: ConnectionString,
  migrations: readonly Migration[],
): Promise<boolean> {
  return onConnection(connectionString, (client) => isMigrated(migrationSession(client), migrations));
}

const IN_RECOVERY: Statement<{ recovery: boolean }> = {
  name: 'in-recovery',
  text: 'SELECT pg_is_in_recovery() AS recovery',
};

/**
 * Whether a server replicates another one.
 *
 * @throws DatabaseUnavailable where it cannot be reached now
 */
export function isReplica(connectionString: ConnectionString): Promise<boolean> {
  return onConnection(connectionString, async (client) => {
    const [row] = await migrationSession(client).query(IN_RECOVERY, []);
    return row?.recovery === true;
  });
}

async function onConnection<Result>(
  connectionString: ConnectionString,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  let client: Client | undefined;
  try {
    client = await connectWith(connectionString, connectOnce);
    return await work(client);
  } catch (error) {
    throw isLasting(error) ? error : new DatabaseUnavailable(error);
  } finally {
    // Ends the session, and with it a transaction that did not commit.
    await client?.end();
  }
}

function connectOnce(text: string): Promise<Client> {
  return connectClient({
    connectionString: text,
    connectionTimeoutMillis: MIGRATION_CONNECT_TIMEOUT_MS,
    statement_timeout: MIGRATION_TIMEOUT_MS,
    query_timeout: MIGRATION_TIMEOUT_MS,
    fallback_application_name: 'zero-to-million-migrations',
  });
}

function migrationSession(client: Client): MigrationSession {
  return {
    query: (statement, parameters) =>
      runStatement(client, statement, parameters, performance.now() + MIGRATION_TIMEOUT_MS),
    async script(text) {
      await client.query(text);
    },
  };
}

/** Whether another attempt would fail just the same: a mistake in our SQL, or a schema newer than this code. */
function isLasting(error: unknown): boolean {
  return error instanceof SchemaTooNew || isOurMistake(error);
}
