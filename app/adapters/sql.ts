/** A statement under the name by which PostgreSQL keeps its plan; a name must stand for one text only. */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /** Never set: it carries the type of a row to where the statement is run. */
  readonly row?: Row;
}

/** What a query parameter may be. */
export type Parameter = Value | readonly Value[];

type Value = string | number | boolean | Date | null;

/** One connection, or whatever stands in for one; inside a transaction, that transaction. */
export interface Session {
  query<Row extends object>(
    statement: Statement<Row>,
    parameters: readonly Parameter[],
  ): Promise<readonly Row[]>;
}

/** Runs statements and transactions; implemented by PostgreSQL over the network and by the embedded one. */
export interface Sql extends Session {
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
}

/** A connection for migrations, where a statement may take minutes and one text may hold several statements. */
export interface MigrationSession extends Session {
  script(text: string): Promise<void>;
}
