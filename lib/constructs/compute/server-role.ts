import { type ArnComponents, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { suppressWildcard } from '../nag-suppressions';
import type { ServerPermissions } from './connection';

export interface ServerRoleProps {
  /** The tag that all servers carry, and nothing else does. */
  readonly tag: { readonly key: string; readonly value: string };
  /** CloudWatch’s namespace for the metrics of the agent. */
  readonly metricNamespace: string;
}

/** The role of the servers. It starts with what a server needs by itself; each part of the data center adds to it. */
export class ServerRole implements ServerPermissions {
  readonly role: iam.Role;
  private readonly tag: ServerRoleProps['tag'];

  constructor(scope: Construct, id: string, props: ServerRoleProps) {
    this.role = new iam.Role(scope, id, {
      description: 'The servers',
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
    });
    this.tag = props.tag;
    const { stackId } = Stack.of(scope);
    this.explainWildcard(
      '*',
      'Only actions that AWS cannot restrict to a resource: describing, the channels of Session Manager, and metrics, which are restricted to one namespace.',
    );
    // What a shell by Session Manager needs. AWS’s managed policy would also allow reading every parameter in the account.
    this.allowAnywhere(
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    );
    // The CloudWatch agent reads the name of its auto scaling group from its instance’s tags.
    this.allowAnywhere('ec2:DescribeTags');
    this.allow({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': props.metricNamespace } },
    });
    this.allow({ actions: ['cloudformation:SignalResource'], resources: [stackId] });
  }

  allow(statement: iam.PolicyStatementProps): void {
    this.role.addToPrincipalPolicy(new iam.PolicyStatement(statement));
  }

  allowUntilReplaced(id: string, statement: iam.PolicyStatementProps): void {
    new iam.Policy(this.role, id, { statements: [new iam.PolicyStatement(statement)], roles: [this.role] });
  }

  allowAnywhere(...actions: string[]): void {
    this.allow({ actions, resources: ['*'] });
  }

  allowOnServers(...actions: string[]): void {
    this.allowOnTagged({ service: 'ec2', resource: 'instance', resourceName: '*' }, actions);
  }

  allowOnGroup(...actions: string[]): void {
    this.allowOnTagged(
      {
        service: 'autoscaling',
        resource: 'autoScalingGroup:*:autoScalingGroupName',
        resourceName: '*',
      },
      actions,
    );
  }

  explainWildcard(resource: string, reason: string): void {
    suppressWildcard(this.role, resource, reason);
  }

  private allowOnTagged(components: ArnComponents, actions: string[]): void {
    const resource = Stack.of(this.role).formatArn(components);
    this.allow({
      actions,
      resources: [resource],
      conditions: { StringEquals: { [`aws:ResourceTag/${this.tag.key}`]: this.tag.value } },
    });
    this.explainWildcard(
      resource,
      'Servers come and go, and their group is created after this role, so neither can be named; the condition restricts it to what carries this data center’s tag.',
    );
  }
}
