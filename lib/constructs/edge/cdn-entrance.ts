import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as cr from 'aws-cdk-lib/custom-resources';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { acknowledgeLogging, acknowledgeWildcard } from '../acknowledge';
import { functionLogs, type FunctionHousingProps } from '../functions';
import type { LoadBalancer } from './load-balancer';
import { ORIGIN_HEADER, type OriginSecretNames, originSecretValue } from './origin-secrets';

export interface CdnEntranceProps extends FunctionHousingProps {
  readonly loadBalancer: LoadBalancer;
  readonly secrets: OriginSecretNames;
  /** What sends the secret, where it is in this stack: it must send a new one before the old one is refused. */
  readonly sender: IDependable | undefined;
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
  constructor(scope: Construct, id: string, props: CdnEntranceProps) {
    super(scope, id);
    const { loadBalancer } = props;
    new ec2.CfnSecurityGroupIngress(this, 'CloudFront', {
      groupId: loadBalancer.securityGroup.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: loadBalancer.port,
      toPort: loadBalancer.port,
      sourcePrefixListId: this.addresses(props),
      description: 'CloudFront',
    });
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
      priority: 2,
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

  /** CloudFront's addresses in this region, as AWS's own list; its id differs by region, so it is asked for at deployment. */
  private addresses(props: CdnEntranceProps): string {
    const list = new cr.AwsCustomResource(this, 'Addresses', {
      resourceType: 'Custom::CloudFrontAddresses',
      onUpdate: {
        service: 'EC2',
        action: 'describeManagedPrefixLists',
        parameters: {
          Filters: [{ Name: 'prefix-list-name', Values: ['com.amazonaws.global.cloudfront.origin-facing'] }],
        },
        outputPaths: ['PrefixLists.0.PrefixListId'],
        physicalResourceId: cr.PhysicalResourceId.of('cloudfront.origin-facing'),
      },
      policy: cr.AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['ec2:DescribeManagedPrefixLists'], resources: ['*'] }),
      ]),
      installLatestAwsSdk: false,
      logGroup: functionLogs(this, 'AddressesLogs', props),
    });
    acknowledgeWildcard(list, '*', 'Describing cannot be narrowed to a resource; it changes nothing.');
    acknowledgeLogging(list);
    return list.getResponseField('PrefixLists.0.PrefixListId');
  }
}
