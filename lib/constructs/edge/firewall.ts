import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

/** Requests in five minutes from one address, above which it is blocked: ten a second. */
const REQUESTS_PER_CLIENT = 3000;

/** Rules of AWS’s common rule set that would block bodies of ours, which are URLs of any form. They only count. */
const COUNTED_RULES = [
  'GenericRFI_BODY',
  'GenericLFI_BODY',
  'CrossSiteScripting_BODY',
  'EC2MetaDataSSRF_BODY',
];

export interface FirewallProps {
  /** Name of the deployment. */
  readonly deployment: string;
}

/**
 * AWS WAF’s web ACL of the CDN; it must be in us-east-1. The application validates the URLs in bodies itself and never fetches them, so
 * rules that would block a link for its form only count.
 */
export class Firewall extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const resource = new CfnWebACL(this, 'Resource', {
      scope: 'CLOUDFRONT',
      description: 'Before CloudFront',
      defaultAction: { allow: {} },
      // CloudWatch tells the metrics of web ACLs apart by this name alone.
      visibilityConfig: visibility(`${props.deployment}-Firewall`),
      rules: [
        {
          name: 'RatePerClient',
          priority: 0,
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: { rateBasedStatement: { limit: REQUESTS_PER_CLIENT, aggregateKeyType: 'IP' } },
          visibilityConfig: visibility('RatePerClient'),
        },
        managed(1, 'AmazonIpReputationList'),
        managed(2, 'KnownBadInputsRuleSet'),
        managed(3, 'CommonRuleSet', COUNTED_RULES),
      ],
    });
    this.arn = resource.attrArn;
  }
}

/** A rule group that AWS keeps up to date; its `counted` rules block nothing. */
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
    visibilityConfig: visibility(set),
  };
}

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName };
}
