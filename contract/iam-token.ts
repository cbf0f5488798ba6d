/** How long a token opens a connection, in s: MSK's most. */
const LIFETIME_SECONDS = 900;

/** Whose token it is, as CloudTrail shows it. */
const USER_AGENT = 'zero-to-million';

/**
 * The token by which IAM lets this process into MSK: a signed request to connect, as a URL in base64. Signed with the
 * process's own credentials as the AWS SDK finds them, by the SDK's own signer; both are loaded at the call.
 *
 * @throws Error where there are no credentials
 */
export async function iamToken(region: string, now = new Date()): Promise<string> {
  const [{ SignatureV4 }, { SecretsManagerClient }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-sdk/client-secrets-manager'),
  ]);
  // The client of any service finds credentials in the same way.
  const { config } = new SecretsManagerClient({ region });
  const { credentials, sha256 } = config;
  const signer = new SignatureV4({ service: 'kafka-cluster', region, credentials, sha256 });
  const hostname = `kafka.${region}.amazonaws.com`;
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: { host: hostname },
      query: { Action: 'kafka-cluster:Connect' },
    },
    { expiresIn: LIFETIME_SECONDS, signingDate: now },
  );
  const url = new URL(`https://${hostname}/`);
  Object.entries({ ...query, 'User-Agent': USER_AGENT }).forEach(([name, value]) => {
    url.searchParams.set(name, value);
  });
  return Buffer.from(url.href).toString('base64url');
}
