import { type Environment, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { encryptionKey } from '../constructs/data/encryption-key';
import { markBucketName } from '../constructs/data/promotion-mark';
import { Cdn } from '../constructs/edge/cdn';
import { cdnCertificate } from '../constructs/edge/certificates';
import { readsName, writesName } from '../constructs/edge/data-center-routing';
import { originSecretNames } from '../constructs/edge/origin-secrets';
import { DomainRecord, hostedZone, originName } from '../constructs/edge/records';
import { applyFunctionDefaults } from '../constructs/function-defaults';
import { protectionOf } from '../constructs/protection';
import type { ScalingPlan } from '../scaling-plan';
import type { Domain } from '../settings';

export interface EdgeStackProps {
  /** Region, and the account where one is set. */
  readonly env: Environment;
  /** What exists, and how large. */
  readonly plan: ScalingPlan;
  /** Whether `cdk destroy` leaves nothing behind. */
  readonly sandbox: boolean;
  /** Name of the deployment. */
  readonly deployment: string;
  /** Absolute path of a team’s own server entry. @default - app/server.ts */
  readonly appEntry: string | undefined;
  /** Where users reach the application. */
  readonly domain: Domain;
  /** Regions of the data centers, the primary’s first. */
  readonly regions: readonly [string, ...string[]];
}

/**
 * The domain and, from rung 6 on, CloudFront: what is in front of all data centers. They are found by DNS names and not by references,
 * so no value is passed between regions.
 */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, { env: props.env, description: 'zero-to-million: what stands before the data centers' });
    const { domain, plan, regions } = props;
    const cdn = plan.cdn ? this.addCdn(props) : undefined;
    new DomainRecord(this, 'Domain', {
      hostedZoneId: domain.hostedZoneId,
      domainName: domain.name,
      target: cdn
        ? { distributionName: cdn.distribution.distributionDomainName }
        : { originName: originName(regions[0], domain.name) },
    });
  }

  private addCdn(props: EdgeStackProps): Cdn {
    const { deployment, domain, plan, regions, sandbox, appEntry } = props;
    const protection = protectionOf(sandbox);
    const protectedData = { key: encryptionKey(this, 'Key', { protection }), protection };
    const zone = hostedZone(this, domain);
    const certificate = cdnCertificate(this, 'Certificate', { zone, domainName: domain.name });
    applyFunctionDefaults(this, protectedData);
    return new Cdn(this, 'Front', {
      ...protectedData,
      deployment,
      // A single data center is asked by its own name, whatever records earlier data centers have left behind.
      origin: {
        name: plan.dataCenters ? readsName(domain.name) : originName(regions[0], domain.name),
        https: true,
      },
      writesOrigin: plan.dataCenters ? { name: writesName(domain.name), https: true } : undefined,
      promotionMarks: plan.dataCenters
        ? regions.map((region) => ({ region, bucketName: markBucketName(deployment, region) }))
        : [],
      originSecret: originSecretNames(deployment, plan.originSecret)[0],
      entry: appEntry,
      priceClass: plan.priceClass,
      domainName: domain.name,
      certificate,
    });
  }
}
