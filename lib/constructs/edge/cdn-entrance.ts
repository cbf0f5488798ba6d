import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import * as cr from 'aws-cdk-lib/custom-resources';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { PROBES } from '../../../contract/settings';
import { acknowledgeWildcard } from '../acknowledge';
import { functionLogs, type FunctionHousingProps } from '../functions';
import { QuestionRole, writingLog } from '../question-role';
import type { LoadBalancer } from './load-balancer';
import { ORIGIN_HEADER, type OriginSecretNames, originSecretValue } from './origin-secrets';

export interface CdnEntranceProps extends FunctionHousingProps {
  readonly loadBalancer: LoadBalancer;
  readonly secrets: OriginSecretNames;
  /** What sends the secret, where it is in this stack: it must send a new one before the old one is refused. */
  readonly sender: IDependable | undefined;
  /** Whether Route 53 asks from outside how the data center is. */
  readonly healthChecks: boolean;
  /** What must have been deployed, besides, before everybody else is turned away. */
  readonly after: readonly IDependable[];
}

/**
 * Lets nobody but our CloudFront distribution in: by the addresses that CloudFront calls from, which it shares with every
 * distribution on earth, and by a header that only ours sends. The rules are added to a load balancer that answers
 * everybody, in an order in which no user of either is refused: first whoever has the header is let in, then, when
 * `after` is there, everybody else is turned away; the load balancer's own open rule goes last of all, for
 * CloudFormation removes what is no longer wanted at the very end.
 */
export class CdnEntrance extends Construct {
  /** One function asks after all addresses, and has one log and one role. */
  private readonly logs: ILogGroup;
  private readonly asking: IRole;

  constructor(scope: Construct, id: string, props: CdnEntranceProps) {
    super(scope, id);
    const { loadBalancer } = props;
    this.logs = functionLogs(this, 'AddressesLogs', props);
    this.asking = QuestionRole.for(this, writingLog(this.logs.logGroupArn), {
      actions: ['ec2:DescribeManagedPrefixLists'],
      resources: ['*'],
    });
    acknowledgeWildcard(this.asking, '*', 'Describing cannot be narrowed to a resource; it changes nothing.');
    this.admit(loadBalancer, 'CloudFront', {
      who: 'CloudFront',
      addresses: this.addresses('Addresses', 'com.amazonaws.global.cloudfront.origin-facing'),
    });
    if (props.healthChecks) {
      this.letProbesIn(props);
    }
    const listenerArn = loadBalancer.listener.listenerArn;
    // CloudFormation's own resources: the CDK's would make the servers wait for them, and the last one waits for the servers.
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
    if (props.sender !== undefined) {
      verified.node.addDependency(props.sender);
    }
    const others = new elb.CfnListenerRule(this, 'Others', {
      listenerArn,
      // Last: between it and the first others may come to be let in.
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

  /** Route 53's checkers send no header of ours, so they are told how the data center is, and nothing else. */
  private letProbesIn(props: CdnEntranceProps): void {
    const { loadBalancer } = props;
    this.admit(loadBalancer, 'HealthCheckers', {
      who: 'Health checks of Route 53',
      addresses: this.addresses('Checkers', `com.amazonaws.${Stack.of(this).region}.route53-healthchecks`),
    });
    new elb.CfnListenerRule(this, 'ProbePaths', {
      listenerArn: loadBalancer.listener.listenerArn,
      priority: 2,
      conditions: [{ field: 'path-pattern', pathPatternConfig: { values: Object.values(PROBES) } }],
      actions: [{ type: 'forward', targetGroupArn: loadBalancer.targetGroup.targetGroupArn }],
    });
  }

  /**
   * Lets a list of addresses in on the load balancer's port, by a group of its own. A list counts as many rules as it may
   * have entries, 55 and 25 of the 60 that a group may have. So neither two lists fit into one, nor one list on two ports:
   * where the port changes, the new rule is made before the old one goes, and that takes another group. The load balancer
   * wears it once the rule is there.
   */
  private admit(
    { vpc, port, resource }: LoadBalancer,
    id: string,
    { who, addresses }: { readonly who: string; readonly addresses: string },
  ): void {
    const group = new ec2.SecurityGroup(this, `${id}${port}`, {
      vpc,
      description: `The load balancer, for ${who}`,
      allowAllOutbound: false,
    });
    const rule = new ec2.CfnSecurityGroupIngress(this, `${id}${port}Rule`, {
      groupId: group.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      sourcePrefixListId: addresses,
      description: who,
    });
    resource.addSecurityGroup(group);
    resource.node.addDependency(rule);
  }

  /** Addresses in this region, as a list of AWS's own; its id differs by region, so it is asked for at deployment. */
  private addresses(id: string, name: string): string {
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
      role: this.asking,
      installLatestAwsSdk: false,
      logGroup: this.logs,
    });
    return list.getResponseField('PrefixLists.0.PrefixListId');
  }
}
