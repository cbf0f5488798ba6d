import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

/** Requests in five minutes from one address, above which it is refused: ten a second, for hours on end. */
const REQUESTS_PER_CLIENT = 3000;

/** Rules of AWS's common set that read bodies for what a body of ours is: an address, of any form. */
const COUNTED = ['GenericRFI_BODY', 'GenericLFI_BODY', 'CrossSiteScripting_BODY', 'EC2MetaDataSSRF_BODY'];

export interface FirewallProps {
  /** What the deployment's stacks are called. */
  readonly deployment: string;
}

/**
 * The first line of defense, before CloudFront asks anybody. It must stand in us-east-1. The application checks the
 * addresses in bodies itself and never fetches them, so rules that would refuse a link for how it looks only count.
 */
export class Firewall extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const resource = new CfnWebACL(this, 'Resource', {
      scope: 'CLOUDFRONT',
      description: 'Before CloudFront',
      defaultAction: { allow: {} },
      // Its metrics are told from another firewall's by this name alone.
      visibilityConfig: visible(`${props.deployment}-Firewall`),
      rules: [
        {
          name: 'RatePerClient',
          priority: 0,
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: { rateBasedStatement: { limit: REQUESTS_PER_CLIENT, aggregateKeyType: 'IP' } },
          visibilityConfig: visible('RatePerClient'),
        },
        managed(1, 'AmazonIpReputationList'),
        managed(2, 'KnownBadInputsRuleSet'),
        managed(3, 'CommonRuleSet', COUNTED),
      ],
    });
    this.arn = resource.attrArn;
  }
}

/** A set of rules that AWS keeps up to date; what is `counted` of it refuses nothing. */
function managed(priority: number, set: string, counted: readonly string[] = []): CfnWebACL.RuleProperty {
  return {
    name: set,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name: `AWSManagedRules${set}`,
        ...(counted.length === 0
          ? {}
          : { ruleActionOverrides: counted.map((name) => ({ name, actionToUse: { count: {} } })) }),
      },
    },
    visibilityConfig: visible(set),
  };
}

function visible(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName };
}
