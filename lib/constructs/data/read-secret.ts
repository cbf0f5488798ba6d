import { Stack } from 'aws-cdk-lib';
import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ServerIdentity } from '../compute/connection';

/** What it takes to read a secret of this region: the key is used for that alone. */
export function reading(secretArn: string, key: IKey): readonly PolicyStatementProps[] {
  return [
    { actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] },
    {
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(key).region}.amazonaws.com` },
      },
    },
  ];
}

/**
 * Allows servers to read a secret. `secret.grantRead` would also name the reader in the key's policy, and so make the stack
 * that holds the key depend on the stack of its readers.
 */
export function allowReading(secret: ISecret, key: IKey, servers: ServerIdentity): void {
  reading(secret.secretArn, key).forEach((statement) => {
    servers.allow(statement);
  });
}

/** Allows servers to read this region's copy of another region's secret; its key is AWS's own, which asks nothing more. */
export function allowReadingCopy(secretArn: string, servers: ServerIdentity): void {
  servers.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] });
}
