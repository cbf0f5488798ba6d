import { Stack } from 'aws-cdk-lib';
import { CfnLifecyclePolicy } from 'aws-cdk-lib/aws-dlm';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { suppressWildcard } from '../nag-suppressions';

export interface DailySnapshotsProps {
  /** Volumes with this tag are copied. */
  readonly tag: { readonly key: string; readonly value: string };
  /** How many snapshots of a volume are kept; a new one deletes the oldest. */
  readonly keep: number;
}

/** Daily snapshots of every volume with a tag, by Data Lifecycle Manager. */
export class DailySnapshots extends Construct {
  constructor(scope: Construct, id: string, props: DailySnapshotsProps) {
    super(scope, id);
    const { key, value } = props.tag;
    const arn = (resource: string, resourceName: string, account?: string): string =>
      Stack.of(this).formatArn({
        service: 'ec2',
        resource,
        resourceName,
        ...(account === undefined ? {} : { account }),
      });
    const role = new iam.Role(this, 'Role', {
      description: 'Data Lifecycle Manager: snapshots of the volumes of this data center',
      assumedBy: new iam.ServicePrincipal('dlm.amazonaws.com'),
      inlinePolicies: {
        Snapshots: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['ec2:CreateSnapshot'],
              resources: [arn('volume', '*')],
              conditions: { StringEquals: { [`aws:ResourceTag/${key}`]: value } },
            }),
            new iam.PolicyStatement({
              actions: ['ec2:CreateSnapshot'],
              // A snapshot’s ARN has no account.
              resources: [arn('snapshot', '*', '')],
            }),
            new iam.PolicyStatement({
              actions: ['ec2:DeleteSnapshot'],
              resources: [arn('snapshot', '*', '')],
              conditions: { StringEquals: { [`aws:ResourceTag/${key}`]: value } },
            }),
            new iam.PolicyStatement({
              actions: ['ec2:CreateTags'],
              resources: [arn('snapshot', '*', '')],
            }),
            new iam.PolicyStatement({
              actions: ['ec2:DescribeVolumes', 'ec2:DescribeSnapshots', 'ec2:DescribeInstances'],
              resources: ['*'],
            }),
          ],
        }),
      },
    });
    suppressWildcard(
      role,
      arn('volume', '*'),
      'Data Lifecycle Manager finds volumes by their tag; the condition restricts it to that tag.',
    );
    suppressWildcard(
      role,
      arn('snapshot', '*', ''),
      'A snapshot gets its id when it is created; only those with the tag may be deleted.',
    );
    suppressWildcard(role, '*', 'Describe actions cannot be restricted to a resource.');
    new CfnLifecyclePolicy(this, 'Resource', {
      description: `Daily snapshots - ${value}`,
      executionRoleArn: role.roleArn,
      state: 'ENABLED',
      policyDetails: {
        policyType: 'EBS_SNAPSHOT_MANAGEMENT',
        resourceTypes: ['VOLUME'],
        targetTags: [{ key, value }],
        schedules: [
          {
            name: 'Daily',
            copyTags: true,
            // At night in Europe and the Americas, so that the day begins with a recent snapshot; it slows nothing.
            createRule: { interval: 24, intervalUnit: 'HOURS', times: ['05:00'] },
            retainRule: { count: props.keep },
          },
        ],
      },
    });
  }
}
