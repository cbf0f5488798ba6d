import { LRUCache } from 'lru-cache';
import type { Cache } from '../adapters/cache/cache';
import type { Entry } from '../adapters/cache/entry';
import { certain, type LinkReader, type Position, type Read, type StoredLink } from '../adapters/database';
import type { Deletions } from './deletions';
import { checkUrl } from './urls';

/**
 * How long a process answers from memory, in ms, counted from when the read of the cache or the database *started*. A
 * link is immutable until it is deleted, so this is the whole bound: what was committed, and told the cache, before a
 * read started is in it, and one second later no process has an older read left. Processes are told of deletions, too;
 * one that misses that is late by this second.
 */
export const TARGET_TTL_MS = 1_000;

/**
 * A hot target is read again in the background after this, in ms, so that its visitors never wait. An unknown code never
 * is: it runs out before.
 */
const REFRESH_AFTER_MS = 500;

/**
 * How long an unknown code is remembered, in ms: enough to hold a storm of one misspelt link off the database; short,
 * because a link made in another process under that very alias is invisible here meanwhile.
 */
const UNKNOWN_TTL_MS = 200;

/** Bounds memory: 10,000 targets of the longest URL are 20 MB, of a usual one 2 MB. */
const MAX_TARGETS = 10_000;
const MAX_UNKNOWN = 10_000;

/** Why a link leads nowhere any more. */
export const DELETED = 'This link was deleted.';
export const EXPIRED = 'This link has expired.';
export const NOT_ALLOWED = 'This link leads to an address that is no longer allowed.';

/** The source of what the cache has answered. */
export const CACHE = 'cache';

/** Where a code leads. */
export type Target =
  | {
      readonly kind: 'active';
      readonly url: string;
      /** Infinity where it never expires; ms since 1970. */ readonly expiresAt: number;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'gone'; readonly reason: string };

/** A target that memory did not hold. */
export interface Found {
  readonly target: Target;
  /** Who answered, the cache or a database server, and how long that took in ms. */
  readonly read: { readonly source: string; readonly duration: number };
}

export interface Targets {
  /** From memory, without waiting: undefined where it holds nothing fresh. */
  hot(code: string): Target | undefined;
  /**
   * From the cache, or else from the database; those who ask for one code at the same time share one read.
   *
   * @param minPosition what the asker has written last: its read is its own, and the cache is not asked
   * @throws DatabaseUnavailable, also where it cannot be told whether there is such a link
   */
  load(code: string, minPosition?: Position): Promise<Found>;
  /** Tells the cache of a link that was just made, and forgets that it was unknown. Never fails. */
  made(link: StoredLink): Promise<void>;
  /** Tells the cache and the other servers that a link was just deleted, and forgets it. Never fails. */
  deleted(code: string, version: number): Promise<void>;
}

/** A target in memory. */
interface Remembered {
  readonly target: Target;
  readonly refreshAt: number;
  readonly freshUntil: number;
}

/** The cache that servers share, and what it must not be believed about. */
export interface Cached {
  readonly cache: Cache;
  readonly deletions: Deletions;
}

/** The in-process layer in front of the cache, if there is one, and the database, for redirects. */
export function createTargets(links: LinkReader, ownHosts: readonly string[], cached?: Cached): Targets {
  const known = new LRUCache<string, Remembered>({ max: MAX_TARGETS });
  // Apart, so that a scan of random codes evicts no link that is in use.
  const unknown = new LRUCache<string, Remembered>({ max: MAX_UNKNOWN });
  const underWay = new Map<string, Promise<Found>>();

  async function read(code: string, minPosition?: Position): Promise<Found> {
    if (cached?.deletions.isKnown() === true && minPosition === undefined) {
      const startedAt = performance.now();
      const entry = await cached.cache.get(code);
      if (entry !== undefined) {
        return toFound(code, corrected(code, entry, cached), CACHE, startedAt);
      }
    }
    const startedAt = performance.now();
    const found = await links.find(code, minPosition);
    const row = toEntry(certain(found));
    const entry = cached === undefined ? row : stored(code, row, found, cached);
    return toFound(code, entry, found.source, startedAt);
  }

  /** What the cache should have said; it is told in the background. */
  function corrected(code: string, entry: Entry, { cache, deletions }: Cached): Entry {
    const correct = deletions.correct(code, entry);
    if (correct !== entry) {
      void cache.put(code, correct, true);
    }
    return correct;
  }

  /**
   * Puts a row into the cache, in the background. A link never changes but by its deletion, so what a replica says is as
   * certain as what the primary does, where the primary has listed the deletions that the replica may not show yet.
   */
  function stored(code: string, row: Entry, found: Read<unknown>, { cache, deletions }: Cached): Entry {
    const entry = deletions.correct(code, row);
    void cache.put(code, entry, found.confirmed || (found.isRecent === true && deletions.isComplete()));
    return entry;
  }

  function toFound(code: string, entry: Entry, source: string, startedAt: number): Found {
    const before = known.peek(code)?.target;
    // What was checked in this process need not be again: its rules stay the same.
    const target = before !== undefined && isSame(before, entry) ? before : toTarget(entry, ownHosts);
    return { target, read: { source, duration: performance.now() - startedAt } };
  }

  function remember(code: string, target: Target, startedAt: number): void {
    const ttl = target.kind === 'unknown' ? UNKNOWN_TTL_MS : TARGET_TTL_MS;
    (target.kind === 'unknown' ? unknown : known).set(code, {
      target,
      refreshAt: startedAt + REFRESH_AFTER_MS,
      freshUntil: startedAt + ttl,
    });
  }

  function load(code: string, minPosition?: Position): Promise<Found> {
    const other = minPosition === undefined ? underWay.get(code) : undefined;
    if (other !== undefined) {
      return other;
    }
    const startedAt = performance.now();
    const reading = read(code, minPosition).then(
      (found) => {
        // Forgotten meanwhile: requests that wait get the answer, memory does not.
        if (underWay.get(code) === reading) {
          underWay.delete(code);
          remember(code, found.target, startedAt);
        }
        return found;
      },
      (error: unknown) => {
        if (underWay.get(code) === reading) {
          underWay.delete(code);
        }
        throw error;
      },
    );
    underWay.set(code, reading);
    return reading;
  }

  /** Drops what memory holds, and what a read under way would put there. */
  function forget(code: string): void {
    known.delete(code);
    unknown.delete(code);
    underWay.delete(code);
  }

  cached?.cache.onDeleted(forget);
  cached?.deletions.onNew(forget);
  return {
    hot(code) {
      const entry = known.get(code) ?? unknown.get(code);
      const now = performance.now();
      if (entry === undefined || now >= entry.freshUntil) {
        return undefined;
      }
      // Stryker disable next-line ConditionalExpression,LogicalOperator: a load is shared anyway; this spares each visitor a promise.
      if (now >= entry.refreshAt && !underWay.has(code)) {
        // If it fails, the entry runs out and the next visitor hears of it.
        load(code).catch(() => undefined);
      }
      return entry.target;
    },
    load,
    // The cache first: what is read between the two may be remembered, and is then forgotten.
    async made(link) {
      await cached?.cache.put(link.code, toEntry(link), true);
      forget(link.code);
    },
    async deleted(code, version) {
      await cached?.deletions.add(code, version);
      forget(code);
    },
  };
}

function toEntry(link: StoredLink | undefined): Entry {
  if (link === undefined) {
    return { kind: 'unknown', version: 0 };
  }
  const { version, url, expiresAt, deletedAt } = link;
  return deletedAt === null
    ? { kind: 'link', version, url, expiresAt: expiresAt?.getTime() ?? Infinity }
    : { kind: 'deleted', version };
}

function isSame(target: Target, entry: Entry): boolean {
  return (
    // Stryker disable next-line all: only these kinds have a URL; what is taken for another is checked again.
    target.kind === 'active' &&
    // Stryker disable next-line all: as above.
    entry.kind === 'link' &&
    target.url === entry.url &&
    target.expiresAt === entry.expiresAt
  );
}

/** The rules for URLs are applied again: they may have been tightened since the link was made. */
function toTarget(entry: Entry, ownHosts: readonly string[]): Target {
  switch (entry.kind) {
    case 'unknown':
      return { kind: 'unknown' };
    case 'deleted':
      return { kind: 'gone', reason: DELETED };
    case 'link': {
      const checked = checkUrl(entry.url, ownHosts);
      return checked.allowed
        ? { kind: 'active', url: checked.href, expiresAt: entry.expiresAt }
        : { kind: 'gone', reason: NOT_ALLOWED };
    }
  }
}
