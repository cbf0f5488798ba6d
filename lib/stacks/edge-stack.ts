import { CfnOutput, type Environment, Stack } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { AccessLogs } from '../constructs/data/access-logs';
import { EncryptionKey } from '../constructs/data/encryption-key';
import { Cdn, type CdnOrigin } from '../constructs/edge/cdn';
import { CdnEntrance } from '../constructs/edge/cdn-entrance';
import { CdnCertificate } from '../constructs/edge/certificates';
import { Firewall } from '../constructs/edge/firewall';
import type { LoadBalancer } from '../constructs/edge/load-balancer';
import { originSecretNames } from '../constructs/edge/origin-secrets';
import { DomainRecord, hostedZone, originName } from '../constructs/edge/records';
import { StaticFiles } from '../constructs/edge/static-files';
import { houseFunctions } from '../constructs/functions';
import { protectionOf } from '../constructs/protection';
import type { ScalingPlan } from '../scaling-plan';
import type { Domain } from '../settings';

export interface EdgeStackProps {
  readonly env: Environment;
  readonly plan: ScalingPlan;
  readonly sandbox: boolean;
  /** What names of the deployment's own begin with. */
  readonly deployment: string;
  /** Absolute path of a team's own server entry. @default - app/server.ts */
  readonly appEntry: string | undefined;
  /** What users are led to, and how. */
  readonly entrance: EdgeEntrance;
}

/**
 * With a domain the data center is found by name and not by reference, so no value crosses regions. Without one only its
 * load balancer itself will do, in this stack's own region.
 */
export type EdgeEntrance =
  { readonly domain: Domain; readonly primaryRegion: string } | { readonly loadBalancer: LoadBalancer };

/** What stands before every data center. Reads as the path of a request. */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, { env: props.env, description: 'zero-to-million: what stands before the data centers' });
    const { plan, entrance } = props;
    const cdn = plan.cdn ? this.cdn(props) : undefined;
    if ('domain' in entrance) {
      new DomainRecord(this, 'Domain', {
        hostedZoneId: entrance.domain.hostedZoneId,
        domainName: entrance.domain.name,
        target:
          cdn === undefined
            ? { originName: originName(entrance.primaryRegion, entrance.domain.name) }
            : { distributionName: cdn.distribution.distributionDomainName },
      });
    }
  }

  private cdn(props: EdgeStackProps): Cdn {
    const { plan, entrance } = props;
    const protection = protectionOf(props.sandbox);
    const kept = { key: new EncryptionKey(this, 'Key', { protection }), protection };
    const secrets = originSecretNames(props.deployment, plan.originSecret);
    const firewall = new Firewall(this, 'Firewall');
    const staticFiles = new StaticFiles(this, 'StaticFiles', { ...kept, entry: props.appEntry });
    const cdn = new Cdn(this, 'Cdn', {
      origin: originOf(entrance),
      originSecret: secrets[0],
      staticFiles: staticFiles.bucket,
      firewall,
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
      accessLogs: new AccessLogs(this, 'AccessLogs', { protection, writer: 'CloudFront' }) as IBucket,
      priceClass: plan.priceClass,
      domain: 'domain' in entrance ? this.domain(entrance.domain) : undefined,
    });
    if ('loadBalancer' in entrance) {
      new CdnEntrance(this, 'Entrance', {
        ...kept,
        loadBalancer: entrance.loadBalancer,
        secrets,
        sender: cdn.distribution,
        after: [],
      });
      new CfnOutput(this, 'Url', {
        value: `https://${cdn.distribution.distributionDomainName}`,
        description: 'Where users reach the application',
      });
    }
    houseFunctions(this, kept);
    return cdn;
  }

  private domain(domain: Domain) {
    const certificate = new CdnCertificate(this, 'Certificate', {
      zone: hostedZone(this, domain),
      domainName: domain.name,
    });
    return { name: domain.name, certificate };
  }
}

function originOf(entrance: EdgeEntrance): CdnOrigin {
  return 'domain' in entrance
    ? { name: originName(entrance.primaryRegion, entrance.domain.name), https: true }
    : { name: entrance.loadBalancer.resource.loadBalancerDnsName, https: false };
}
