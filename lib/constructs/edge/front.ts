import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AccessLogs } from '../data/access-logs';
import type { FunctionHousingProps } from '../functions';
import { Cdn, type CdnProps } from './cdn';
import { Firewall } from './firewall';
import { StaticFiles } from './static-files';

export interface FrontProps
  extends
    FunctionHousingProps,
    Pick<CdnProps, 'origin' | 'dataCenters' | 'originSecret' | 'priceClass' | 'domain'> {
  /** What the deployment's stacks are called. */
  readonly deployment: string;
  /** Absolute path of a team's own server entry. @default - app/server.ts */
  readonly entry: string | undefined;
}

/** All that stands before the load balancer: CloudFront, its firewall, the files that it answers with, and its logs. */
export class Front extends Construct {
  readonly distribution: IDistribution;

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id);
    const { protection } = props;
    this.distribution = new Cdn(this, 'Cdn', {
      ...props,
      firewall: new Firewall(this, 'Firewall', props),
      staticFiles: new StaticFiles(this, 'StaticFiles', props).bucket,
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
      accessLogs: new AccessLogs(this, 'AccessLogs', { protection, writer: 'CloudFront' }) as IBucket,
    }).distribution;
  }
}
