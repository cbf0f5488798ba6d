/**
 * What the application asks of its database. Reads and writes are apart, because they may be answered by
 * different servers; whoever implements this chooses which.
 */
export interface Database {
  readonly links: LinkReader & LinkWriter;
  readonly health: DatabaseHealth;
  /** Ends every connection; running statements are given a moment to finish. */
  close(): Promise<void>;
}

export interface LinkReader {
  /**
   * The row of a code, deleted or not; undefined where there is none.
   *
   * @throws DatabaseUnavailable
   */
  find(code: string): Promise<Read<StoredLink | undefined>>;
}

export interface LinkWriter {
  /**
   * Stores a link. With `once`, a repeated call with the same key answers what the first one did: the key and the
   * link are committed together or not at all.
   *
   * @throws DatabaseUnavailable, also where the commit's outcome is unknown
   */
  insert(link: NewLink, once?: Once): Promise<Inserted>;
  /**
   * Marks a link as deleted; it is never unmarked. False where no such code exists.
   *
   * @throws DatabaseUnavailable
   */
  markDeleted(code: string): Promise<boolean>;
  /**
   * Adds counted clicks to their links. A batch is applied at most once, however often it is sent: its id is
   * committed with it.
   *
   * @throws DatabaseUnavailable; the batch may or may not have been applied then, so send the same one again
   */
  addClicks(batch: ClickBatch): Promise<void>;
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

/** An answer and who gave it. */
export interface Read<Value> {
  readonly value: Value;
  /** `primary`; a replica has a name of its own. */
  readonly source: string;
}

export interface StoredLink {
  readonly code: string;
  readonly url: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly deletedAt: Date | null;
  readonly clicks: number;
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
  | { readonly kind: 'created' | 'replayed'; readonly link: StoredLink }
  /** `code-taken`: another link has the code. `key-reused`: the key stands for another request. */
  | { readonly kind: 'code-taken' | 'key-reused' };

export interface ClickBatch {
  /** A UUID, kept over retries. */
  readonly id: string;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * The database did not answer, refused, or answered that it cannot now (read-only, shutting down, out of
 * connections). The same request may succeed in a moment. The reason is in `cause`.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  constructor(cause: unknown) {
    super(`The database is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
