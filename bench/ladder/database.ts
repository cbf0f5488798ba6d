/** How many queries a rung's databases have answered. */
import { Client } from 'pg';
import type { Postgres } from '../../local/parts/postgres';
import { configure } from '../../local/parts/replication';
import type { RunningRung } from '../../local/rung';
import { all } from '../../local/rung/parts';

export interface Queries {
  readonly primary: number;
  /** Of all replicas together, also in other data centers. */
  readonly replicas: number;
}

export interface QueryCounter {
  /** Since the start, up to this moment. */
  count(): Promise<Queries>;
  close(): Promise<void>;
}

/**
 * Counts statements by `pg_stat_statements`, for which each database is started again. PostgreSQL's own count of
 * transactions would not do: a connection that reads no table, as a server's probe does, tells of itself only at its end.
 *
 * @returns undefined at rung 1, whose database is inside the server and cannot be asked
 */
export async function watchQueries(rung: RunningRung): Promise<QueryCounter | undefined> {
  const primaries = all(rung, 'primary').map(({ part }) => part);
  const replicas = all(rung, 'replica').map(({ part }) => part);
  if (primaries.length === 0) {
    return undefined;
  }
  for (const database of [...primaries, ...replicas]) {
    await configure(database, { shared_preload_libraries: 'pg_stat_statements' });
    await database.restart();
  }
  const [asked, others] = await Promise.all([
    Promise.all(primaries.map(connected)),
    Promise.all(replicas.map(connected)),
  ]);
  await Promise.all(asked.map((client) => client.query('CREATE EXTENSION pg_stat_statements')));
  return {
    async count() {
      const [primary, ofReplicas] = await Promise.all([total(asked), total(others)]);
      return { primary, replicas: ofReplicas };
    },
    async close() {
      await Promise.all([...asked, ...others].map((client) => client.end()));
    },
  };
}

async function connected({ url }: Postgres): Promise<Client> {
  const client = new Client({ connectionString: url });
  // The primary is killed while this is connected.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function total(clients: readonly Client[]): Promise<number> {
  const counts = await Promise.all(
    clients.map(async (client) => {
      const { rows } = await client.query<{ count: number }>(
        'SELECT coalesce(sum(calls), 0)::float8 AS count FROM pg_stat_statements',
      );
      return rows[0]?.count ?? 0;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
