import { withCredentials, type Credentials } from '../../../contract/credentials';
import type { FetchCredentials } from '../credentials';
import { isWrongPassword } from './errors';

/** Before no host. PostgreSQL knows URLs with a user and none, the URL standard does not; nor can it give one a user. */
const NO_HOST = /^(postgres(?:ql)?:\/\/(?:[^/?#@]*@)?)(?=[/?:]|$)/i;

/**
 * The URL of one PostgreSQL server in a form that every URL parser understands, `postgresql://u@/db?host=/run/postgresql` as
 * `postgresql://u@localhost/db?host=/run/postgresql`; undefined where it is none.
 */
export function readDatabaseUrl(text: string): string | undefined {
  const url = text.replace(NO_HOST, '$1localhost');
  return /^postgres(ql)?:\/\//i.test(url) && URL.canParse(url) ? url : undefined;
}

/** A server's connection string with its credentials; `refusedOne` is the string that the server did not accept. */
export type ConnectionString = (refusedOne?: string) => Promise<string>;

/**
 * Makes connection strings for any number of servers with the same credentials. These are fetched at the first need
 * and when a server refuses them, and at no other time: an outage of Secrets Manager is no outage of the database. One
 * fetch serves all who wait.
 *
 * @param fetchCredentials user and password in place of the URLs' own
 */
export function createConnectionStrings(
  fetchCredentials: FetchCredentials | undefined,
): (url: string) => ConnectionString {
  if (fetchCredentials === undefined) {
    return (url) => () => Promise.resolve(url);
  }
  let last: Credentials | undefined;
  let fetching: Promise<Credentials> | undefined;

  const fetch = async (): Promise<Credentials> => {
    try {
      last = await fetchCredentials();
      return last;
    } finally {
      fetching = undefined;
    }
  };

  return (url) => {
    let made: { readonly from: Credentials; readonly text: string } | undefined;
    const make = (from: Credentials): string => {
      made = made?.from === from ? made : { from, text: withCredentials(url, from) };
      return made.text;
    };
    return async (refusedOne) =>
      last !== undefined && make(last) !== refusedOne ? make(last) : make(await (fetching ??= fetch()));
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
