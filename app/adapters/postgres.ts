import { Client, Pool, type PoolClient, type QueryResultRow } from 'pg';
import type { Credentials, FetchCredentials } from './credentials';
import { DatabaseUnavailable, type Database } from './database';
import { createDatabaseHealth } from './health';
import { createLinks } from './links';
import type { Log } from './log';
import { SchemaTooNew, migrate } from './migrate';
import type { Migration } from './migrations/migration';
import type { MigrationSession, Parameter, Session, Sql, Statement } from './sql';

export interface PostgresOptions {
  /** `postgresql://…`, with `sslmode` and, for a Unix socket, `host` as parameters. */
  readonly url: string;
  /** User and password in place of the URL's. */
  readonly fetchCredentials?: FetchCredentials;
  readonly migrations: readonly Migration[];
  readonly log: Log;
}

/**
 * Connections of one process. With one statement of well under 1 ms a request, five carry thousands of requests a
 * second; and 10 servers of 2 cores stay within the 112 connections that RDS allows on its smallest instance.
 */
const MAX_CONNECTIONS = 5;

/** How long a request may wait for the database in all, connecting included, in ms. */
const REQUEST_BUDGET_MS = 1_000;

/** An hour at most on one server: after a failover behind a name, connections move on. Idle ones end sooner. */
const MAX_LIFETIME_SECONDS = 3_600;
const IDLE_TIMEOUT_MS = 60_000;

/** Migrations may rewrite tables and wait for other servers that migrate. */
const MIGRATION_TIMEOUT_MS = 10 * 60_000;
const MIGRATION_CONNECT_TIMEOUT_MS = 5_000;

/** How long credentials are believed before they are fetched again, in ms; a refusal fetches them at once. */
const CREDENTIALS_LIFETIME_MS = 5 * 60_000;

/**
 * SQLSTATEs with which a server says that it is no longer the one to talk to: read-only after a failover, shutting
 * down, crashed, starting. Every other connection to it is as useless as the one that heard it.
 */
const SERVER_HAS_CHANGED = /^(25006|57P0[1-5])$/;

/** SQLSTATE of a password that is not, or no longer, right. */
const WRONG_PASSWORD = '28P01';

/** SQLSTATE classes that mean a mistake in our SQL: no retry helps, so they must not look like an outage. */
const OUR_MISTAKE = /^(22|23|42)/;

/**
 * Connects, migrates, and hands over the database.
 *
 * @throws DatabaseUnavailable where it cannot be reached now; SchemaTooNew where this code is too old for it
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const connectionString = createConnectionString(options);
  await migrateOver(connectionString, options.migrations);
  const { sql, close } = openPool(connectionString, options.log);
  return { links: createLinks(sql), health: createDatabaseHealth(sql), close };
}

/** The connection string with its credentials; `refusedOne` is the string that the database did not accept. */
type ConnectionString = (refusedOne?: string) => Promise<string>;

/**
 * Credentials are cached, and one fetch at a time serves all who wait. Where Secrets Manager does not answer, the
 * last ones are used on: an outage of it is no outage of the database.
 */
function createConnectionString({ url, fetchCredentials, log }: PostgresOptions): ConnectionString {
  if (fetchCredentials === undefined) {
    return () => Promise.resolve(url);
  }
  let last: { readonly text: string; readonly fetchedAt: number } | undefined;
  let fetching: Promise<string> | undefined;

  const fetch = async (): Promise<string> => {
    const startedAt = performance.now();
    try {
      last = { text: withCredentials(url, await fetchCredentials()), fetchedAt: startedAt };
      return last.text;
    } catch (error) {
      if (last === undefined) {
        throw error;
      }
      log.warn({ err: error }, 'The database credentials could not be fetched; going on with the last ones.');
      last = { ...last, fetchedAt: startedAt };
      return last.text;
    } finally {
      fetching = undefined;
    }
  };
  return (refusedOne) => {
    const isFresh =
      last !== undefined &&
      last.text !== refusedOne &&
      performance.now() - last.fetchedAt < CREDENTIALS_LIFETIME_MS;
    return isFresh && last !== undefined ? Promise.resolve(last.text) : (fetching ??= fetch());
  };
}

function withCredentials(url: string, { username, password }: Credentials): string {
  const result = new URL(url);
  result.username = encodeURIComponent(username);
  result.password = encodeURIComponent(password);
  return result.href;
}

function openPool(connectionString: ConnectionString, log: Log): { sql: Sql; close: () => Promise<void> } {
  const pool = new Pool({
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: REQUEST_BUDGET_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    statement_timeout: REQUEST_BUDGET_MS,
    idle_in_transaction_session_timeout: 5 * REQUEST_BUDGET_MS,
    keepAlive: true,
    fallback_application_name: 'zero-to-million',
  });
  /** Raised when the server has changed; connections of an earlier generation are not used again. */
  let generation = 0;
  const generations = new WeakMap<PoolClient, number>();
  pool.on('connect', (client) => generations.set(client, generation));
  pool.on('error', (error) => {
    log.warn({ err: error }, 'An idle database connection ended.');
    noteChange(error);
  });

  function noteChange(error: unknown): void {
    if (SERVER_HAS_CHANGED.test(sqlState(error))) {
      generation += 1;
    }
  }

  async function connect(): Promise<PoolClient> {
    const used = await connectionString();
    pool.options.connectionString = used;
    try {
      return await currentClient();
    } catch (error) {
      if (sqlState(error) !== WRONG_PASSWORD) {
        throw error;
      }
      pool.options.connectionString = await connectionString(used);
      return currentClient();
    }
  }

  async function currentClient(): Promise<PoolClient> {
    let client = await pool.connect();
    while (generations.get(client) !== generation) {
      client.release(true);
      client = await pool.connect();
    }
    return client;
  }

  /** A connection that saw an error is thrown away: a reconnect costs milliseconds, a broken one costs requests. */
  async function withClient<Result>(
    work: (client: PoolClient, deadline: number) => Promise<Result>,
  ): Promise<Result> {
    const deadline = performance.now() + REQUEST_BUDGET_MS;
    let client: PoolClient | undefined;
    try {
      client = await connect();
      const result = await work(client, deadline);
      client.release();
      return result;
    } catch (error) {
      client?.release(true);
      noteChange(error);
      throw OUR_MISTAKE.test(sqlState(error)) ? error : new DatabaseUnavailable(error);
    }
  }

  const sql: Sql = {
    query: (statement, parameters) =>
      withClient((client, deadline) => runStatement(client, statement, parameters, deadline)),
    transaction: (work) =>
      withClient(async (client, deadline) => {
        await client.query('BEGIN');
        const session: Session = {
          query: (statement, parameters) => runStatement(client, statement, parameters, deadline),
        };
        const result = await work(session);
        await runStatement(client, COMMIT, [], deadline);
        return result;
      }),
  };
  return { sql, close: () => pool.end() };
}

const COMMIT: Statement<object> = { name: 'commit', text: 'COMMIT' };

async function runStatement<Row extends object>(
  client: Client,
  { name, text }: Statement<Row>,
  parameters: readonly Parameter[],
  deadline: number,
): Promise<readonly Row[]> {
  // `query_timeout` is the driver's, for a server that no longer answers at all; its types lack it.
  const query = {
    name,
    text,
    values: [...parameters],
    query_timeout: Math.max(1, deadline - performance.now()),
  };
  const { rows } = await client.query<Row & QueryResultRow>(query);
  return rows;
}

/** On a connection of its own: a pooled one would cut a long migration off. */
async function migrateOver(
  connectionString: ConnectionString,
  migrations: readonly Migration[],
): Promise<void> {
  let client: Client | undefined;
  try {
    client = await connectForMigration(connectionString);
    await client.query('BEGIN');
    await migrate(migrationSession(client), migrations);
    await client.query('COMMIT');
  } catch (error) {
    throw isLasting(error) ? error : new DatabaseUnavailable(error);
  } finally {
    // Ends the session, and with it a transaction that did not commit.
    await client?.end();
  }
}

async function connectForMigration(connectionString: ConnectionString): Promise<Client> {
  const used = await connectionString();
  try {
    return await connectOnce(used);
  } catch (error) {
    if (sqlState(error) !== WRONG_PASSWORD) {
      throw error;
    }
    return connectOnce(await connectionString(used));
  }
}

async function connectOnce(text: string): Promise<Client> {
  const client = new Client({
    connectionString: text,
    connectionTimeoutMillis: MIGRATION_CONNECT_TIMEOUT_MS,
    statement_timeout: MIGRATION_TIMEOUT_MS,
    query_timeout: MIGRATION_TIMEOUT_MS,
    fallback_application_name: 'zero-to-million-migrations',
  });
  // A connection that is lost between statements is reported by the next statement.
  client.on('error', () => undefined);
  await client.connect();
  return client;
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

function sqlState(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : '';
}

/** Whether another attempt would fail just the same: a mistake in our SQL, or a schema newer than this code. */
function isLasting(error: unknown): boolean {
  return error instanceof SchemaTooNew || OUR_MISTAKE.test(sqlState(error));
}
