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
import { DELETED, EXPIRED, type Targets } from './targets';
import { checkUrl } from './urls';

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
   * Makes a link. With an idempotency key, a repeated call answers what the first one did.
   *
   * @param ownHosts host names by which the client may have reached us: no link leads there
   * @throws DatabaseUnavailable
   */
  create(request: LinkRequest, ownHosts: readonly string[], idempotencyKey?: string): Promise<Created>;
  /**
   * Always asks the database, so its clicks are as new as the last batch.
   *
   * @param notBefore what the asker has written last
   * @throws DatabaseUnavailable, also where it cannot be told whether there is such a link
   */
  show(code: string, notBefore?: Position): Promise<Shown>;
  /** Deletes a link for good; undefined where there never was one. @throws DatabaseUnavailable */
  remove(code: string): Promise<Removed | undefined>;
}

/** Making, showing and deleting links. */
export function createLinkService(links: LinkReader & LinkWriter, targets: Targets): Links {
  return {
    async create(request, ownHosts, idempotencyKey) {
      const checked = checkUrl(request.url, ownHosts);
      if (!checked.allowed) {
        return { kind: 'not-allowed', reason: checked.reason };
      }
      const alias = request.alias ?? undefined;
      if (alias !== undefined && isReserved(alias)) {
        return taken(alias);
      }
      const expiresAt = typeof request.expiresAt === 'string' ? new Date(request.expiresAt) : null;
      // A leap second is well-formed and yet no date to JavaScript; its time is NaN, which is not later than now.
      if (expiresAt !== null && !(expiresAt.getTime() > Date.now())) {
        return { kind: 'expired', reason: 'The expiry (expiresAt) must be a moment in the future.' };
      }
      const once =
        idempotencyKey === undefined ? undefined : { key: idempotencyKey, fingerprint: digest(request) };
      const inserted = await insert(links, { url: checked.href, alias, expiresAt }, once);
      if ('link' in inserted) {
        await targets.made(inserted.link);
      }
      return toCreated(inserted, alias);
    },
    async show(code, notBefore) {
      return toShown(await links.find(code, notBefore));
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

function toCreated(inserted: Inserted, alias: string | undefined): Created {
  switch (inserted.kind) {
    case 'created':
      return { kind: 'created', link: inserted.link, position: inserted.position };
    case 'replayed':
      // As it was answered the first time: before anybody could click.
      return { kind: 'created', link: { ...inserted.link, clicks: 0 }, position: inserted.position };
    case 'code-taken':
      return taken(alias ?? 'a random code');
    case 'key-reused':
      return { kind: 'key-reused', reason: 'This Idempotency-Key was used for another request.' };
  }
}

function toShown(read: Read<StoredLink | undefined>): Shown {
  const link = certain(read);
  if (link === undefined) {
    return { kind: 'unknown' };
  }
  const reason = goneBecause(link);
  return reason === undefined ? { kind: 'found', link, source: read.source } : { kind: 'gone', reason };
}

function goneBecause({ deletedAt, expiresAt }: StoredLink): string | undefined {
  if (deletedAt !== null) {
    return DELETED;
  }
  return expiresAt !== null && expiresAt.getTime() <= Date.now() ? EXPIRED : undefined;
}

function taken(alias: string): Created {
  return { kind: 'taken', reason: `The alias "${alias}" is taken.` };
}

/** Of the meaning of a request, not its spelling: a retry may order its members differently. */
function digest({ url, alias, expiresAt }: LinkRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([url, alias ?? null, expiresAt ?? null]))
    .digest('base64');
}
