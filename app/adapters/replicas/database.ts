import { setTimeout as sleep } from 'node:timers/promises';
import {
  DatabaseUnavailable,
  type Database,
  type LinkWriter,
  type NewLink,
  type Position,
} from '../database';
import { gather } from '../gather';
import { CODE_TAKEN, createLinkWriter, insertLinks } from '../links';
import type { Log } from '../log';
import type { Migration } from '../migrations/migration';
import type { ConnectionString } from '../postgres/connection-string';
import { hasMigrated, migrateOver } from '../postgres/migration';
import { createAllowance } from './allowance';
import { openFleet, type ServerFleet } from './fleet';
import { toPosition } from './position';
import { createReplicaDeletions, createReplicaReader } from './reader';
import type { Sql, Statement } from '../sql';

export interface ReplicatedOptions {
  /** Of all servers; which is the primary is found out. One alone is a replica of another data center's. */
  readonly connectionStrings: readonly ConnectionString[];
  readonly migrations: readonly Migration[];
  readonly log: Log;
}

/**
 * Extra reads a second that a process may put on the primary, each for itself: far more than creators read their own
 * links or visitors mistype, far less than would be felt. Made-up positions and codes get no more.
 */
const OWN_READS_PER_SECOND = 100;
const CONFIRMATIONS_PER_SECOND = 100;

/** Reads a second that are tried more than once: in an outage of everything, the others fail at once. */
const RETRIES_PER_SECOND = 100;

/**
 * Asked after COMMIT, so that it lies behind the commit's own record: inside the transaction it would not. Without
 * synchronous commit that record may not be flushed yet, so the position of the log in memory is taken.
 */
const POSITION: Statement<{ position: string }> = {
  name: 'position',
  text: `SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
    ELSE pg_current_wal_flush_lsn() END::text AS position`,
};

/**
 * A primary and its replicas as one database. With the primary gone it opens nevertheless, read-only, if the schema
 * is what this code needs.
 *
 * @throws DatabaseUnavailable where no server will do now; SchemaTooNew where this code is too old for the schema
 */
export async function openReplicated(options: ReplicatedOptions): Promise<Database> {
  const { connectionStrings, migrations, log } = options;
  const fleet = await openFleet(connectionStrings, log);
  try {
    await prepareSchema(fleet, migrations);
  } catch (error) {
    await fleet.close();
    throw error;
  }
  const clock = (): number => performance.now();
  // One that is alone is a replica of another data center's.
  const isAlone = connectionStrings.length === 1;
  return {
    links: {
      ...createReplicatedWriter(fleet),
      find: createReplicaReader({
        fleet,
        isAlone,
        ownReads: createAllowance(OWN_READS_PER_SECOND, clock),
        confirmations: createAllowance(CONFIRMATIONS_PER_SECOND, clock),
        retries: createAllowance(RETRIES_PER_SECOND, clock),
        clock,
        pause: sleep,
      }),
      deletions: createReplicaDeletions(fleet, isAlone),
    },
    health: {
      // The probes know, and are never older than a second.
      canRead: () =>
        [...fleet.replicas(), ...fleet.lastResort(), fleet.primary()].some((reader) => reader !== undefined)
          ? Promise.resolve()
          : Promise.reject(new DatabaseUnavailable('no server is in reach')),
      canWrite: () => Promise.resolve(fleet.writable() !== undefined),
    },
    close: fleet.close,
  };
}

async function prepareSchema(fleet: ServerFleet, migrations: readonly Migration[]): Promise<void> {
  const writable = fleet.writable();
  if (writable !== undefined) {
    await migrateOver(writable, migrations);
    return;
  }
  const ready = await Promise.all(fleet.readOnly().map((replica) => isReady(replica, migrations)));
  if (!ready.includes(true)) {
    throw new DatabaseUnavailable(
      'no server takes writes, and none within reach has the schema that this code needs',
    );
  }
}

/** False also where it cannot be told: another one may do. */
async function isReady(replica: ConnectionString, migrations: readonly Migration[]): Promise<boolean> {
  try {
    return await hasMigrated(replica, migrations);
  } catch (error) {
    if (error instanceof DatabaseUnavailable) {
      return false;
    }
    throw error;
  }
}

function createReplicatedWriter(fleet: ServerFleet): LinkWriter {
  /** Does something on the primary, and learns from where on replicas show it. */
  async function write<Result>(
    work: (sql: Sql) => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly position: Position | undefined }> {
    return fleet.writes().onOneConnection(async (sql) => {
      const result = await work(sql);
      return { result, position: await positionAfter(sql) };
    });
  }

  /** Undefined where it cannot be learned: what is written is written, and must not look as if it had failed. */
  async function positionAfter(sql: Sql): Promise<Position | undefined> {
    try {
      const [row] = await sql.query(POSITION, []);
      const position = toPosition(row?.position ?? null);
      fleet.recordWrite(position);
      return position;
    } catch {
      return undefined;
    }
  }

  /** One position for all: it lies behind what each of them has written. */
  const insertTogether = gather(async (links: readonly NewLink[]) => {
    const { result, position } = await write((sql) => insertLinks(sql, links));
    return new Map([...result].map(([link, inserted]) => [link, { ...inserted, position }]));
  });

  return {
    async insert(link, once) {
      if (once === undefined) {
        return (await insertTogether(link)) ?? CODE_TAKEN;
      }
      const { result, position } = await write((sql) => createLinkWriter(sql).insert(link, once));
      return 'link' in result ? { ...result, position } : result;
    },
    async replay(once) {
      const { result, position } = await write((sql) => createLinkWriter(sql).replay(once));
      return result !== undefined && 'link' in result ? { ...result, position } : result;
    },
    async markDeleted(code) {
      const { result, position } = await write((sql) => createLinkWriter(sql).markDeleted(code));
      return result === undefined ? undefined : { ...result, position };
    },
    addClicks: async (batches) => createLinkWriter(fleet.writes().sql).addClicks(batches),
  };
}
