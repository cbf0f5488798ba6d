import { LRUCache } from 'lru-cache';
import { DatabaseUnavailable, type LinkReader, type Position, type StoredLink } from '../adapters/database';
import { checkUrl } from './urls';

/**
 * How long a process answers from memory, in ms, counted from when the read of the database *started*. A link is
 * immutable until it is deleted, so this is the whole bound: whatever was committed before a read started is in it, and
 * one second after a deletion's commit no process has an older read left. No process has to be told, so none can miss it.
 */
export const TARGET_TTL_MS = 1_000;

/** A hot target is read again in the background after this, in ms, so that its visitors never wait for the database. */
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

/** Where a code leads. */
export type Target =
  | {
      readonly kind: 'active';
      readonly url: string;
      /** Infinity where it never expires; ms since 1970. */ readonly expiresAt: number;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'gone'; readonly reason: string };

/** A target read from the database. */
export interface Found {
  readonly target: Target;
  /** Who answered, and how long that took in ms. */
  readonly read: { readonly source: string; readonly duration: number };
}

export interface Targets {
  /** From memory, without waiting: undefined where it holds nothing fresh. */
  hot(code: string): Target | undefined;
  /**
   * From the database; those who ask for one code at the same time share one read.
   *
   * @param notBefore what the asker has written last: its read is its own
   * @throws DatabaseUnavailable, also where it cannot be told whether there is such a link
   */
  load(code: string, notBefore?: Position): Promise<Found>;
  /** Drops what memory holds, and what a read under way would put there. */
  forget(code: string): void;
}

interface Entry {
  readonly target: Target;
  readonly refreshAt: number;
  readonly freshUntil: number;
}

/** The in-process layer in front of the database, for redirects. */
export function createTargets(links: LinkReader, ownHosts: readonly string[]): Targets {
  const known = new LRUCache<string, Entry>({ max: MAX_TARGETS });
  // Apart, so that a scan of random codes evicts no link that is in use.
  const unknown = new LRUCache<string, Entry>({ max: MAX_UNKNOWN });
  const underWay = new Map<string, Promise<Found>>();

  async function read(code: string, notBefore?: Position): Promise<Found> {
    const startedAt = performance.now();
    const { value, source, confirmed } = await links.find(code, notBefore);
    if (value === undefined && !confirmed) {
      throw new DatabaseUnavailable('the primary cannot say whether there is such a link');
    }
    return { target: toTarget(value, ownHosts), read: { source, duration: performance.now() - startedAt } };
  }

  function remember(code: string, target: Target, startedAt: number): void {
    const ttl = target.kind === 'unknown' ? UNKNOWN_TTL_MS : TARGET_TTL_MS;
    const refreshAt = startedAt + (target.kind === 'unknown' ? ttl : REFRESH_AFTER_MS);
    (target.kind === 'unknown' ? unknown : known).set(code, {
      target,
      refreshAt,
      freshUntil: startedAt + ttl,
    });
  }

  function load(code: string, notBefore?: Position): Promise<Found> {
    const other = notBefore === undefined ? underWay.get(code) : undefined;
    if (other !== undefined) {
      return other;
    }
    const startedAt = performance.now();
    const reading = read(code, notBefore).then(
      (found) => {
        // Forgotten meanwhile: whoever waits gets the answer, memory does not.
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

  return {
    hot(code) {
      const entry = known.get(code) ?? unknown.get(code);
      const now = performance.now();
      if (entry === undefined || now >= entry.freshUntil) {
        return undefined;
      }
      if (now >= entry.refreshAt && !underWay.has(code)) {
        // If it fails, the entry runs out and the next visitor hears of it.
        load(code).catch(() => undefined);
      }
      return entry.target;
    },
    load,
    forget(code) {
      known.delete(code);
      unknown.delete(code);
      underWay.delete(code);
    },
  };
}

/** The rules for URLs are applied again: they may have been tightened since the link was made. */
function toTarget(link: StoredLink | undefined, ownHosts: readonly string[]): Target {
  if (link === undefined) {
    return { kind: 'unknown' };
  }
  if (link.deletedAt !== null) {
    return { kind: 'gone', reason: DELETED };
  }
  const checked = checkUrl(link.url, ownHosts);
  return checked.allowed
    ? { kind: 'active', url: checked.href, expiresAt: link.expiresAt?.getTime() ?? Infinity }
    : { kind: 'gone', reason: 'This link leads to an address that is no longer allowed.' };
}
