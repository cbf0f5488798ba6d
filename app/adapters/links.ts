import type { Click } from '../../contract/click-message';
import { countClicks } from '../../contract/count-clicks';
import {
  DatabaseUnavailable,
  MAX_DELETIONS,
  type Deletion,
  type DeletionReader,
  type Inserted,
  type LinkReader,
  type LinkWriter,
  type NewLink,
  type Once,
  type StoredLink,
} from './database';
import { gather } from './gather';
import type { Session, Sql, Statement } from './sql';

/** How long an `Idempotency-Key` is remembered; a client that retries later than a day has given up. */
const KEY_LIFETIME = '24 hours';

/** Expired keys removed with each write: more than one write adds, so the table does not grow for ever. */
const PURGED_PER_WRITE = 10;

/** Counts as float8, exact up to 2^53: the drivers make a number of it, and a string or a bigint of an int8. */
const COLUMNS = `links.code, links.url, links.created_at AS "createdAt", links.expires_at AS "expiresAt",
  links.deleted_at AS "deletedAt", links.clicks::float8 AS clicks,
  links.version::float8 AS version`;

const FIND: Statement<StoredLink> = {
  name: 'links-find',
  text: `SELECT ${COLUMNS} FROM links WHERE code = ANY ($1)`,
};

const INSERT: Statement<StoredLink> = {
  name: 'links-insert',
  text: `INSERT INTO links (code, url, alias, expires_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::timestamptz[])
    ON CONFLICT (code) DO NOTHING RETURNING ${COLUMNS}`,
};

const MARK_DELETED: Statement<{ version: number }> = {
  name: 'link-mark-deleted',
  text: `UPDATE links SET version = version + CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END,
      deleted_at = coalesce(deleted_at, now())
    WHERE code = $1 RETURNING version::float8 AS version`,
};

/** The moment of a deletion is that of its statement, which its commit may follow by as long as a server was frozen. */
const DELETIONS: Statement<Deletion> = {
  name: 'link-deletions',
  text: `SELECT code, version::float8 AS version FROM links
    WHERE deleted_at > now() - $1::float8 * interval '1 millisecond'
    ORDER BY deleted_at DESC LIMIT ${MAX_DELETIONS}`,
};

/** Waits for a concurrent holder of the key, and takes over a key that has expired. */
const CLAIM_KEY: Statement<{ key: string }> = {
  name: 'key-claim',
  text: `INSERT INTO idempotency_keys (key, fingerprint, code, expires_at)
    VALUES ($1, $2, $3, now() + interval '${KEY_LIFETIME}')
    ON CONFLICT (key) DO UPDATE
      SET fingerprint = excluded.fingerprint, code = excluded.code, expires_at = excluded.expires_at
      WHERE idempotency_keys.expires_at <= now()
    RETURNING key`,
};

const RELEASE_KEY: Statement<object> = {
  name: 'key-release',
  text: 'DELETE FROM idempotency_keys WHERE key = $1',
};

const REPLAY: Statement<StoredLink & { fingerprint: string }> = {
  name: 'key-replay',
  text: `SELECT fingerprint, ${COLUMNS}
    FROM idempotency_keys JOIN links ON links.code = idempotency_keys.code
    WHERE key = $1 AND idempotency_keys.expires_at > now()`,
};

const PURGE_KEYS: Statement<object> = {
  name: 'key-purge',
  text: `DELETE FROM idempotency_keys WHERE key IN
    (SELECT key FROM idempotency_keys WHERE expires_at <= now() LIMIT ${PURGED_PER_WRITE} FOR UPDATE SKIP LOCKED)`,
};

/** The links of one PostgreSQL, whichever way it is reached. */
export function createLinks(sql: Sql): LinkReader & LinkWriter & DeletionReader {
  const find = gather((codes: readonly string[]) => findLinks(sql, codes));
  const writer = createLinkWriter(sql);
  const insert = gather((links: readonly NewLink[]) => insertLinks(sql, links));
  return {
    ...writer,
    insert: async (link, once) =>
      once === undefined ? ((await insert(link)) ?? CODE_TAKEN) : writer.insert(link, once),
    async find(code) {
      return { value: await find(code), ...OF_THE_PRIMARY };
    },
    async deletions(within) {
      return { value: await findDeletions(sql, within), ...OF_THE_PRIMARY };
    },
  };
}

/** The answer to a request for which no link was created. */
export const CODE_TAKEN = { kind: 'code-taken' } as const;

const OF_THE_PRIMARY = { source: 'primary', confirmed: true };

/** Makes, deletes and counts on one PostgreSQL, or on one connection to it. */
export function createLinkWriter(sql: Sql): LinkWriter {
  return {
    insert: (link, once) =>
      once === undefined
        ? insertLink(sql, link)
        : sql.transaction((session) => insertOnce(session, link, once)),
    replay: (once) => replay(sql, once),
    async markDeleted(code) {
      const [deleted] = await sql.query(MARK_DELETED, [code]);
      return deleted;
    },
    async addClicks(batches) {
      const clicks = batches.flatMap(({ id, counts }) =>
        Array.from(counts, ([code, count]): Click => ({ id, code, count })),
      );
      await countClicks(({ values, ...statement }) => sql.query(statement, values), clicks, Date.now());
    },
  };
}

/** The latest deletions, by any server. */
export function findDeletions(session: Session, within: number): Promise<readonly Deletion[]> {
  return session.query(DELETIONS, [within]);
}

/** The rows of codes, as far as there are any, by any server. */
export async function findLinks(
  session: Session,
  codes: readonly string[],
): Promise<ReadonlyMap<string, StoredLink>> {
  const links = await session.query(FIND, [codes]);
  return new Map(links.map((link) => [link.code, link]));
}

async function insertLink(session: Session, link: NewLink): Promise<Inserted> {
  return (await insertLinks(session, [link])).get(link) ?? CODE_TAKEN;
}

/**
 * Stores several links, all or none; those whose code is taken, by another link or by one before them, are not among what
 * was created. In the order of their codes: two servers that store the same ones would deadlock otherwise.
 */
export async function insertLinks(
  session: Session,
  links: readonly NewLink[],
): Promise<ReadonlyMap<NewLink, Inserted>> {
  const firsts = new Map([...links].reverse().map((link) => [link.code, link]));
  const sorted = [...firsts.values()].sort((one, other) => (one.code < other.code ? -1 : 1));
  const rows = await session.query(INSERT, [
    sorted.map(({ code }) => code),
    sorted.map(({ url }) => url),
    sorted.map(({ alias }) => alias),
    sorted.map(({ expiresAt }) => expiresAt?.toISOString() ?? null),
  ]);
  const created = new Map(rows.map((row) => [row.code, row]));
  return new Map(
    sorted.flatMap((link) => {
      const row = created.get(link.code);
      return row === undefined ? [] : [[link, { kind: 'created', link: row }]];
    }),
  );
}

/** Inside a transaction: the key first, because a second request with it must wait here for the first. */
async function insertOnce(session: Session, link: NewLink, once: Once): Promise<Inserted> {
  const [claimed] = await session.query(CLAIM_KEY, [once.key, once.fingerprint, link.code]);
  if (claimed === undefined) {
    const first = await replay(session, once);
    if (first === undefined) {
      // The key expired and was purged between the two statements.
      throw new DatabaseUnavailable('the idempotency key has just expired');
    }
    return first;
  }
  const inserted = await insertLink(session, link);
  await (inserted.kind === 'created'
    ? session.query(PURGE_KEYS, [])
    : session.query(RELEASE_KEY, [once.key]));
  return inserted;
}

async function replay(session: Session, once: Once): Promise<Inserted | undefined> {
  const [first] = await session.query(REPLAY, [once.key]);
  if (first === undefined) {
    return undefined;
  }
  return first.fingerprint === once.fingerprint ? { kind: 'replayed', link: first } : { kind: 'key-reused' };
}
