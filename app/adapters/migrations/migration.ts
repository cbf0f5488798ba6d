/** One step forward of the schema; there is no step back, a rollback of the code runs on the newer schema. */
export interface Migration {
  /** 1, 2, 3 …, without a gap. */
  readonly number: number;
  readonly name: string;
  /**
   * The oldest code that works on the schema after this step, as the number of the last migration that this code
   * knows. Old and new servers run at once during a deployment, so a step that only adds keeps the value of the step
   * before it; one that takes away what code n−1 uses says n, and is deployed once no such code runs.
   */
  readonly oldestCompatible: number;
  /** SQL; runs inside a transaction, so nothing that refuses one (`CREATE INDEX CONCURRENTLY`). */
  readonly script: string;
}
