import { CfnHealthCheck, CfnRecordSet, type CfnRecordSetProps } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { MARK_PATH } from '../../../contract/promotion';
import { PROBES } from '../../../contract/settings';
import { originName } from './records';

/** DNS name of the nearest data center that answers reads, for CloudFront. */
export function readsName(domainName: string): string {
  return `reads.${domainName}`;
}

/** DNS name of the data center whose database accepts writes, for CloudFront. */
export function writesName(domainName: string): string {
  return `writes.${domainName}`;
}

export interface DataCenterRoutingProps {
  /** Route 53’s id of the domain’s hosted zone. */
  readonly hostedZoneId: string;
  /** Where users reach the application. */
  readonly domainName: string;
  /** Region of this data center. */
  readonly region: string;
  /** Regions of the others. Empty: all requests come here, without health checks. */
  readonly otherRegions: readonly string[];
}

/** Seconds for which resolvers cache an answer: a part of the time in which users notice that a region is down. */
const TTL = '10';

/** Route 53’s fastest: every ten seconds from many places, unhealthy after three failures. */
const INTERVAL = { requestInterval: 10, failureThreshold: 3 } as const;

/**
 * DNS records that route CloudFront’s requests to this data center while it is healthy. Health checks exist beforehand and nothing is
 * edited in an outage: Route 53’s data plane alone decides. As soon as another region’s database is promoted, this data center gets no
 * requests, whatever its own probes say: its data is out of date.
 */
export class DataCenterRouting extends Construct {
  /** Health checks, one for each other region: healthy while that region’s database is *not* promoted. */
  private readonly notPromoted: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DataCenterRoutingProps,
  ) {
    super(scope, id);
    const { domainName, region, otherRegions } = props;
    this.notPromoted = otherRegions.map((other) =>
      check(this, `Not${other}`, {
        fullyQualifiedDomainName: domainName,
        resourcePath: `${MARK_PATH}/${other}`,
        // Healthy without a mark, and also without an answer: otherwise one outage would cause another.
        inverted: true,
      }),
    );
    const [reads, writes] = [readsName(domainName), writesName(domainName)];
    const ready = this.health('ReadsHealth', PROBES.ready);
    // The nearest of the data centers that can answer reads.
    this.record('Reads', reads, { setIdentifier: region, region }, ready);
    // Any of the data centers whose database accepts writes: there is one.
    const writable = this.health('WritesHealth', PROBES.writable);
    this.record('Writes', writes, { setIdentifier: region, weight: 1 }, writable);
    if (ready !== undefined) {
      // While no database accepts writes: any data center that answers reads, because it can refuse the write. Route 53 uses a record of
      // weight 0 only while no record with a weight is healthy. Without it, Route 53 would treat all as healthy, the dead one too.
      this.record('Refusals', writes, { setIdentifier: `${region}-refusals`, weight: 0 }, ready);
    }
  }

  /** A CNAME: its target need not exist yet, and its type never has to change. */
  private record(
    id: string,
    name: string,
    routing: Pick<CfnRecordSetProps, 'setIdentifier' | 'region' | 'weight'>,
    healthCheckId: string | undefined,
  ): void {
    const { hostedZoneId, domainName, region } = this.props;
    new CfnRecordSet(this, id, {
      hostedZoneId,
      name,
      type: 'CNAME',
      ttl: TTL,
      resourceRecords: [originName(region, domainName)],
      ...routing,
      ...(healthCheckId === undefined ? {} : { healthCheckId }),
    });
  }

  /** Undefined where there is no other data center to route to. */
  private health(id: string, probe: string): string | undefined {
    const { domainName, region, otherRegions } = this.props;
    if (otherRegions.length === 0) {
      return undefined;
    }
    const scope = new Construct(this, id);
    const answers = check(scope, 'Answers', {
      fullyQualifiedDomainName: originName(region, domainName),
      resourcePath: probe,
    });
    const all = [answers, ...this.notPromoted];
    return new CfnHealthCheck(scope, 'All', {
      healthCheckConfig: { type: 'CALCULATED', childHealthChecks: all, healthThreshold: all.length },
    }).attrHealthCheckId;
  }
}

function check(
  scope: Construct,
  id: string,
  what: Pick<
    CfnHealthCheck.HealthCheckConfigProperty,
    'fullyQualifiedDomainName' | 'resourcePath' | 'inverted'
  >,
): string {
  return new CfnHealthCheck(scope, id, {
    healthCheckConfig: { type: 'HTTPS', port: 443, enableSni: true, ...INTERVAL, ...what },
  }).attrHealthCheckId;
}
