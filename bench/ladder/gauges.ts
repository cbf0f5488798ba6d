/** What a running rung has used so far: processor time, queries, bytes. */
import { cpus } from 'node:os';
import { Client } from 'pg';
import { now } from '../../local/load/requests';
import type { Postgres } from '../../local/parts/postgres';
import { configure } from '../../local/parts/replication';
import type { RunningRung } from '../../local/rung';
import { all } from '../../local/rung/parts';
import { treeSeconds } from './processor-time';

/** A figure of each kind of part, of all parts of that kind together. */
export type ByKind = Readonly<Record<string, number>>;

interface Queries {
  readonly primary: number;
  /** Of all replicas together, also in other data centers. */
  readonly replicas: number;
}

/** What was used between two looks. */
interface Used {
  readonly seconds: number;
  /** Processor time in seconds. */
  readonly processor: ByKind;
  /** Of all processes of this machine that are not the rung's, the load's among them: processor time in seconds. */
  readonly otherProcessor: number;
  /** That the load balancers have sent; undefined where there is none. */
  readonly bytes: number | undefined;
  /** undefined at rung 1, whose database is inside the server and cannot be asked. */
  readonly queries: Queries | undefined;
}

export interface Gauges {
  /** Starts to measure; what it resolves with ends that. */
  use(): Promise<() => Promise<Used>>;
  close(): Promise<void>;
}

/** Starts each database again, to count its queries. */
export async function openGauges(rung: RunningRung): Promise<Gauges> {
  const [primary, replicas] = await countQueries(rung);
  const balancers = all(rung, 'load-balancer').map(({ part }) => part);

  async function look() {
    const [sent, ofPrimary, ofReplicas] = await Promise.all([
      Promise.all(balancers.map((balancer) => balancer.bytesSent())),
      sumOfQueries(primary),
      sumOfQueries(replicas),
    ]);
    return {
      at: now(),
      busy: busySeconds(),
      seconds: treeSeconds(rung.parts.map(({ part }) => part.pid)),
      bytes: sent.reduce((sum, each) => sum + each, 0),
      queries: { primary: ofPrimary, replicas: ofReplicas },
    };
  }

  return {
    async use() {
      const before = await look();
      return async () => {
        const after = await look();
        const processor: Record<string, number> = {};
        rung.parts.forEach(({ kind }, index) => {
          const used = (after.seconds[index] ?? 0) - (before.seconds[index] ?? 0);
          processor[kind] = (processor[kind] ?? 0) + used;
        });
        const queries = {
          primary: after.queries.primary - before.queries.primary,
          replicas: after.queries.replicas - before.queries.replicas,
        };
        return {
          seconds: (after.at - before.at) / 1_000,
          processor,
          otherProcessor: after.busy - before.busy - total(processor),
          bytes: balancers.length === 0 ? undefined : after.bytes - before.bytes,
          queries: primary.length === 0 ? undefined : queries,
        };
      };
    },
    async close() {
      await Promise.all([...primary, ...replicas].map((client) => client.end()));
    },
  };
}

/**
 * Statements are counted by `pg_stat_statements`, for which each database is started again. PostgreSQL's own count of
 * transactions would not do: a connection that reads no table, as a server's probe does, tells of itself only at its end.
 *
 * @returns connections that ask for the counts: of the primary, and of the replicas
 */
async function countQueries(rung: RunningRung): Promise<readonly [readonly Client[], readonly Client[]]> {
  const databases = [all(rung, 'primary'), all(rung, 'replica')].map((parts) =>
    parts.map(({ part }) => part),
  );
  for (const database of databases.flat()) {
    await configure(database, { shared_preload_libraries: 'pg_stat_statements' });
    await database.restart();
  }
  const [primary = [], replicas = []] = await Promise.all(
    databases.map((some) => Promise.all(some.map(connectTo))),
  );
  await Promise.all(primary.map((client) => client.query('CREATE EXTENSION pg_stat_statements')));
  return [primary, replicas];
}

async function connectTo({ url }: Postgres): Promise<Client> {
  const client = new Client({ connectionString: url });
  // The primary is killed while this is connected.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function sumOfQueries(clients: readonly Client[]): Promise<number> {
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

/** Processor time that this machine's cores have worked, in seconds. */
function busySeconds(): number {
  const milliseconds = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return milliseconds.reduce((sum, each) => sum + each, 0) / 1_000;
}

/** Of all parts together. */
export function total(byKind: ByKind): number {
  return Object.values(byKind).reduce((sum, each) => sum + each, 0);
}
