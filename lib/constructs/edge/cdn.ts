import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';
import { accessLogsBucket } from '../data/access-logs';
import type { ProtectedDataProps } from '../protection';
import { CdnDistribution, type CdnDistributionProps } from './cdn-distribution';
import { Firewall } from './firewall';
import { StaticFiles } from './static-files';

export interface CdnProps
  extends ProtectedDataProps, Omit<CdnDistributionProps, 'staticFiles' | 'webAclArn' | 'accessLogs'> {
  /** Name of the deployment. */
  readonly deployment: string;
  /** Absolute path of a team’s own server entry. @default - app/server.ts */
  readonly entry: string | undefined;
}

/** CloudFront with its firewall, the bucket of static files and its access logs. It must be in us-east-1. */
export class Cdn extends Construct {
  readonly distribution: IDistribution;

  constructor(scope: Construct, id: string, props: CdnProps) {
    super(scope, id);
    const { protection } = props;
    this.distribution = new CdnDistribution(this, 'Cdn', {
      ...props,
      webAclArn: new Firewall(this, 'Firewall', props).arn,
      staticFiles: new StaticFiles(this, 'StaticFiles', props).bucket,
      accessLogs: accessLogsBucket(this, 'AccessLogs', { protection, writer: 'CloudFront' }),
    }).distribution;
  }
}
