import { CfnHealthCheck, CfnRecordSet, type CfnRecordSetProps } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { MARK_PATH } from '../../../contract/promotion';
import { PROBES } from '../../../contract/settings';
import { originName } from './records';

/** What CloudFront calls the nearest data center that answers reads. */
export function readsName(domainName: string): string {
  return `reads.${domainName}`;
}

/** What CloudFront calls the data center whose database takes writes. */
export function writesName(domainName: string): string {
  return `writes.${domainName}`;
}

export interface DataCenterRoutingProps {
  readonly hostedZoneId: string;
  readonly domainName: string;
  /** Where this data center is. */
  readonly region: string;
  /** Where the others are. @default - there is none, so requests come here whatever health checks would say */
  readonly otherRegions: readonly string[];
}

/** How long resolvers remember an answer, in seconds: a part of the time in which users notice that a region is gone. */
const TTL = '10';

/** Route 53's fastest: asked every ten seconds from many places, and believed after three failures. */
const INTERVAL = { requestInterval: 10, failureThreshold: 3 } as const;

/**
 * Leads CloudFront's requests to this data center while it can answer them. Health checks are made beforehand, and
 * nothing is edited in an outage: Route 53's data plane alone decides. A data center is passed over as soon as
 * another one's database was promoted, whatever its own probes say: what it holds is no longer what users wrote.
 */
export class DataCenterRouting extends Construct {
  /** Health checks, one for each of the others: whether it has *not* been promoted. */
  private readonly unmarked: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DataCenterRoutingProps,
  ) {
    super(scope, id);
    const { domainName, region, otherRegions } = props;
    this.unmarked = otherRegions.map((other) =>
      check(this, `Not${other}`, {
        fullyQualifiedDomainName: domainName,
        resourcePath: `${MARK_PATH}/${other}`,
        // Healthy where there is no mark; also where nobody can say, for then an outage would follow another.
        inverted: true,
      }),
    );
    const [reads, writes] = [readsName(domainName), writesName(domainName)];
    const ready = this.health('ReadsHealth', PROBES.ready);
    // The nearest of those that can answer reads.
    this.record('Reads', reads, { setIdentifier: region, region }, ready);
    // Any of those whose database takes writes: there is one.
    const writable = this.health('WritesHealth', PROBES.writable);
    this.record('Writes', writes, { setIdentifier: region, weight: 1 }, writable);
    if (ready !== undefined) {
      // Where there is none, any that can say so: a record without weight counts only while none with a weight is healthy.
      // Had the name no such record, Route 53 would then take every data center for healthy, the dead one too.
      this.record('Refusals', writes, { setIdentifier: `${region}-refusals`, weight: 0 }, ready);
    }
  }

  /** A name for another name: it may be made before that one is there, and its kind never has to change. */
  private record(
    id: string,
    name: string,
    among: Pick<CfnRecordSetProps, 'setIdentifier' | 'region' | 'weight'>,
    healthCheckId: string | undefined,
  ): void {
    const { hostedZoneId, domainName, region } = this.props;
    new CfnRecordSet(this, id, {
      hostedZoneId,
      name,
      type: 'CNAME',
      ttl: TTL,
      resourceRecords: [originName(region, domainName)],
      ...among,
      ...(healthCheckId === undefined ? {} : { healthCheckId }),
    });
  }

  /** Undefined where there is no other data center to go to. */
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
    const all = [answers, ...this.unmarked];
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
