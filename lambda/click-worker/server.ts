import { Client } from 'pg';
import { PLANNING } from '../../contract/count-clicks';
import { fetchCredentials, withCredentials, type Credentials } from '../../contract/credentials';
import { sqlState, WRONG_PASSWORD } from '../../contract/sql-state';

/** One of the servers of a database, and the connection to it. */
export interface Server {
  /**
   * Does something on the connection, which is kept from one invocation to the next. One on which that failed is thrown
   * away: it may lead to a server that was the primary once.
   *
   * @throws Error as the work does, or where no connection can be made
   */
  use<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  /** The same, and where a kept connection turns out to have ended, once more on a new one. */
  useAnew<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
}

/** Hands out connection strings, with credentials fetched once for all servers, and anew where they were refused. */
export interface Keys {
  get(url: string): Promise<string>;
  /** @returns whether others may do */
  refused(error: unknown): boolean;
}

/** How long connecting may take, in ms. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * For the server: longer than the driver waits. Where a commit waits for a replica that does not answer, the server would
 * otherwise give up waiting for it and say that all is well.
 */
const STATEMENT_TIMEOUT_MS = 6_000;

/** Short: an invocation has 30 s for everything. */
const FETCH = { timeout: 3_000, maxAttempts: 2 };

/** A password that is refused has been rotated; one that could not be had is asked for again next time. */
export function createKeys(secretArn: string | undefined): Keys {
  let credentials: Promise<Credentials> | undefined;
  return {
    get: async (url) =>
      secretArn === undefined
        ? url
        : withCredentials(url, await (credentials ??= fetchCredentials(secretArn, FETCH))),
    refused(error) {
      credentials = undefined;
      return secretArn !== undefined && sqlState(error) === WRONG_PASSWORD;
    },
  };
}

/** Connects at the first need. */
export function createServer(url: string, keys: Keys): Server {
  let kept: Promise<Client> | undefined;

  async function connect(): Promise<Client> {
    try {
      return await open(await keys.get(url));
    } catch (error) {
      if (!keys.refused(error)) {
        throw error;
      }
      return open(await keys.get(url));
    }
  }

  async function use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const connecting = (kept ??= connect());
    try {
      return await work(await connecting);
    } catch (error) {
      if (kept === connecting) {
        kept = undefined;
      }
      connecting.then((client) => client.end()).catch(() => undefined);
      throw error;
    }
  }

  return {
    use,
    useAnew: (work) => {
      const wasKept = kept !== undefined;
      return use(work).catch((error: unknown) => {
        if (!wasKept) {
          throw error;
        }
        return use(work);
      });
    },
  };
}

async function open(connectionString: string): Promise<Client> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    options: PLANNING,
    fallback_application_name: 'zero-to-million-click-worker',
  });
  // A connection that is lost between statements is reported by the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}
