/**
 * Environment variables with paths of empty databases that new ones are copies of, for tests: they start dozens, and to make
 * one takes several times as long as to copy it.
 */

/** PostgreSQL's, password included; the first server that finds none there makes it. @default - this checkout keeps one */
export const EMPTY_DATABASE = 'ZERO_TO_MILLION_EMPTY_DATABASE';

/** The embedded one's; where there is none, a new one is made as ever. */
export const EMPTY_EMBEDDED = 'ZERO_TO_MILLION_EMPTY_EMBEDDED';
