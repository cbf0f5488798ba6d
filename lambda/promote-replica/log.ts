/**
 * One line of JSON, which CloudWatch makes metrics of: fields, then a sentence. Written as it is, for Lambda puts words
 * of its own before what the console writes, and CloudWatch would find no fields.
 */
export function log(level: 'info' | 'error', fields: object, sentence: string): void {
  process.stdout.write(`${JSON.stringify({ level, ...fields, msg: sentence })}\n`);
}

/** What went wrong, in its own words. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
