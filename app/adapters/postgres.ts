import type { FetchCredentials } from './credentials';
import type { Database } from './database';
import { createDatabaseHealth } from './health';
import { createLinks } from './links';
import type { Log } from './log';
import type { Migration } from './migrations/migration';
import { createConnectionStrings, type ConnectionString } from './postgres/connection-string';
import { isReplica, migrateOver } from './postgres/migration';
import { openPool } from './postgres/pool';
import { openReplicated } from './replicas/database';

export interface PostgresOptions {
  /** `postgresql://…`, with `sslmode` and, for a Unix socket, `host` as parameters; it may replicate another. */
  readonly url: string;
  /** Its replicas, in the same form; any of all these servers may be, or become, the primary. */
  readonly replicaUrls?: readonly string[];
  /** User and password in place of the URLs'. */
  readonly fetchCredentials?: FetchCredentials;
  readonly migrations: readonly Migration[];
  readonly log: Log;
}

/**
 * Connections of one process to one server. With one statement of well under 1 ms a request, five carry thousands of
 * requests a second. A process runs on each core, so 6 servers of 2 cores, the default maximum, hold 60: below the alarm at
 * 80, and the about 100 that RDS leaves of the memory / 9,531,392 bytes that it allows on its smallest instance.
 */
const MAX_CONNECTIONS = 5;

/** How long a request may wait for the database in all, in ms: clients hear of an outage within a second. */
const REQUEST_BUDGET_MS = 800;

/**
 * Connects, migrates, and hands over the database.
 *
 * @throws DatabaseUnavailable where it cannot be reached now; SchemaTooNew where this code is too old for it
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { url, replicaUrls = [], fetchCredentials, migrations, log } = options;
  const connectionStrings = [url, ...replicaUrls].map(createConnectionStrings(fetchCredentials));
  const [only, ...others] = connectionStrings;
  // One that replicates another data center's is watched as well: it may be promoted at any time.
  return only === undefined || others.length > 0 || (await isReplica(only))
    ? openReplicated({ connectionStrings, migrations, log })
    : openSingle(only, migrations, log);
}

async function openSingle(
  connectionString: ConnectionString,
  migrations: readonly Migration[],
  log: Log,
): Promise<Database> {
  await migrateOver(connectionString, migrations);
  const { sql, close } = openPool({
    connectionString,
    maxConnections: MAX_CONNECTIONS,
    budget: REQUEST_BUDGET_MS,
    log,
  });
  return { links: createLinks(sql), health: createDatabaseHealth(sql), close };
}
