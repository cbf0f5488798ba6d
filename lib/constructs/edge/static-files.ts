import { AssetHashType, DockerImage, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { acknowledgeWildcard } from '../acknowledge';
import { bundleStaticFiles, pageFolder } from '../compute/bundle';
import { functionLogs, type FunctionHousingProps } from '../functions';

export interface StaticFilesProps extends FunctionHousingProps {
  /** Absolute path of a team's own server entry. @default - app/server.ts */
  readonly entry: string | undefined;
}

const ROOT = resolve(__dirname, '../../..');

/**
 * The page's fingerprinted files, in a private bucket. Files are added and never taken away: a page that was loaded
 * before a deployment goes on finding what it refers to. They are what everybody may read, so S3's own key serves.
 */
export class StaticFiles extends Construct {
  readonly bucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: StaticFilesProps) {
    super(scope, id);
    const { removalPolicy } = props.protection;
    const bucket = new s3.Bucket(this, 'Resource', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'CloudFront alone reads it, and CloudFront’s own access logs say who asked for what.',
    });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.bucket = bucket as s3.IBucket;
    const folder = join(pageFolder({ root: ROOT, entry: props.entry }), 'static');
    // A team's own application may have none.
    if (existsSync(folder)) {
      this.deploy(folder, props);
    }
  }

  private deploy(folder: string, props: StaticFilesProps): void {
    const deployment = new BucketDeployment(this, 'Deployment', {
      sources: [
        Source.asset(folder, {
          assetHashType: AssetHashType.OUTPUT,
          bundling: {
            // Never pulled: the local bundling below never declines.
            image: DockerImage.fromRegistry('none'),
            local: {
              tryBundle: (output) => {
                bundleStaticFiles({ root: ROOT, entry: props.entry, folder: output });
                return true;
              },
            },
          },
        }),
      ],
      destinationBucket: this.bucket,
      prune: false,
      // Production keeps what the bucket holds; a sandbox's bucket is emptied by its own function.
      retainOnDelete: true,
      cacheControl: [CacheControl.fromString('public, max-age=31536000, immutable')],
      memoryLimit: 256,
      logGroup: functionLogs(this, 'DeploymentLogs', props),
    });
    acknowledgeWildcard(deployment, '*', 'x');
  }
}
