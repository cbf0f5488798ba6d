/** What a rung's database holds: the truth that users' answers are compared with. */
import { Client } from 'pg';
import type { RunningRung } from '../rung';
import type { Row, Rows } from './ledger';
import { all } from './parts';

/** For a database that may be down, in ms; one that is up answers late on a machine that is busy with more than the rehearsal. */
const CONNECT_MS = 10_000;

/**
 * Reads links by their codes. At rung 1 the database is inside the server, which is asked instead.
 *
 * @throws Error where no database that takes writes answers
 */
export async function readRows(rung: RunningRung, codes: readonly string[]): Promise<Rows> {
  const urls = rung.parts.flatMap(({ part }) =>
    'url' in part && typeof part.url === 'string' && part.url.startsWith('postgresql:') ? [part.url] : [],
  );
  return urls.length === 0 ? askServer(rung, codes) : readFrom(await writable(urls), codes);
}

async function readFrom(url: string, codes: readonly string[]): Promise<Rows> {
  return connected(url, async (client) => {
    const { rows } = await client.query<Row & { code: string }>(
      'SELECT code, url, clicks::float8 AS clicks FROM links WHERE code = ANY ($1) AND deleted_at IS NULL',
      [codes],
    );
    return new Map(rows.map(({ code, ...row }) => [code, row]));
  });
}

/** The primary; of several that take writes, the one that was promoted last. */
async function writable(urls: readonly string[]): Promise<string> {
  const found = await Promise.all(
    urls.map(async (url) => ({ url, timeline: await timelineOf(url).catch(() => undefined) })),
  );
  const [primary] = found
    .flatMap(({ url, timeline }) => (timeline === undefined ? [] : [{ url, timeline }]))
    .sort((a, b) => b.timeline - a.timeline);
  if (primary === undefined) {
    throw new Error('No database takes writes.');
  }
  return primary.url;
}

/** Counts promotions; undefined of a database that takes no writes. */
async function timelineOf(url: string): Promise<number | undefined> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{ timeline: number }>(
      `SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline
        WHERE NOT pg_is_in_recovery()`,
    );
    return rows[0]?.timeline;
  });
}

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function askServer(rung: RunningRung, codes: readonly string[]): Promise<Rows> {
  const [server] = all(rung, 'server');
  const rows = await Promise.all(
    codes.map(async (code): Promise<readonly [string, Row] | undefined> => {
      const response = await fetch(`http://127.0.0.1:${server?.port ?? 0}/api/links/${code}`);
      const row: unknown = await response.json();
      return isRow(row) ? [code, row] : undefined;
    }),
  );
  return new Map(rows.filter((row) => row !== undefined));
}

function isRow(value: unknown): value is Row {
  return (
    typeof value === 'object' &&
    value !== null &&
    'url' in value &&
    typeof value.url === 'string' &&
    'clicks' in value &&
    typeof value.clicks === 'number'
  );
}
