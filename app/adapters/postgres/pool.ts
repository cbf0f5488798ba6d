import { Pool, type Client, type PoolClient, type QueryResultRow } from 'pg';
import { PLANNING } from '../../../contract/count-clicks';
import { DatabaseReadOnly, DatabaseUnavailable } from '../database';
import type { Log } from '../log';
import { connectWith, type ConnectionString } from './connection-string';
import { isOurMistake, saysReadOnly, saysServerHasChanged } from './errors';
import type { Parameter, Session, Sql, Statement } from '../sql';

export interface PoolOptions {
  readonly connectionString: ConnectionString;
  readonly maxConnections: number;
  /** How long a request may wait for the server in all, connecting included, in ms. */
  readonly budget: number;
  readonly log: Log;
  /** Hears of everything that went wrong with the server, mistakes in our SQL apart. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Connections to one server. */
export interface ServerPool {
  readonly sql: Sql;
  /** Does several things on one connection, in order. */
  onOneConnection<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Every connection made until now is thrown away: at once, or when it is free. */
  renew(): void;
  readonly close: () => Promise<void>;
}

/**
 * How long a connection may take to be made, in ms: far longer than a request waits for it, for the next request has it
 * then. Were it given up with the request, a busy server would be asked for connections over and over and give none.
 */
const CONNECT_TIMEOUT_MS = 5_000;

/** An hour at most on one server: after a failover behind a name, connections move on. Idle ones end sooner. */
const MAX_LIFETIME_SECONDS = 3_600;
const IDLE_TIMEOUT_MS = 60_000;

const BEGIN: Statement<object> = { name: 'begin', text: 'BEGIN' };
const COMMIT: Statement<object> = { name: 'commit', text: 'COMMIT' };

/** Opens no connection until one is needed. */
export function openPool(options: PoolOptions): ServerPool {
  const { connectionString, budget, log, onTrouble } = options;
  const pool = new Pool({
    max: options.maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    statement_timeout: budget,
    idle_in_transaction_session_timeout: 5 * budget,
    keepAlive: true,
    options: PLANNING,
    fallback_application_name: 'zero-to-million',
  });
  /** Raised when the server has changed; connections of an earlier generation are not used again. */
  let generation = 0;
  const generations = new WeakMap<PoolClient, number>();
  pool.on('connect', (client) => {
    generations.set(client, generation);
    // The pool listens while a connection is idle only. In use, its end is reported by its statement, and also emitted:
    // without a listener, that would end the process.
    client.on('error', ignore);
  });
  pool.on('error', (error) => {
    log.warn({ err: error }, 'An idle database connection ended.');
    note(error);
  });

  function note(error: unknown): void {
    if (saysServerHasChanged(error)) {
      renew();
    }
    onTrouble?.(error);
  }

  function renew(): void {
    generation += 1;
    // The server may have few connections to give, and needs them for what it is now.
    for (let idle = pool.idleCount; idle > 0; idle -= 1) {
      pool.connect().then((client) => {
        client.release(generations.get(client) !== generation);
      }, ignore);
    }
  }

  async function currentClient(text: string): Promise<PoolClient> {
    pool.options.connectionString = text;
    let client = await pool.connect();
    while (generations.get(client) !== generation) {
      client.release(true);
      client = await pool.connect();
    }
    return client;
  }

  /** A request that has waited for too long goes; the connection, once there, is for others. */
  async function acquire(): Promise<PoolClient> {
    const acquiring = connectWith(connectionString, currentClient);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no connection within ${budget} ms`));
        acquiring.then((client) => {
          client.release();
        }, ignore);
      }, budget);
    });
    return Promise.race([acquiring, late]).finally(() => {
      clearTimeout(timer);
    });
  }

  /** A connection that saw an error is thrown away: a reconnect costs milliseconds, a broken one costs requests. */
  async function withClient<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + budget;
    let client: PoolClient | undefined;
    try {
      client = await acquire();
      const connection = createConnection(client, deadline);
      const result = await work(connection);
      client.release(connection.hasFailed());
      return result;
    } catch (error) {
      client?.release(true);
      if (isOurMistake(error)) {
        throw error;
      }
      note(error);
      throw saysReadOnly(error) ? new DatabaseReadOnly(error) : new DatabaseUnavailable(error);
    }
  }

  return {
    sql: {
      query: (statement, parameters) => withClient((connection) => connection.query(statement, parameters)),
      transaction: (work) => withClient((connection) => connection.transaction(work)),
    },
    onOneConnection: withClient,
    renew,
    close: () => pool.end(),
  };
}

function ignore(): void {
  // The waiting requests have been told.
}

interface Connection extends Sql {
  /** Whether a statement has failed, whatever was made of that. */
  hasFailed(): boolean;
}

function createConnection(client: Client, deadline: number): Connection {
  let failed = false;
  const session: Session = {
    async query(statement, parameters) {
      try {
        return await runStatement(client, statement, parameters, deadline);
      } catch (error) {
        failed = true;
        throw error;
      }
    },
  };
  return {
    ...session,
    async transaction(work) {
      await session.query(BEGIN, []);
      const result = await work(session);
      await session.query(COMMIT, []);
      return result;
    },
    hasFailed: () => failed,
  };
}

/** @param deadline when the driver gives up, on `performance.now()`: for a server that no longer answers at all */
export async function runStatement<Row extends object>(
  client: Client,
  { name, text }: Statement<Row>,
  parameters: readonly Parameter[],
  deadline: number,
): Promise<readonly Row[]> {
  // The driver's types lack `query_timeout`.
  const query = {
    name,
    text,
    values: [...parameters],
    query_timeout: Math.max(1, deadline - performance.now()),
  };
  const { rows } = await client.query<Row & QueryResultRow>(query);
  return rows;
}
