import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnRecordSet, HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/** A hosted zone by its id alone: no lookup, so no account is needed. */
export function hostedZone(scope: Construct, domain: { name: string; hostedZoneId: string }): IHostedZone {
  return HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
    hostedZoneId: domain.hostedZoneId,
    // The CDK only asks it for names that end so; the real zone may be a parent of it.
    zoneName: domain.name,
  });
}

/** What a data center is called behind the domain: users never see it. */
export function originName(region: string, domainName: string): string {
  return `origin-${region}.${domainName}`;
}

/** Where requests enter a data center: an address, or a load balancer. */
export type OriginEntrance =
  { readonly address: string } | { readonly loadBalancer: IApplicationLoadBalancer };

export interface OriginRecordProps {
  readonly hostedZoneId: string;
  readonly name: string;
  /** Where requests enter the data center; Route 53 changes one into the other in place. */
  readonly entrance: OriginEntrance;
}

/** The name of a data center's entrance, whatever the entrance is at this rung. */
export class OriginRecord extends Construct {
  constructor(scope: Construct, id: string, props: OriginRecordProps) {
    super(scope, id);
    new CfnRecordSet(this, 'Resource', {
      hostedZoneId: props.hostedZoneId,
      name: props.name,
      type: 'A',
      ...('address' in props.entrance
        ? // Short, so that the climb to a load balancer is seen within a minute.
          { ttl: '60', resourceRecords: [props.entrance.address] }
        : {
            aliasTarget: {
              dnsName: props.entrance.loadBalancer.loadBalancerDnsName,
              hostedZoneId: props.entrance.loadBalancer.loadBalancerCanonicalHostedZoneId,
            },
          }),
    });
  }
}

/** Where users are led: to a record of the same zone, or to a CloudFront distribution. */
type DomainTarget = { readonly originName: string } | { readonly distributionName: string };

export interface DomainRecordProps {
  readonly hostedZoneId: string;
  readonly domainName: string;
  readonly target: DomainTarget;
}

/** The hosted zone of every CloudFront distribution on earth (Route 53's reference, "AliasTarget"). */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

/**
 * The domain itself: an alias, so it may stand at a zone's apex, and what it leads to can change in place. CloudFront
 * also answers over IPv6, so it gets an AAAA record beside it.
 */
export class DomainRecord extends Construct {
  constructor(scope: Construct, id: string, props: DomainRecordProps) {
    super(scope, id);
    const { hostedZoneId, domainName, target } = props;
    const lead = (
      recordId: string,
      type: 'A' | 'AAAA',
      aliasTarget: CfnRecordSet.AliasTargetProperty,
    ): void => {
      new CfnRecordSet(this, recordId, { hostedZoneId, name: domainName, type, aliasTarget });
    };
    if ('originName' in target) {
      lead('Resource', 'A', { dnsName: target.originName, hostedZoneId });
    } else {
      const distribution = { dnsName: target.distributionName, hostedZoneId: CLOUDFRONT_ZONE };
      lead('Resource', 'A', distribution);
      lead('Ipv6', 'AAAA', distribution);
    }
  }
}
