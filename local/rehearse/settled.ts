/** What the database holds once what users did has reached it, or never will: the truth that their answers are compared with. */
import { setTimeout as sleep } from 'node:timers/promises';
import { settle, type Ledger, type Row, type Rows, type Verdict } from '../load/ledger';
import { TIMEOUT_MS, now } from '../load/requests';
import { connected, type Postgres } from '../parts/postgres';
import type { RunningRung } from '../rung';
import { all } from '../rung/parts';
import { waitingIn } from './queue';

/** How long clicks may take until they are counted, in ms: servers and workers try again after ten seconds at most. */
const SETTLED_WITHIN_MS = 40_000;
const LOOK_MS = 250;

/** For a database that may be down, in ms; one that is up answers late on a machine that is busy with more than the rehearsal. */
const TIMEOUTS = { connectionTimeoutMillis: 10_000, query_timeout: 10_000 };

/**
 * The ledger's verdict, once nothing is missing or nothing more is on its way.
 *
 * @throws Error where no database that takes writes answers, or the signal says so
 */
export async function settled(rung: RunningRung, ledger: Ledger, signal: AbortSignal): Promise<Verdict> {
  const deadline = now() + SETTLED_WITHIN_MS;
  const codes = [...ledger.links.keys(), ...ledger.deleted];
  for (;;) {
    // Looked for first: what was on its way a moment ago may have been counted since.
    const isSettled = (await isQuiet(rung)) || now() > deadline;
    const verdict = settle(ledger, await readRows(rung, codes));
    if (isSettled || verdict.lostClicks + verdict.lostWrites === 0) {
      return verdict;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** Whether no server holds clicks, and no queue messages: what is missing then is lost. */
async function isQuiet(rung: RunningRung): Promise<boolean> {
  const waiting = await Promise.all([
    ...all(rung, 'server').map(({ part }) => clicksInMemory(part.url).catch(() => Number.NaN)),
    ...all(rung, 'queue').map(({ part }) => waitingIn(part)),
  ]);
  return waiting.every((clicks) => clicks === 0);
}

/** Clicks that are in a server's memory and nowhere else, as it says itself. @throws Error where it does not answer */
export async function clicksInMemory(url: string): Promise<number> {
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the application's own probe, of this shape
  const { clicks } = (await response.json()) as { clicks: { waiting: number } };
  return clicks.waiting;
}

/** Links by their codes. At rung 1 the database is inside the server, which is asked instead. */
async function readRows(rung: RunningRung, codes: readonly string[]): Promise<Rows> {
  const databases = [...all(rung, 'primary'), ...all(rung, 'replica')].map(({ part }) => part);
  if (databases.length === 0) {
    return askServers(rung, codes);
  }
  return connected(
    await writable(databases),
    async (client) => {
      const { rows } = await client.query<Row & { code: string }>(
        'SELECT code, url, clicks::float8 AS clicks FROM links WHERE code = ANY ($1) AND deleted_at IS NULL',
        [codes],
      );
      return new Map(rows.map(({ code, ...row }) => [code, row]));
    },
    TIMEOUTS,
  );
}

/** The primary; of several that take writes, the one that was promoted last. */
async function writable(databases: readonly Postgres[]): Promise<Postgres> {
  const found = await Promise.all(
    databases.map(async (database) => ({ database, timeline: await timelineOf(database).catch(() => -1) })),
  );
  const [primary] = found
    .filter(({ timeline }) => timeline >= 0)
    .sort((a, b) => b.timeline - a.timeline)
    .map(({ database }) => database);
  if (primary === undefined) {
    throw new Error('No database takes writes.');
  }
  return primary;
}

/** Counts promotions; -1 of a database that takes no writes. */
async function timelineOf(database: Postgres): Promise<number> {
  return connected(
    database,
    async (client) => {
      const { rows } = await client.query<{ timeline: number }>(
        `SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline
          WHERE NOT pg_is_in_recovery()`,
      );
      return rows[0]?.timeline ?? -1;
    },
    TIMEOUTS,
  );
}

async function askServers(rung: RunningRung, codes: readonly string[]): Promise<Rows> {
  const [server] = all(rung, 'server');
  const rows = await Promise.all(
    codes.map(async (code): Promise<readonly [string, Row] | undefined> => {
      const row: unknown = await (await fetch(`${server?.part.url ?? ''}/api/links/${code}`)).json();
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
