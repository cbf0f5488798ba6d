import type { ClickBatch } from '../../contract/click-message';

/**
 * What the application asks of its database. Reads and writes are apart, because they may be answered by
 * different servers; the implementation chooses which.
 */
export interface Database {
  readonly links: LinkReader & LinkWriter & DeletionReader;
  readonly health: DatabaseHealth;
  /** Ends every connection; running statements are given a moment to finish. */
  close(): Promise<void>;
}

export interface LinkReader {
  /**
   * The row of a code, deleted or not; undefined where there is none.
   *
   * @param minPosition what the asker has written: the answer is from then or later wherever that can be had. It is
   *   a wish, not a condition: with the primary gone, an older answer comes, and says that it is not confirmed
   * @throws DatabaseUnavailable
   */
  find(code: string, minPosition?: Position): Promise<Read<StoredLink | undefined>>;
}

export interface DeletionReader {
  /**
   * The links that were deleted in the last so many ms, the latest first, {@link MAX_DELETIONS} at most. Confirmed
   * where the primary gave the list.
   *
   * @throws DatabaseUnavailable
   */
  deletions(within: number): Promise<Read<readonly Deletion[]>>;
}

export interface LinkWriter extends ClickWriter {
  /**
   * Stores a link. With `once`, a repeated call with the same key answers what the first one did: the key and the
   * link are committed together or not at all.
   *
   * @throws DatabaseUnavailable, also where the commit's outcome is unknown
   */
  insert(link: NewLink, once?: Once): Promise<Inserted>;
  /**
   * What an earlier call with the same key has made; undefined where there was none.
   *
   * @throws DatabaseUnavailable
   */
  replay(once: Once): Promise<Inserted | undefined>;
  /**
   * Marks a link as deleted; it is never unmarked. Undefined where no such code exists.
   *
   * @throws DatabaseUnavailable
   */
  markDeleted(code: string): Promise<Deleted | undefined>;
}

/** What takes clicks: the database, or the queue before it. */
export interface ClickWriter {
  /**
   * Adds counted clicks to their links, now or later. A batch counts once, by its id, however often it is sent.
   *
   * @throws ClicksNotTaken with those that are to be sent again; another error where all are, for they may or may not
   *   have been taken
   */
  addClicks(batches: readonly ClickBatch[]): Promise<void>;
}

export interface DatabaseHealth {
  /**
   * Resolves when reads are answered.
   *
   * @throws DatabaseUnavailable
   */
  canRead(): Promise<void>;
  /**
   * True when this database takes writes: it is neither in recovery nor read-only.
   *
   * @throws DatabaseUnavailable
   */
  canWrite(): Promise<boolean>;
}

/**
 * A point in the log of a database that has replicas, in bytes since its beginning. A server that has replayed the log up
 * to there shows all that was committed before.
 */
export type Position = bigint;

/** An answer and who gave it. */
export interface Read<Value> {
  readonly value: Value;
  /** `primary`, or `replica-1`, `replica-2` … */
  readonly source: string;
  /**
   * Whether the primary gave or confirmed the answer: it holds all that was committed when the read started. What is
   * not confirmed may be older; a row that is missing then may exist.
   */
  readonly confirmed: boolean;
  /** Of what is not confirmed, whether it is known to be some seconds old at most. */
  readonly isRecent?: boolean;
}

/** A link that leads nowhere any more. */
export interface Deletion {
  readonly code: string;
  /** Of the deleted row. */
  readonly version: number;
}

/** People delete links one by one: in minutes, far fewer than that. */
export const MAX_DELETIONS = 10_000;

/**
 * What was read, or undefined where there certainly is nothing.
 *
 * @throws DatabaseUnavailable where it is unknown whether there is
 */
export function certain<Value>({ value, confirmed }: Read<Value | undefined>): Value | undefined {
  if (value === undefined && !confirmed) {
    throw new DatabaseUnavailable('the primary cannot say whether there is such a link');
  }
  return value;
}

export interface StoredLink {
  readonly code: string;
  readonly url: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly deletedAt: Date | null;
  readonly clicks: number;
  /** 1 at first; more with each change of what a redirect depends on, which clicks are not. Of two rows the newer. */
  readonly version: number;
}

export interface NewLink {
  readonly code: string;
  readonly url: string;
  /** Whether a person chose the code. */
  readonly alias: boolean;
  readonly expiresAt: Date | null;
}

/** An `Idempotency-Key` and what it was first used for. */
export interface Once {
  readonly key: string;
  /** A digest of the request; the same key with another digest is refused. */
  readonly fingerprint: string;
}

export type Inserted =
  | {
      readonly kind: 'created' | 'replayed';
      readonly link: StoredLink;
      /** From where on a replica shows the link; undefined without replicas, or where it could not be learned. */
      readonly position?: Position | undefined;
    }
  /** `code-taken`: another link has the code. `key-reused`: the key stands for another request. */
  | { readonly kind: 'code-taken' | 'key-reused' };

interface Deleted {
  /** Of the deleted row. */
  readonly version: number;
  /** From where on a replica shows the deletion; undefined without replicas, or where it could not be learned. */
  readonly position?: Position | undefined;
}

/** Some batches of clicks are to be sent again, under the same ids; the others were taken. */
export class ClicksNotTaken extends Error {
  override readonly name = 'ClicksNotTaken';

  constructor(
    readonly left: readonly ClickBatch[],
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/**
 * The database did not answer, refused, or answered that it cannot now (read-only, shutting down, out of
 * connections). The same request may succeed in a moment. The reason is in `cause`.
 */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable';

  constructor(cause: unknown) {
    super(`The database is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** It answers reads, and takes no writes now: it is in recovery, or its primary is away. */
export class DatabaseReadOnly extends DatabaseUnavailable {
  override readonly name = 'DatabaseReadOnly';
}
