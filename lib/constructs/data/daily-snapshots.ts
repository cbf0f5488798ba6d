import { Stack } from 'aws-cdk-lib';
import { CfnLifecyclePolicy } from 'aws-cdk-lib/aws-dlm';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledge';

export interface DailySnapshotsProps {
  /** Volumes that carry this tag are kept. */
  readonly tag: { readonly key: string; readonly value: string };
  /** How many snapshots of a volume are kept; the oldest goes when a further one is made. */
  readonly keep: number;
}

/** A snapshot a day of every volume with the tag, made and thrown away by Data Lifecycle Manager. */
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
              // Snapshots belong to no account until they are made.
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
    acknowledgeWildcard(
      role,
      arn('volume', '*'),
      'Volumes are found by their tag, as Data Lifecycle Manager does it; the condition narrows it to that tag.',
    );
    acknowledgeWildcard(
      role,
      arn('snapshot', '*', ''),
      'Snapshots are named when they are made; only those with the tag may be deleted.',
    );
    acknowledgeWildcard(role, '*', 'Describing cannot be narrowed to a resource.');
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
            // At night in Europe and the Americas; a snapshot slows nothing, it is only young when the day begins.
            createRule: { interval: 24, intervalUnit: 'HOURS', times: ['05:00'] },
            retainRule: { count: props.keep },
          },
        ],
      },
    });
  }
}
