/** One line of JSON, which CloudWatch makes metrics of: fields, then a sentence. */
export function log(level: 'info' | 'error', fields: object, sentence: string): void {
  console[level](JSON.stringify({ level, ...fields, msg: sentence }));
}

/** What went wrong, in its own words. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
