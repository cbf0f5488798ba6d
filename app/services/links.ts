import { createHash } from 'node:crypto';
import {
  certain,
  type Inserted,
  type LinkReader,
  type LinkWriter,
  type Once,
  type Position,
  type Read,
  type StoredLink,
} from '../adapters/database';
import { CODE_LENGTH, isReserved, randomCode } from './codes';
import { DELETED, EXPIRED, NOT_ALLOWED, type Targets } from './targets';
import { checkUrl } from './urls';
import { readExpiry } from './expiry';

/** A random code is taken once in 62^7 ÷ links; that five are is a sign of something else. */
const CODE_ATTEMPTS = 5;

/** What a client asks for. */
export interface LinkRequest {
  readonly url: string;
  readonly alias?: string | null;
  readonly expiresAt?: string | null;
}

export interface Link {
  readonly code: string;
  readonly url: string;
  readonly clicks: number;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

export type Created =
  | {
      readonly kind: 'created';
      readonly link: Link;
      /** What to show when reading it, to find it at once. */
      readonly position: Position | undefined;
    }
  | { readonly kind: 'not-allowed' | 'taken' | 'key-reused' | 'expired'; readonly reason: string };

type Shown =
  | { readonly kind: 'found'; readonly link: Link; readonly source: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'gone'; readonly reason: string };

interface Removed {
  /** What to show when reading it, to find it deleted at once. */
  readonly position: Position | undefined;
}

export interface Links {
  /**
   * Makes a link. With an idempotency key, a repeated call answers what the first one did, also where it would be refused by now.
   *
   * @param ownHosts host names by which the client may have reached us: no link leads there
   * @throws DatabaseUnavailable
   */
  create(request: LinkRequest, ownHosts: readonly string[], idempotencyKey?: string): Promise<Created>;
  /**
   * Always asks the database, so its clicks are as new as the last batch.
   *
   * @param ownHosts as for `create`: a link that leads there is gone for its visitors, and so it is here
   * @param minPosition what the asker has written last
   * @throws DatabaseUnavailable, also where it cannot be told whether there is such a link
   */
  show(code: string, ownHosts: readonly string[], minPosition?: Position): Promise<Shown>;
  /** Deletes a link for good; undefined where there never was one. @throws DatabaseUnavailable */
  remove(code: string): Promise<Removed | undefined>;
}

/** Making, showing and deleting links. */
export function createLinkService(links: LinkReader & LinkWriter, targets: Targets): Links {
  return {
    async create(request, ownHosts, idempotencyKey) {
      const once =
        idempotencyKey === undefined ? undefined : { key: idempotencyKey, fingerprint: digest(request) };
      const wanted = understand(request, ownHosts);
      if ('reason' in wanted) {
        // What was allowed the first time is answered as the first time, whatever has changed since: a rule, or the hour.
        const first = once && (await links.replay(once));
        return first === undefined ? wanted : toCreated(first, wanted);
      }
      const inserted = await insert(links, wanted, once);
      if ('link' in inserted) {
        await targets.made(inserted.link);
      }
      return toCreated(inserted, taken(wanted.alias ?? 'a random code'));
    },
    async show(code, ownHosts, minPosition) {
      return toShown(await links.find(code, minPosition), ownHosts);
    },
    async remove(code) {
      const deleted = await links.markDeleted(code);
      if (deleted !== undefined) {
        await targets.deleted(code, deleted.version);
      }
      return deleted && { position: deleted.position };
    },
  };
}

interface Wanted {
  readonly url: string;
  readonly alias: string | undefined;
  readonly expiresAt: Date | null;
}

type Refused = Exclude<Created, { readonly kind: 'created' }>;

/** What a request asks for, or why it is refused without asking the database. */
function understand(request: LinkRequest, ownHosts: readonly string[]): Wanted | Refused {
  const checked = checkUrl(request.url, ownHosts);
  if (!checked.allowed) {
    return { kind: 'not-allowed', reason: checked.reason };
  }
  const alias = request.alias ?? undefined;
  if (alias !== undefined && isReserved(alias)) {
    return taken(alias);
  }
  const expiresAt = typeof request.expiresAt === 'string' ? readExpiry(request.expiresAt) : null;
  if (expiresAt === undefined || (expiresAt !== null && expiresAt.getTime() <= Date.now())) {
    return { kind: 'expired', reason: 'The expiry (expiresAt) must be a moment in the future.' };
  }
  return { url: checked.href, alias, expiresAt };
}

/** With an alias there is one attempt; without, a taken code is replaced by another. */
async function insert(links: LinkWriter, wanted: Wanted, once: Once | undefined): Promise<Inserted> {
  const attempts = wanted.alias === undefined ? CODE_ATTEMPTS : 1;
  let inserted: Inserted = { kind: 'code-taken' };
  for (let attempt = 0; attempt < attempts && inserted.kind === 'code-taken'; attempt += 1) {
    inserted = await links.insert(
      {
        code: wanted.alias ?? randomCode(CODE_LENGTH + attempt),
        url: wanted.url,
        alias: wanted.alias !== undefined,
        expiresAt: wanted.expiresAt,
      },
      once,
    );
  }
  return inserted;
}

/** @param refused what to answer where the code is taken */
function toCreated(inserted: Inserted, refused: Refused): Created {
  switch (inserted.kind) {
    case 'created':
    case 'replayed':
      // As it was answered the first time: before anybody could click.
      return { kind: 'created', link: { ...inserted.link, clicks: 0 }, position: inserted.position };
    case 'code-taken':
      return refused;
    case 'key-reused':
      return { kind: 'key-reused', reason: 'This Idempotency-Key was used for another request.' };
  }
}

function toShown(read: Read<StoredLink | undefined>, ownHosts: readonly string[]): Shown {
  const link = certain(read);
  if (link === undefined) {
    return { kind: 'unknown' };
  }
  const reason = goneBecause(link, ownHosts);
  return reason === undefined ? { kind: 'found', link, source: read.source } : { kind: 'gone', reason };
}

function goneBecause(
  { deletedAt, expiresAt, url }: StoredLink,
  ownHosts: readonly string[],
): string | undefined {
  if (deletedAt !== null) {
    return DELETED;
  }
  if (!checkUrl(url, ownHosts).allowed) {
    return NOT_ALLOWED;
  }
  return expiresAt !== null && expiresAt.getTime() <= Date.now() ? EXPIRED : undefined;
}

function taken(alias: string): Refused {
  return { kind: 'taken', reason: `The alias "${alias}" is taken.` };
}

/** Of the meaning of a request, not its spelling: a retry may order its members differently. */
function digest({ url, alias, expiresAt }: LinkRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([url, alias ?? null, expiresAt ?? null]))
    .digest('base64');
}
