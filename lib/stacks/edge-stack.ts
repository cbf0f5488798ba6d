import { type Environment, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EncryptionKey } from '../constructs/data/encryption-key';
import { CdnCertificate } from '../constructs/edge/certificates';
import { markBucketName } from '../constructs/data/promotion-mark';
import { readsName, writesName } from '../constructs/edge/data-center-routing';
import { Front } from '../constructs/edge/front';
import { originSecretNames } from '../constructs/edge/origin-secrets';
import { DomainRecord, hostedZone, originName } from '../constructs/edge/records';
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
  readonly domain: Domain;
  /** Where data centers stand, the first one first. */
  readonly regions: readonly [string, ...string[]];
}

/**
 * What stands before every data center, and the domain that leads there. Data centers are found by name and not by
 * reference, so no value crosses regions. Reads as the path of a request.
 */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, { env: props.env, description: 'zero-to-million: what stands before the data centers' });
    const { domain, plan } = props;
    const front = plan.cdn ? this.front(props) : undefined;
    new DomainRecord(this, 'Domain', {
      hostedZoneId: domain.hostedZoneId,
      domainName: domain.name,
      target:
        front === undefined
          ? { originName: originName(props.regions[0], domain.name) }
          : { distributionName: front.distribution.distributionDomainName },
    });
  }

  private front(props: EdgeStackProps): Front {
    const { deployment, domain, plan, regions, sandbox, appEntry } = props;
    const protection = protectionOf(sandbox);
    const kept = { key: new EncryptionKey(this, 'Key', { protection }), protection };
    const certificate = new CdnCertificate(this, 'Certificate', {
      zone: hostedZone(this, domain),
      domainName: domain.name,
    });
    houseFunctions(this, kept);
    return new Front(this, 'Front', {
      ...kept,
      deployment,
      origin: {
        // One data center is asked by its own name: whatever others have left behind then receives nobody.
        name: plan.dataCenters ? readsName(domain.name) : originName(regions[0], domain.name),
        https: true,
      },
      dataCenters: plan.dataCenters
        ? {
            writes: { name: writesName(domain.name), https: true },
            marks: regions.map((region) => ({ region, bucketName: markBucketName(deployment, region) })),
          }
        : undefined,
      originSecret: originSecretNames(deployment, plan.originSecret)[0],
      entry: appEntry,
      priceClass: plan.priceClass,
      domain: { name: domain.name, certificate },
    });
  }
}
