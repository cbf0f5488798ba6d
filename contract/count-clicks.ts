import { CLICK_MEMORY_MS, clickId, type Click } from './click-message';
import { sqlState } from './sql-state';

/**
 * How many forgotten ids are deleted at least with each statement, beyond twice as many as it adds: the table shrinks
 * again after a burst, and no statement deletes for long.
 */
const PURGED_AT_LEAST = 100;

/** Forgets ids that no click may come again under. */
const PURGE = `DELETE FROM counted_clicks WHERE id IN (
    SELECT id FROM counted_clicks WHERE id < $4 ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED)`;

/** Links in the order of their codes, as {@link PLANNING} has it. */
const ADD = `UPDATE links SET clicks = links.clicks + counted.clicks FROM counted WHERE links.code = counted.code`;

/**
 * Where none was counted before, as nearly always: what each link gets was summed up beforehand. An id that is known fails
 * the whole statement.
 */
const COUNT_NEW = `WITH fresh AS (
    INSERT INTO counted_clicks (id) SELECT unnest($1::uuid[]) RETURNING id
  ), purged AS (${PURGE}), counted AS MATERIALIZED (
    SELECT code COLLATE "C" AS code, clicks FROM unnest($2::text[], $3::bigint[]) AS counted (code, clicks)
    -- Ids first: what nothing asks for, PostgreSQL does last.
    WHERE (SELECT count(*) FROM fresh) > 0
  ) ${ADD}`;

/** Whichever were counted before, and however often one is among them. */
const COUNT_FRESH = `WITH clicks AS (
    SELECT DISTINCT ON (id, code) id, code, count
    FROM unnest($1::uuid[], $2::text[], $3::int[]) AS clicks (id, code, count) ORDER BY id, code
  ), fresh AS (
    INSERT INTO counted_clicks (id) SELECT DISTINCT id FROM clicks ORDER BY id ON CONFLICT DO NOTHING RETURNING id
  ), purged AS (${PURGE}), counted AS MATERIALIZED (
    SELECT code COLLATE "C" AS code, sum(count) AS clicks FROM clicks
    WHERE (id IN (SELECT id FROM fresh)) IS TRUE GROUP BY 1 ORDER BY 1
  ) ${ADD}`;

/**
 * Settings of a connection that counts. One plan for all statements, since planning anew with their values takes a third
 * of the time; it looks each link up by its code, in the order given, however few or many links there are.
 */
export const PLANNING = [
  '-c plan_cache_mode=force_generic_plan',
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off',
].join(' ');

/** SQLSTATE of an id that is in the table already. */
const KNOWN_ALREADY = '23505';

/** The lowest UUID of its time. */
const LOWEST = '00000000-0000-0000-0000-000000000000';

/** For the driver, under the name by which PostgreSQL keeps its plan. */
interface CountStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/**
 * Counts what was not counted before: the application's clicks as the click worker's. Clicks of one id are counted together,
 * or not at all.
 *
 * A statement, so one round trip and one transaction: ids and what they count are committed together. Ids first, in their
 * order, then links in the order of their codes: no two of these wait for each other in a circle. (The order of the
 * links is by the plan that {@link PLANNING} asks for; were it another, PostgreSQL would break the circle, and the clicks
 * come again.) An id that another transaction counts at this moment waits for its outcome. Clicks of a link that does not
 * exist are remembered, and count for nothing. Where an id turns out to be known, a second statement, which passes it by.
 *
 * @param run runs a statement in a transaction of its own
 * @param clicks with ids and codes in the form of a click message's
 * @param now in ms since 1970: ids older than {@link CLICK_MEMORY_MS} are forgotten
 * @throws Error as `run` does
 */
export async function countClicks(
  run: (statement: CountStatement) => Promise<unknown>,
  clicks: readonly Click[],
  now: number,
): Promise<void> {
  const limits = [clickId(now - CLICK_MEMORY_MS, LOWEST), 2 * clicks.length + PURGED_AT_LEAST];
  try {
    await run({ name: 'clicks-count-new', text: COUNT_NEW, values: [...summed(clicks), ...limits] });
  } catch (error) {
    if (sqlState(error) !== KNOWN_ALREADY) {
      throw error;
    }
    await run({ name: 'clicks-count-fresh', text: COUNT_FRESH, values: [...listed(clicks), ...limits] });
  }
}

/** Ids in their order, and how many clicks each link gets, in the order of the codes. What comes twice counts once. */
function summed(clicks: readonly Click[]): readonly string[] {
  const sums = new Map<string, number>();
  new Map(clicks.map((click) => [click.id + click.code, click])).forEach(({ code, count }) =>
    sums.set(code, (sums.get(code) ?? 0) + count),
  );
  const codes = [...sums.keys()].sort();
  return [
    toArray([...new Set(clicks.map(({ id }) => id))].sort()),
    toArray(codes.map((code) => `"${code}"`)),
    toArray(codes.map((code) => sums.get(code) ?? 0)),
  ];
}

function listed(clicks: readonly Click[]): readonly string[] {
  return [
    toArray(clicks.map(({ id }) => id)),
    toArray(clicks.map(({ code }) => `"${code}"`)),
    toArray(clicks.map(({ count }) => count)),
  ];
}

/** As PostgreSQL reads it: there is nothing in ids and codes to escape, and the driver would look at each. */
function toArray(items: readonly (string | number)[]): string {
  return `{${items.join(',')}}`;
}
