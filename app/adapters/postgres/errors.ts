/** What an error of PostgreSQL means to us. */
import { sqlState, WRONG_PASSWORD } from '../../../contract/sql-state';

/**
 * SQLSTATEs with which a server says that it is no longer the one to talk to: read-only after a failover, shutting
 * down, crashed, starting. Every other connection to it is as useless as the one that heard it.
 */
const SERVER_HAS_CHANGED = /^(25006|57P0[1-5])$/;

/** SQLSTATE of a write on a server in recovery, or set read-only. */
const READ_ONLY = '25006';

/** SQLSTATE classes of a server that lets this user, or anybody, not into this database: it says the same the next time. */
const NOT_LET_IN = /^(28|3D)/;

/** SQLSTATE classes that mean a mistake in our SQL: no retry helps, so they must not look like an outage. */
const OUR_MISTAKE = /^(22|23|42)/;

export function saysServerHasChanged(error: unknown): boolean {
  return SERVER_HAS_CHANGED.test(sqlState(error));
}

export function saysReadOnly(error: unknown): boolean {
  return sqlState(error) === READ_ONLY;
}

export function isWrongPassword(error: unknown): boolean {
  return sqlState(error) === WRONG_PASSWORD;
}

export function isNotLetIn(error: unknown): boolean {
  return NOT_LET_IN.test(sqlState(error));
}

export function isOurMistake(error: unknown): boolean {
  return OUR_MISTAKE.test(sqlState(error));
}
