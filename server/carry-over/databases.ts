import { Client, DatabaseError } from 'pg';
import { pause } from './progress';

/** The server does not answer yet: name not there, port closed, starting up. */
const NOT_YET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'ETIMEDOUT',
  '57P03',
]);

/** How long one attempt to connect may take, in ms. */
const ATTEMPT_MS = 10_000;

/**
 * The same values must read as the same text on both sides, whatever the servers' own settings; and names come out
 * with their schema. A session whose client is gone ends within seconds, so that its lock goes to the next carrier.
 */
const SESSION = `
  SET search_path = '';
  SET client_encoding = 'UTF8';
  SET DateStyle = 'ISO, MDY';
  SET IntervalStyle = 'postgres';
  SET TimeZone = 'UTC';
  SET extra_float_digits = 3;
  SET bytea_output = 'hex';
  SET xmlbinary = 'base64';
  SET lc_monetary = 'C';
  SET statement_timeout = 0;
  SET lock_timeout = 0;
  SET idle_in_transaction_session_timeout = 0;
  SET check_function_bodies = off;
  SET client_connection_check_interval = '2s';
  SET tcp_keepalives_idle = 30;
  SET tcp_keepalives_interval = 10;
  SET tcp_keepalives_count = 3;
`;

/**
 * Connects with the settings that make both sides comparable; cut at once when the signal aborts.
 *
 * @param timeoutMs how long to go on trying a server that does not answer
 * @throws Error when credentials are refused (at once) or nothing answers within `timeoutMs`.
 */
export async function connect(
  name: string,
  connectionString: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Client> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const client = new Client({ connectionString, connectionTimeoutMillis: ATTEMPT_MS, keepAlive: true });
    // A connection that breaks also fails the query that waits on it, which is where it is dealt with.
    client.on('error', () => undefined);
    try {
      await client.connect();
      signal.addEventListener('abort', () => void client.end().catch(() => undefined), { once: true });
      await client.query(SESSION);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      signal.throwIfAborted();
      if (!isNotYet(error) || Date.now() > deadline) {
        throw new Error(explain(name, error), { cause: error });
      }
      await pause(signal);
    }
  }
}

function isNotYet(error: unknown): boolean {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.some(
    (one) =>
      one instanceof Error &&
      (('code' in one && typeof one.code === 'string' && NOT_YET.has(one.code)) ||
        one.message.includes('timeout')),
  );
}

function explain(name: string, error: unknown): string {
  const reason = error instanceof AggregateError ? error.errors.map(String).join('; ') : String(error);
  return error instanceof DatabaseError && error.code?.startsWith('28') === true
    ? `The ${name} database refuses the credentials: ${reason}. Expected the user and password it was made with; ` +
        'nothing was touched. Compare the secret with the database (docs/runbook.md, "Carry-over").'
    : `The ${name} database does not answer: ${reason}. Nothing was changed in it. ` +
        'Look at its state and at the security groups, then deploy again.';
}
