import { DatabaseUnavailable } from './database';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where a database's user and password come from; asked again when the database refuses them. */
export type FetchCredentials = () => Promise<Credentials>;

/** How long a fetch may take, attempts included, in ms: the AWS SDK by itself waits for ever, and so would all who share it. */
const FETCH_TIMEOUT_MS = 5_000;

/**
 * Reads a Secrets Manager secret in the form that RDS writes: JSON with `username` and `password`. The client is
 * loaded at the first call: a server without a secret never pays its memory.
 *
 * @throws DatabaseUnavailable where the secret cannot be had or has another form; its value is in no message
 */
export function fetchFromSecretsManager(secretArn: string): FetchCredentials {
  return async () => {
    const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient({ ...regionOf(secretArn), maxAttempts: 3 });
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }), {
        abortSignal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      return parseCredentials(SecretString ?? '');
    } catch (error) {
      throw new DatabaseUnavailable(error);
    } finally {
      client.destroy();
    }
  };
}

/** A secret's ARN names its region, so that no other setting has to. */
function regionOf(secretArn: string): { region?: string } {
  const region = secretArn.split(':')[3];
  return region ? { region } : {};
}

function parseCredentials(secret: string): Credentials {
  const value = parseJson(secret);
  if (
    typeof value === 'object' &&
    value !== null &&
    'username' in value &&
    'password' in value &&
    typeof value.username === 'string' &&
    typeof value.password === 'string'
  ) {
    return { username: value.username, password: value.password };
  }
  throw new Error('DATABASE_SECRET_ARN names a secret that is not JSON with "username" and "password".');
}

/** A parser's own message quotes what it read, so it is dropped. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
