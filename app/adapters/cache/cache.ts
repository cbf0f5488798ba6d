import type { Entry } from './entry';

/**
 * A cache that servers share, as services see it. It may be slow, frozen, gone or full of nonsense: that costs a
 * request some tens of ms at most, now and then, and never fails it.
 */
export interface Cache {
  /** What is known of a code; undefined where nothing is, for whatever reason. Never rejects. */
  get(code: string): Promise<Entry | undefined>;
  /**
   * Stores what the database said, unless something newer is there: whoever comes late with an old row changes
   * nothing. Resolves when it is stored or given up. Never rejects.
   */
  put(code: string, entry: Entry): Promise<void>;
  /**
   * Stores that a link was deleted, and tells the other servers. Where that fails it is tried again, as long as an
   * older entry may live. Resolves after the first attempt. Never rejects.
   *
   * @param version of the deleted row
   */
  markDeleted(code: string, version: number): Promise<void>;
  /** Hears of every link that any server, this one too, has marked as deleted; a message may get lost. */
  onDeleted(listener: (code: string) => void): void;
  close(): void;
}
