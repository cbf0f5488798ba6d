import { DatabaseReadOnly, DatabaseUnavailable, type Position } from '../database';
import type { Log } from '../log';
import type { ConnectionString } from '../postgres/connection-string';
import type { ServerPool } from '../postgres/pool';
import type { Fleet } from './reader';
import { openServer, type Server } from './server';
import { createFleetState, type FleetState } from './state';

/** All servers of one database, and which is what. */
export interface ServerFleet extends Fleet {
  /**
   * Connections on which to write.
   *
   * @throws DatabaseUnavailable at once, where no server takes writes; DatabaseReadOnly where some answers reads
   */
  writes(): ServerPool;
  /** The server that takes writes. */
  writable(): ConnectionString | undefined;
  /** Servers that answer and take no writes. */
  readOnly(): readonly ConnectionString[];
  /** This process has written up to here. */
  readonly recordWrite: (position: Position) => void;
  readonly close: () => Promise<void>;
}

/**
 * Watches all servers from now on: which is the primary is found out, not configured. Resolves when each was probed.
 */
export async function openFleet(
  connectionStrings: readonly ConnectionString[],
  log: Log,
): Promise<ServerFleet> {
  const state = createFleetState(connectionStrings.length);
  const logChanges = createChangeLog(state, log);
  const servers = connectionStrings.map((connectionString, index) =>
    openServer({
      // The first one is no replica as a rule; where it is, its number is the next.
      name: `replica-${index === 0 ? connectionStrings.length : index}`,
      connectionString,
      log,
      saw(sighting) {
        state.saw(index, sighting, performance.now());
        logChanges(index);
      },
      missed(error) {
        state.missed(index);
        logChanges(index, error);
      },
      doubt() {
        state.doubt(index);
      },
    }),
  );
  await Promise.all(servers.map(({ firstProbe }) => firstProbe));

  const serverAt = (index: number | undefined): Server | undefined =>
    index === undefined ? undefined : servers[index];
  const writable = (): Server | undefined => {
    const { primary } = state.verdict();
    return primary !== undefined && state.sighting(primary)?.isWritable === true
      ? serverAt(primary)
      : undefined;
  };

  const reliable = (minPosition: Position | undefined): readonly number[] =>
    state
      .reliable()
      .filter((index) => minPosition === undefined || (state.sighting(index)?.position ?? 0n) >= minPosition);

  /** Of equally busy ones the one that was asked least recently: whatever is asked in one turn goes to the same one. */
  function leastBusyFirst(indices: readonly number[]): Server[] {
    return indices
      .flatMap((index) => servers[index] ?? [])
      .sort((a, b) => a.inFlight() - b.inFlight() || a.lastAskedAt() - b.lastAskedAt());
  }

  return {
    replicas: (minPosition) => leastBusyFirst(reliable(minPosition)).map(({ asReplica }) => asReplica),
    isReliable: (reader, minPosition) =>
      reliable(minPosition).some((index) => servers[index]?.asReplica === reader),
    lastResort: () => leastBusyFirst(state.others()).map(({ asReplica }) => asReplica),
    silent: () => leastBusyFirst(state.silent()).map(({ asReplica }) => asReplica),
    primary: () => serverAt(state.verdict().primary)?.asPrimary,
    primaryPosition: state.primaryPosition,
    writes() {
      const server = writable();
      if (server === undefined) {
        throw isReadable(state)
          ? new DatabaseReadOnly(describe(state))
          : new DatabaseUnavailable(describe(state));
      }
      return server.writes;
    },
    writable: () => writable()?.connectionString,
    readOnly: () =>
      [...state.reliable(), ...state.others()].flatMap((index) => servers[index]?.connectionString ?? []),
    recordWrite: state.recordWrite,
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

const CONTESTED = 'servers that were promoted apart both claim to be the primary; stop the wrong one';
const REPLACED = 'it was replaced by a promotion; start it anew as a replica';

/** Whether any server answers. */
function isReadable(state: FleetState): boolean {
  return state.verdict().primary !== undefined || state.reliable().length > 0 || state.others().length > 0;
}

/** Why no server takes writes. */
function describe(state: FleetState): string {
  const { primary, replaced, isContested } = state.verdict();
  if (isContested) {
    return CONTESTED;
  }
  if (primary !== undefined) {
    return 'the primary is read-only';
  }
  return replaced.length > 0 ? REPLACED : 'no primary is in reach';
}

/** Says once when a server is left out or taken in, and when writes go elsewhere. */
function createChangeLog(state: FleetState, log: Log): (server: number, error?: unknown) => void {
  const wereInService = new Map<number, boolean>();
  let primaryBefore: number | undefined;
  let refusedBefore = '';

  function logService(server: number, inService: boolean, reason: string, error: unknown): void {
    if (inService) {
      log.info({ database: server }, 'A database server is taken in.');
    } else {
      log.warn({ database: server, reason, err: error }, 'A database server is left out.');
    }
  }

  return (server, error) => {
    const { inService, answers } = state.standing(server);
    if (wereInService.get(server) !== inService) {
      logService(server, inService, answers ? 'it lags, or may' : 'it does not answer', error);
    }
    wereInService.set(server, inService);
    const { primary, replaced, isContested } = state.verdict();
    if (primary !== primaryBefore && primary !== undefined) {
      log.info({ database: primary }, 'This database server takes the writes from now on.');
    }
    primaryBefore = primary;
    const refused = isContested ? CONTESTED : replaced.join();
    if (refused !== refusedBefore && refused !== '') {
      log.error(
        { databases: replaced, reason: isContested ? CONTESTED : REPLACED },
        'A database server claims to be the primary and may not be.',
      );
    }
    refusedBefore = refused;
  };
}
