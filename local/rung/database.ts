/** The databases of a rung: the primary, what replicates it beside it, and in the other data centers. */
import { startPostgres, type Postgres } from '../parts/postgres';
import { configure, startReplica, type Replica } from '../parts/replication';
import type { RungPlan } from './plan';
import type { Start } from './parts';

/** What the servers of one data center are told of. */
export interface Databases {
  /** The primary; in a further data center the replica that may be promoted. */
  readonly main: Postgres;
  readonly replicas: readonly Replica[];
}

/**
 * Starts the primary of the first data center with its replicas, and a replica in each further one.
 *
 * A commit waits for one replica in its own data center, so that nothing acknowledged is lost with the primary; for
 * another data center it does not wait.
 *
 * @param dataDir of the primary @default - a temporary folder, removed at the end
 * @returns in the order of the plan's regions
 */
export async function startDatabases(
  { regions, replicas: count }: RungPlan,
  dataDir: string | undefined,
  start: Start,
): Promise<readonly Databases[]> {
  const [home, ...further] = regions;
  const primary = await start({ kind: 'primary', region: home }, () =>
    startPostgres({
      ...(dataDir === undefined ? {} : { dataDir }),
      settings: { wal_retrieve_retry_interval: '500ms' },
    }),
  );
  const replica = (region: string | undefined, number: number, name: string): Promise<Replica> =>
    start({ kind: 'replica', region, number }, () => startReplica(primary, { name }));
  const names = Array.from({ length: count }, (_, index) => `replica_${index + 1}`);
  const [replicas, elsewhere] = await Promise.all([
    Promise.all(names.map((name, index) => replica(home, index + 1, name))),
    Promise.all(further.map((region) => replica(region, 1, region))),
  ]);
  if (names.length > 0) {
    await configure(primary, { synchronous_standby_names: `ANY 1 (${names.join(', ')})` });
  }
  return [{ main: primary, replicas }, ...elsewhere.map((main) => ({ main, replicas: [] }))];
}
