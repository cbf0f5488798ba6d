import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledge';
import type { ServerIdentity } from './connection';

export interface ServerRoleProps {
  /** The tag that the servers carry, and nothing else does. */
  readonly tag: { readonly key: string; readonly value: string };
  /** CloudWatch's namespace for what the agent on a server measures. */
  readonly metricNamespace: string;
}

/** What a server may do by itself, before it meets any other part of its data center. */
export class ServerRole extends iam.Role implements ServerIdentity {
  private readonly tag: ServerRoleProps['tag'];

  constructor(scope: Construct, id: string, props: ServerRoleProps) {
    super(scope, id, {
      description: 'The servers',
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
    });
    this.tag = props.tag;
    acknowledgeWildcard(
      this,
      '*',
      'Only actions that AWS lets nobody narrow to a resource: describing, the channels of Session Manager, and metrics, which are narrowed to one namespace.',
    );
    // What a Session Manager shell needs, and no more: AWS's managed policy would add every parameter in the account.
    this.allowAnywhere(
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    );
    // The CloudWatch agent learns from its instance's tags which auto scaling group it reports for.
    this.allowAnywhere('ec2:DescribeTags');
    this.allow({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': props.metricNamespace } },
    });
    this.allow({ actions: ['cloudformation:SignalResource'], resources: [Stack.of(this).stackId] });
  }

  allow(statement: iam.PolicyStatementProps): void {
    this.addToPrincipalPolicy(new iam.PolicyStatement(statement));
  }

  allowToTheEnd(id: string, statement: iam.PolicyStatementProps): void {
    new iam.Policy(this, id, { statements: [new iam.PolicyStatement(statement)], roles: [this] });
  }

  allowAnywhere(...actions: string[]): void {
    this.allow({ actions, resources: ['*'] });
  }

  allowOnServers(...actions: string[]): void {
    this.allowOnTagged(
      Stack.of(this).formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' }),
      actions,
    );
  }

  allowOnGroup(...actions: string[]): void {
    this.allowOnTagged(
      Stack.of(this).formatArn({
        service: 'autoscaling',
        resource: 'autoScalingGroup:*:autoScalingGroupName',
        resourceName: '*',
      }),
      actions,
    );
  }

  private allowOnTagged(resource: string, actions: string[]): void {
    this.allow({
      actions,
      resources: [resource],
      conditions: { StringEquals: { [`aws:ResourceTag/${this.tag.key}`]: this.tag.value } },
    });
    acknowledgeWildcard(
      this,
      resource,
      'Servers come and go and their group is made after this role, so none can be named; the condition narrows it to what carries this data center’s tag.',
    );
  }
}
