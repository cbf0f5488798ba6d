import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct, type IDependable } from 'constructs';
import { PROBES } from '../../../contract/settings';
import { suppressWildcard } from '../nag-suppressions';
import { functionLogGroup } from '../function-defaults';
import { sdkCallRole, logWriteStatement } from '../sdk-call-role';
import { ORIGIN_HEADER, type OriginSecretNames, originSecretValue } from './origin-secrets';
import type { ProtectedDataProps } from '../protection';

/** The load balancer to restrict. */
export interface RestrictedLoadBalancer {
  readonly resource: elb.ApplicationLoadBalancer;
  readonly vpc: ec2.IVpc;
  readonly listener: elb.IApplicationListener;
  /** Port of the listener. */
  readonly port: number;
  readonly targetGroup: elb.IApplicationTargetGroup;
}

export interface CdnOnlyAccessProps extends ProtectedDataProps {
  /** The load balancer to restrict. */
  readonly loadBalancer: RestrictedLoadBalancer;
  /** Secrets that are accepted in the header. */
  readonly secrets: OriginSecretNames;
  /** The distribution, where it is in this stack: it must send a new secret before the old one is refused. */
  readonly distribution: IDependable | undefined;
  /** Whether Route 53’s health checkers may ask the probes. */
  readonly healthChecks: boolean;
  /** What must be deployed before other requests are refused. */
  readonly after: readonly IDependable[];
}

/**
 * Restricts a load balancer to our CloudFront distribution: by CloudFront’s IP addresses, which all distributions share, and by a header
 * that only ours sends.
 *
 * The order of deployment refuses no user on the climb from an open load balancer: first a rule accepts requests with the header; then,
 * after `after`, a rule refuses all others; the open rule of the security group is deleted last, because CloudFormation deletes
 * resources at the very end of an update.
 */
export class CdnOnlyAccess extends Construct {
  /** One function makes all the calls, with one log group and one role. */
  private readonly logGroup: ILogGroup;
  private readonly role: ReturnType<typeof sdkCallRole>;

  constructor(scope: Construct, id: string, props: CdnOnlyAccessProps) {
    super(scope, id);
    const { loadBalancer } = props;
    this.logGroup = functionLogGroup(this, 'AddressesLogs', props);
    this.role = sdkCallRole(this, logWriteStatement(this.logGroup.logGroupArn), {
      actions: ['ec2:DescribeManagedPrefixLists'],
      resources: ['*'],
    });
    suppressWildcard(
      this.role,
      '*',
      'Describe actions cannot be restricted to a resource; they change nothing.',
    );
    this.allowPrefixList(loadBalancer, 'CloudFront', {
      client: 'CloudFront',
      prefixListId: this.prefixListId('Addresses', 'com.amazonaws.global.cloudfront.origin-facing'),
    });
    if (props.healthChecks) {
      this.allowHealthChecks(props);
    }
    const listenerArn = loadBalancer.listener.listenerArn;
    // L1 constructs: with the CDK’s own the servers would depend on the rules, and the last rule depends on the servers.
    const verified = new elb.CfnListenerRule(this, 'Verified', {
      listenerArn,
      priority: 1,
      conditions: [
        {
          field: 'http-header',
          httpHeaderConfig: {
            httpHeaderName: ORIGIN_HEADER,
            values: props.secrets.map(originSecretValue),
          },
        },
      ],
      actions: [{ type: 'forward', targetGroupArn: loadBalancer.targetGroup.targetGroupArn }],
    });
    if (props.distribution !== undefined) {
      verified.node.addDependency(props.distribution);
    }
    const others = new elb.CfnListenerRule(this, 'Others', {
      listenerArn,
      // Last, with room for rules in between.
      priority: 100,
      conditions: [{ field: 'path-pattern', pathPatternConfig: { values: ['*'] } }],
      actions: [
        {
          type: 'fixed-response',
          fixedResponseConfig: {
            statusCode: '403',
            contentType: 'text/plain',
            messageBody: 'Ask the address that users ask.',
          },
        },
      ],
    });
    others.node.addDependency(verified, ...props.after);
  }

  /** Route 53’s health checkers send no header of ours: they may ask the probes, and nothing else. */
  private allowHealthChecks(props: CdnOnlyAccessProps): void {
    const { loadBalancer } = props;
    this.allowPrefixList(loadBalancer, 'HealthCheckers', {
      client: 'Health checks of Route 53',
      prefixListId: this.prefixListId(
        'Checkers',
        `com.amazonaws.${Stack.of(this).region}.route53-healthchecks`,
      ),
    });
    new elb.CfnListenerRule(this, 'ProbePaths', {
      listenerArn: loadBalancer.listener.listenerArn,
      priority: 2,
      conditions: [{ field: 'path-pattern', pathPatternConfig: { values: Object.values(PROBES) } }],
      actions: [{ type: 'forward', targetGroupArn: loadBalancer.targetGroup.targetGroupArn }],
    });
  }

  /**
   * Allows a prefix list on the load balancer’s port, by a security group of its own. A prefix list counts by its maximum of entries, 55
   * and 25 of the 60 rules that a group may have. So a group has room for one list on one port, and a new port takes a new group, because
   * CloudFormation makes the new rule before it deletes the old one. The group is attached after the rule is there.
   */
  private allowPrefixList(
    { vpc, port, resource }: RestrictedLoadBalancer,
    id: string,
    { client, prefixListId }: { readonly client: string; readonly prefixListId: string },
  ): void {
    const group = new ec2.SecurityGroup(this, `${id}${port}`, {
      vpc,
      description: `The load balancer, for ${client}`,
      allowAllOutbound: false,
    });
    const rule = new ec2.CfnSecurityGroupIngress(this, `${id}${port}Rule`, {
      groupId: group.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      sourcePrefixListId: prefixListId,
      description: client,
    });
    resource.addSecurityGroup(group);
    resource.node.addDependency(rule);
  }

  /** Id of a prefix list that AWS manages. It differs by region, so it is asked for at the deployment. */
  private prefixListId(id: string, name: string): string {
    const list = new cr.AwsCustomResource(this, id, {
      resourceType: 'Custom::AddressesOfAws',
      onUpdate: {
        service: 'EC2',
        action: 'describeManagedPrefixLists',
        parameters: {
          Filters: [{ Name: 'prefix-list-name', Values: [name] }],
        },
        outputPaths: ['PrefixLists.0.PrefixListId'],
        physicalResourceId: cr.PhysicalResourceId.of(name),
      },
      role: this.role,
      installLatestAwsSdk: false,
      logGroup: this.logGroup,
    });
    return list.getResponseField('PrefixLists.0.PrefixListId');
  }
}
