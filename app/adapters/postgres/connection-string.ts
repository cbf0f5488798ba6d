import type { Credentials, FetchCredentials } from '../credentials';
import type { Log } from '../log';
import { isWrongPassword } from './errors';

/** How long credentials are believed before they are fetched again, in ms; a refusal fetches them at once. */
const CREDENTIALS_LIFETIME_MS = 5 * 60_000;

/** A server's connection string with its credentials; `refusedOne` is the string that the server did not accept. */
export type ConnectionString = (refusedOne?: string) => Promise<string>;

/**
 * Makes connection strings for any number of servers with the same credentials. These are cached, and one fetch at a
 * time serves all who wait. Where Secrets Manager does not answer, the last ones are used on: an outage of it is no
 * outage of the database.
 *
 * @param fetchCredentials user and password in place of the URLs' own
 */
export function createConnectionStrings(
  fetchCredentials: FetchCredentials | undefined,
  log: Log,
): (url: string) => ConnectionString {
  if (fetchCredentials === undefined) {
    return (url) => () => Promise.resolve(url);
  }
  let last: Credentials | undefined;
  let fetchedAt = -Infinity;
  let fetching: Promise<Credentials> | undefined;

  const fetch = async (): Promise<Credentials> => {
    const startedAt = performance.now();
    try {
      last = await fetchCredentials();
    } catch (error) {
      if (last === undefined) {
        throw error;
      }
      log.warn({ err: error }, 'The database credentials could not be fetched; going on with the last ones.');
    } finally {
      fetching = undefined;
    }
    fetchedAt = startedAt;
    return last;
  };

  return (url) => {
    let made: { readonly from: Credentials; readonly text: string } | undefined;
    const make = (from: Credentials): string => {
      made = made?.from === from ? made : { from, text: withCredentials(url, from) };
      return made.text;
    };
    return async (refusedOne) => {
      const isFresh = last !== undefined && performance.now() - fetchedAt < CREDENTIALS_LIFETIME_MS;
      return isFresh && last !== undefined && make(last) !== refusedOne
        ? make(last)
        : make(await (fetching ??= fetch()));
    };
  };
}

/** Connects, with credentials fetched anew where the server refuses those at hand. */
export async function connectWith<Connection>(
  connectionString: ConnectionString,
  connect: (text: string) => Promise<Connection>,
): Promise<Connection> {
  const used = await connectionString();
  try {
    return await connect(used);
  } catch (error) {
    if (!isWrongPassword(error)) {
      throw error;
    }
    return connect(await connectionString(used));
  }
}

function withCredentials(url: string, { username, password }: Credentials): string {
  const result = new URL(url);
  result.username = encodeURIComponent(username);
  result.password = encodeURIComponent(password);
  return result.href;
}
