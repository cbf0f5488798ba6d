import { DatabaseUnavailable } from '../database';
import { gather } from '../gather';
import { findDeletions, findLinks } from '../links';
import type { Log } from '../log';
import type { ConnectionString } from '../postgres/connection-string';
import { openPool, type ServerPool } from '../postgres/pool';
import { startProbe } from './probe';
import { PRIMARY, type Reader } from './reader';
import type { Sighting } from './state';

export interface ServerOptions {
  /** As which it answers reads while it is in recovery. */
  readonly name: string;
  readonly connectionString: ConnectionString;
  readonly log: Log;
  /** A probe was answered. */
  readonly saw: (sighting: Sighting) => void;
  /** A probe was not answered. */
  readonly missed: (error: unknown) => void;
  /** A request failed; a probe is on its way. */
  readonly doubt: () => void;
}

/** One of the servers of a database, whatever it is at the moment. */
export interface Server {
  readonly connectionString: ConnectionString;
  readonly asReplica: Reader;
  readonly asPrimary: Reader;
  readonly writes: ServerPool;
  /** Batches of reads that it has not answered yet, as a replica. */
  inFlight(): number;
  /** When the last of them began, on `performance.now()`. */
  lastAskedAt(): number;
  /** Resolves when it was probed once, well or badly. */
  readonly firstProbe: Promise<void>;
  close(): Promise<void>;
}

/**
 * Connections of one process to one server, by what they are for; none is opened before it is needed. A replica has 4
 * and the probe's, a primary 3 + 1 and the probe's: 5 a process, as without replicas. The one connection for reads is
 * what keeps lost replicas from drowning the primary: whatever the load, a process has one read on it at a time.
 */
const CONNECTIONS = { replicaReads: 4, primaryReads: 1, writes: 3 };

/** Reads that may wait for that connection or be under way on it; one more is refused at once. */
const MAX_PRIMARY_READS = 64;

/** How long one server may take for a read, in ms; another one is asked then. */
const READ_BUDGET_MS = 300;

/** How long a write may take, connecting included, in ms: clients hear of an outage within a second, with some to spare. */
const WRITE_BUDGET_MS = 600;

/** Watches a server, and keeps the connections to it. */
export function openServer(options: ServerOptions): Server {
  const { name, connectionString, log, saw, missed, doubt } = options;
  const onTrouble = (): void => {
    doubt();
    probe.hurry();
  };
  const pool = (maxConnections: number, budget: number): ServerPool =>
    openPool({ connectionString, maxConnections, budget, log, onTrouble });
  const replicaReads = pool(CONNECTIONS.replicaReads, READ_BUDGET_MS);
  const primaryReads = pool(CONNECTIONS.primaryReads, READ_BUDGET_MS);
  const writes = pool(CONNECTIONS.writes, WRITE_BUDGET_MS);
  const pools = [replicaReads, primaryReads, writes];
  const asReplica = createCounter();
  const asPrimary = createCounter();
  let lastAskedAt = 0;
  let last: Sighting | undefined;

  const probe = startProbe({
    connectionString,
    saw(sighting) {
      // Connections to what it was are of no use; those to a server that was only silent for a moment are.
      if (
        last !== undefined &&
        (last.instance !== sighting.instance || last.isWritable !== sighting.isWritable)
      ) {
        pools.forEach((each) => {
          each.renew();
        });
      }
      last = sighting;
      saw(sighting);
    },
    missed,
  });

  const findAsReplica = gather((codes: readonly string[]) => {
    lastAskedAt = performance.now();
    return asReplica.during(findLinks(replicaReads.sql, codes));
  });
  const findAsPrimary = gather((codes: readonly string[]) => findLinks(primaryReads.sql, codes));

  return {
    connectionString,
    writes,
    asReplica: {
      name,
      find: findAsReplica,
      deletions: (within) => asReplica.during(findDeletions(replicaReads.sql, within)),
    },
    asPrimary: {
      name: PRIMARY,
      find: (code) =>
        asPrimary.underWay() < MAX_PRIMARY_READS
          ? asPrimary.during(findAsPrimary(code))
          : Promise.reject(new DatabaseUnavailable('too many reads wait for the primary')),
      // One at a time and twice a second: it is never too many.
      deletions: (within) => asPrimary.during(findDeletions(primaryReads.sql, within)),
    },
    inFlight: asReplica.underWay,
    lastAskedAt: () => lastAskedAt,
    firstProbe: probe.first,
    async close() {
      await probe.stop();
      await Promise.all(pools.map((each) => each.close()));
    },
  };
}

interface Counter {
  readonly underWay: () => number;
  during<Result>(work: Promise<Result>): Promise<Result>;
}

function createCounter(): Counter {
  let underWay = 0;
  return {
    underWay: () => underWay,
    async during(work) {
      underWay += 1;
      try {
        return await work;
      } finally {
        underWay -= 1;
      }
    },
  };
}
