import { CLICK_MEMORY_MS, clickId, type Click } from './click-message';

/**
 * How many forgotten ids are deleted at least with each statement, beyond twice as many as it adds: the table shrinks
 * again after a burst, and no statement deletes for long.
 */
const PURGED_AT_LEAST = 100;

/**
 * One statement, so one round trip and one transaction: the ids and what they count are committed together. Ids first,
 * in their order, then links in the order of their codes: no two of these wait for each other in a circle. (The order of
 * the links is that of `counted`, by the plan that {@link PLANNING} asks for; were it another, PostgreSQL would break the
 * circle, and the clicks come again.) An id that another transaction counts at this moment waits for its outcome. Clicks
 * of a link that does not exist are remembered, and count for nothing.
 */
const TEXT = `WITH clicks AS (
    SELECT DISTINCT ON (id, code) id, code, count
    FROM unnest($1::uuid[], $2::text[], $3::int[]) AS clicks (id, code, count) ORDER BY id, code
  ), fresh AS (
    INSERT INTO counted_clicks (id) SELECT DISTINCT id FROM clicks ORDER BY id ON CONFLICT DO NOTHING RETURNING id
  ), purged AS (
    DELETE FROM counted_clicks WHERE id IN (
      SELECT id FROM counted_clicks WHERE id < $4 ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED)
  ), counted AS MATERIALIZED (
    SELECT code COLLATE "C" AS code, sum(count) AS clicks FROM clicks
    WHERE (id IN (SELECT id FROM fresh)) IS TRUE GROUP BY 1 ORDER BY 1
  )
  UPDATE links SET clicks = links.clicks + counted.clicks FROM counted WHERE links.code = counted.code`;

/**
 * Settings of a connection that counts. One plan for all statements, since planning anew with their values takes a third
 * of the time; it looks each link up by its code, in the order given, however few or many links there are.
 */
export const PLANNING = [
  '-c plan_cache_mode=force_generic_plan',
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off',
].join(' ');

/** The lowest UUID of its time. */
const LOWEST = '00000000-0000-0000-0000-000000000000';

/** For the driver, under the name by which PostgreSQL keeps its plan. */
export interface CountStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/**
 * Counts what was not counted before: the application's clicks as the click worker's. Clicks of one id are counted together,
 * or not at all.
 *
 * @param clicks with ids and codes in the form of a click message's
 * @param now in ms since 1970: ids older than {@link CLICK_MEMORY_MS} are forgotten
 */
export function countClicks(clicks: readonly Click[], now: number): CountStatement {
  return {
    name: 'count-clicks',
    text: TEXT,
    values: [
      // Arrays as PostgreSQL reads them: there is nothing in them to escape, and the driver would look at each.
      `{${clicks.map(({ id }) => id).join(',')}}`,
      `{${clicks.map(({ code }) => `"${code}"`).join(',')}}`,
      `{${clicks.map(({ count }) => count).join(',')}}`,
      clickId(now - CLICK_MEMORY_MS, LOWEST),
      2 * clicks.length + PURGED_AT_LEAST,
    ],
  };
}
