/** User and password of a database or a queue, as application and click worker read them. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface FetchOptions {
  /** How long it may take, attempts included, in ms: the AWS SDK by itself waits for ever, and so would all who share it. */
  readonly timeout: number;
  readonly maxAttempts: number;
}

/**
 * Reads a Secrets Manager secret in the form that RDS writes: JSON with `username` and `password`. The client is
 * loaded at the call: a process without a secret never pays its memory.
 *
 * @throws Error where the secret cannot be had or has another form; its value is in no message
 */
export async function fetchCredentials(
  secretArn: string,
  { timeout, maxAttempts }: FetchOptions,
): Promise<Credentials> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ ...regionOf(secretArn), maxAttempts });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }), {
      abortSignal: AbortSignal.timeout(timeout),
    });
    return parseCredentials(secretArn, SecretString ?? '');
  } finally {
    client.destroy();
  }
}

/** The connection string with these credentials in place of its own. */
export function withCredentials(url: string, { username, password }: Credentials): string {
  const result = new URL(url);
  result.username = encodeURIComponent(username);
  result.password = encodeURIComponent(password);
  return result.href;
}

/** A secret's ARN names its region, so that no other setting has to. */
function regionOf(secretArn: string): { region?: string } {
  const region = secretArn.split(':')[3];
  return region ? { region } : {};
}

function parseCredentials(secretArn: string, secret: string): Credentials {
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
  throw new Error(`The secret ${secretArn} is not JSON with "username" and "password".`);
}

/** A parser's own message quotes what it read, so it is dropped. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
