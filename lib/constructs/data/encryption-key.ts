import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Protection } from '../protection';

export interface EncryptionKeyProps {
  /** How the key is protected against deletion. */
  readonly protection: Protection;
}

/**
 * The KMS key of a stack. It encrypts the volume, the database, the secrets, the logs and the alarms’ topic from their creation,
 * because none of them can change its key later without being replaced.
 */
export function encryptionKey(scope: Construct, id: string, props: EncryptionKeyProps): kms.Key {
  const { account, partition, region, stackName } = Stack.of(scope);
  const key = new kms.Key(scope, id, {
    description: `What ${stackName} keeps`,
    enableKeyRotation: true,
    removalPolicy: props.protection.removalPolicy,
    // The shortest that KMS allows; it matters only where the key is deleted, in a sandbox.
    pendingWindow: Duration.days(7),
  });
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'LogsOfThisDataCenter',
      principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:*` },
      },
    }),
  );
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AlarmsToTheirTopic',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  return key;
}
