import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ServerIdentity } from '../compute/connection';

/**
 * Allows servers to read a secret. `secret.grantRead` would also name the reader in the key's policy, and so make the stack
 * that holds the key depend on the stack of its readers.
 */
export function allowReading(secret: ISecret, key: IKey, servers: ServerIdentity): void {
  servers.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] });
  servers.allow({
    actions: ['kms:Decrypt'],
    resources: [key.keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(secret).region}.amazonaws.com` },
    },
  });
}

/** Allows servers to read this region's copy of another region's secret; its key is AWS's own, which asks nothing more. */
export function allowReadingCopy(secretArn: string, servers: ServerIdentity): void {
  servers.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] });
}
