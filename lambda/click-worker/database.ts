import { Client } from 'pg';
import type { Click } from '../../contract/click-message';
import { fetchCredentials, type Credentials } from './credentials';
import { PLANNING, countStatement } from './statement';

/** What became of clicks that the database was given, all of them together. */
export type Outcome =
  | { readonly kind: 'counted' }
  /** These clicks cannot be counted, now or later. */
  | { readonly kind: 'refused'; readonly reason: unknown }
  /**
   * The database does not answer, or takes no writes: it is down, restarts, is in recovery, or has not the table yet.
   * The clicks may have been counted all the same; counting them again changes nothing then.
   */
  | { readonly kind: 'away'; readonly reason: unknown };

export interface ClickCounter {
  /** In one transaction; never rejects. */
  count(clicks: readonly Click[]): Promise<Outcome>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** User and password in place of the URL's. */
  readonly secretArn: string | undefined;
}

/** How long an attempt may take, in ms: two of them, and passing messages on, stay within the function's 30 s. */
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 5_000;
/** For a server that no longer answers at all, the driver's own; the server's comes first otherwise. */
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 500;

/** SQLSTATE classes that say that values are wrong: data exceptions and violated constraints. */
const WRONG_DATA = /^2[23]/;
const WRONG_PASSWORD = '28P01';

/**
 * One connection, kept from one invocation to the next. One that failed in any way is thrown away: it may lead to a
 * server that was the primary once.
 */
export function createDatabase({ url, secretArn }: DatabaseOptions): ClickCounter {
  let kept: Client | undefined;
  let credentials: Promise<Credentials> | undefined;

  async function connectionString(): Promise<string> {
    return secretArn === undefined
      ? url
      : withCredentials(url, await (credentials ??= fetchCredentials(secretArn)));
  }

  /** A password that is refused has been rotated; one that could not be had is asked for again next time. */
  async function connect(): Promise<Client> {
    try {
      return await open(await connectionString());
    } catch (error) {
      credentials = undefined;
      if (secretArn === undefined || sqlState(error) !== WRONG_PASSWORD) {
        throw error;
      }
      return open(await connectionString());
    }
  }

  async function attempt(clicks: readonly Click[]): Promise<Outcome> {
    try {
      kept ??= await connect();
      // The driver's types lack `query_timeout`.
      const query = { ...countStatement(clicks, Date.now()), query_timeout: SILENCE_TIMEOUT_MS };
      await kept.query(query);
      return { kind: 'counted' };
    } catch (reason) {
      if (WRONG_DATA.test(sqlState(reason))) {
        return { kind: 'refused', reason };
      }
      kept?.end().catch(() => undefined);
      kept = undefined;
      return { kind: 'away', reason };
    }
  }

  return {
    async count(clicks) {
      const wasKept = kept !== undefined;
      const outcome = await attempt(clicks);
      // A kept connection may have ended long ago, which says nothing about the database.
      return outcome.kind === 'away' && wasKept ? attempt(clicks) : outcome;
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

function withCredentials(url: string, { username, password }: Credentials): string {
  const result = new URL(url);
  result.username = encodeURIComponent(username);
  result.password = encodeURIComponent(password);
  return result.href;
}

function sqlState(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : '';
}
