import type { Entry } from './entry';

/**
 * A cache that servers share, as services see it. It may be slow, frozen, gone or full of nonsense: that costs a
 * request some tens of ms at most, now and then, and never fails it.
 */
export interface Cache {
  /** What is known of a code; undefined where nothing is, for whatever reason. Never rejects. */
  get(code: string): Promise<Entry | undefined>;
  /**
   * Stores what the database said, unless something newer is there: an old row that comes late changes
   * nothing. Resolves with whether the cache has taken it. Never rejects.
   *
   * @param isCertain whether it may be kept for its whole lifetime; for a moment otherwise
   */
  put(code: string, entry: Entry, isCertain: boolean): Promise<boolean>;
  /**
   * Stores that a link was deleted, and tells the other servers. Resolves with whether the cache has taken it. Never
   * rejects.
   *
   * @param version of the deleted row
   */
  markDeleted(code: string, version: number): Promise<boolean>;
  /** How long an entry may live at most, in ms. */
  readonly longestLifetime: number;
  /** Hears of every link that any server, this one too, has marked as deleted; a message may get lost. */
  onDeleted(listener: (code: string) => void): void;
  close(): void;
}
