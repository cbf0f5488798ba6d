export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** How long a fetch may take in all, in ms: the AWS SDK by itself waits for ever. */
const FETCH_TIMEOUT_MS = 3_000;

/**
 * Reads a Secrets Manager secret in the form that RDS writes: JSON with `username` and `password`.
 *
 * @throws Error where it cannot be had or has another form; its value is in no message
 */
export async function fetchCredentials(secretArn: string): Promise<Credentials> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region: secretArn.split(':')[3] ?? '', maxAttempts: 2 });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }), {
      abortSignal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    return parseCredentials(SecretString ?? '');
  } finally {
    client.destroy();
  }
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
