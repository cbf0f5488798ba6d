import { fetchCredentials, type Credentials } from '../../contract/credentials';
import { DatabaseUnavailable } from './database';

/** Where a database's user and password come from; asked again when the database refuses them. */
export type FetchCredentials = () => Promise<Credentials>;

const FETCH = { timeout: 5_000, maxAttempts: 3 };

/** @throws DatabaseUnavailable where the secret cannot be had or has another form; its value is in no message */
export function fetchFromSecretsManager(secretArn: string): FetchCredentials {
  return async () => {
    try {
      return await fetchCredentials(secretArn, FETCH);
    } catch (error) {
      throw new DatabaseUnavailable(error);
    }
  };
}
