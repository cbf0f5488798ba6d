/** What PostgreSQL says of an error, by SQLSTATE. */

/** A password that is not, or no longer, right. */
export const WRONG_PASSWORD = '28P01';

/** Of an error of PostgreSQL; empty of any other. */
export function sqlState(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : '';
}
