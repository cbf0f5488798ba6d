import { Stack } from 'aws-cdk-lib';
import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ServerPermissions } from '../compute/connection';

/** Statements that allow reading a secret of this region, and using its key for that alone. */
export function secretReadStatements(secretArn: string, key: IKey): readonly PolicyStatementProps[] {
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
 * Allows servers to read a secret. `secret.grantRead` would also name the reader in the key’s policy, so the stack of the key would
 * depend on the stack of the servers.
 */
export function grantReadOfSecret(secret: ISecret, key: IKey, servers: ServerPermissions): void {
  secretReadStatements(secret.secretArn, key).forEach((statement) => {
    servers.allow(statement);
  });
}

/** Allows servers to read a replica of another region’s secret. It is encrypted by AWS’s own key, which needs no permission. */
export function grantReadOfReplicaSecret(secretArn: string, servers: ServerPermissions): void {
  servers.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] });
}
