import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnRecordSet, HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/** A hosted zone by its id alone: no lookup, so no account is needed. */
export function hostedZone(scope: Construct, domain: { name: string; hostedZoneId: string }): IHostedZone {
  return HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
    hostedZoneId: domain.hostedZoneId,
    // The CDK only checks that names end with it; the real zone may be a parent.
    zoneName: domain.name,
  });
}

/** DNS name of a data center’s entrance; users never see it. */
export function originName(region: string, domainName: string): string {
  return `origin-${region}.${domainName}`;
}

/** The entrance of a data center: an IP address, or a load balancer. */
export type OriginTarget = { readonly address: string } | { readonly loadBalancer: IApplicationLoadBalancer };

export interface OriginRecordProps {
  /** Route 53’s id of the domain’s hosted zone. */
  readonly hostedZoneId: string;
  /** DNS name of the record. */
  readonly name: string;
  /** Route 53 changes one kind into the other in place. */
  readonly target: OriginTarget;
}

/** The DNS record of a data center’s entrance, the same resource at every rung. */
export class OriginRecord extends Construct {
  constructor(scope: Construct, id: string, props: OriginRecordProps) {
    super(scope, id);
    new CfnRecordSet(this, 'Resource', {
      hostedZoneId: props.hostedZoneId,
      name: props.name,
      type: 'A',
      ...('address' in props.target
        ? // Short, so that the climb to a load balancer takes effect within a minute.
          { ttl: '60', resourceRecords: [props.target.address] }
        : {
            aliasTarget: {
              dnsName: props.target.loadBalancer.loadBalancerDnsName,
              hostedZoneId: props.target.loadBalancer.loadBalancerCanonicalHostedZoneId,
            },
          }),
    });
  }
}

/** Target of the domain: a record of the same zone, or a CloudFront distribution. */
type DomainTarget = { readonly originName: string } | { readonly distributionName: string };

export interface DomainRecordProps {
  /** Route 53’s id of the domain’s hosted zone. */
  readonly hostedZoneId: string;
  /** Where users reach the application. */
  readonly domainName: string;
  /** Where the domain leads; changed in place. */
  readonly target: DomainTarget;
}

/** The hosted zone of all CloudFront distributions (Route 53’s reference, “AliasTarget”). */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

/**
 * The record of the domain: an alias, so that it may be a zone’s apex and its target can change in place. CloudFront also speaks IPv6,
 * so it gets an AAAA record, too.
 */
export class DomainRecord extends Construct {
  constructor(scope: Construct, id: string, props: DomainRecordProps) {
    super(scope, id);
    const { hostedZoneId, domainName, target } = props;
    const alias = (
      recordId: string,
      type: 'A' | 'AAAA',
      aliasTarget: CfnRecordSet.AliasTargetProperty,
    ): void => {
      new CfnRecordSet(this, recordId, { hostedZoneId, name: domainName, type, aliasTarget });
    };
    if ('originName' in target) {
      alias('Resource', 'A', { dnsName: target.originName, hostedZoneId });
    } else {
      const distribution = { dnsName: target.distributionName, hostedZoneId: CLOUDFRONT_ZONE };
      alias('Resource', 'A', distribution);
      alias('Ipv6', 'AAAA', distribution);
    }
  }
}
