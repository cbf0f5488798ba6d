/** The part of the application's log that adapters and services write to (pino's own form: fields, then a sentence). */
export interface Log {
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}
