import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suppressLambdaLogging, suppressWildcard } from '../nag-suppressions';
import { bundleStaticFiles, pageFolder } from '../compute/bundle';
import { bundledBy } from '../compute/local-bundling';
import { functionLogGroup } from '../function-defaults';
import type { ProtectedDataProps } from '../protection';

export interface StaticFilesProps extends ProtectedDataProps {
  /** Absolute path of a team’s own server entry. @default - app/server.ts */
  readonly entry: string | undefined;
}

const ROOT = resolve(__dirname, '../../..');

/**
 * The page’s fingerprinted files, in a private bucket. Deployments add files and delete none, so that a page which was loaded before still
 * finds its own. The files are public, so S3’s own key encrypts them.
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
      reason: 'Only CloudFront reads it, and CloudFront has access logs.',
    });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.bucket = bucket as s3.IBucket;
    const folder = join(pageFolder({ root: ROOT, entry: props.entry }), 'static');
    // A team’s own application may have no static files.
    if (existsSync(folder)) {
      this.deploy(folder, bucket, props);
    }
  }

  private deploy(folder: string, bucket: s3.Bucket, props: StaticFilesProps): void {
    const deployment = new BucketDeployment(this, 'Deployment', {
      sources: [
        Source.asset(
          folder,
          bundledBy((output) => {
            bundleStaticFiles({ root: ROOT, entry: props.entry, folder: output });
          }),
        ),
      ],
      destinationBucket: this.bucket,
      prune: false,
      // Otherwise a rollback could not delete the bucket, which is not empty. The next deployment copies the files again.
      retainOnDelete: false,
      cacheControl: [CacheControl.fromString('public, max-age=31536000, immutable')],
      memoryLimit: 256,
      logGroup: functionLogGroup(this, 'DeploymentLogs', props),
    });
    explainDeployment(deployment, bucket);
  }
}

/** Tells cdk-nag that the function which copies the files, and its permissions, are the CDK’s own. */
function explainDeployment(deployment: BucketDeployment, bucket: s3.Bucket): void {
  const stack = Stack.of(deployment);
  const { partition, account, region } = stack;
  const role = deployment.handlerRole;
  suppressLambdaLogging(role);
  const qualifier = stack.synthesizer.bootstrapQualifier ?? '';
  suppressWildcard(
    role,
    `arn:${partition}:s3:::cdk-${qualifier}-assets-${account}-${region}/*`,
    'It reads what the CDK uploads for every deployment, which has another name each time.',
  );
  const id =
    bucket.node.defaultChild instanceof s3.CfnBucket ? stack.getLogicalId(bucket.node.defaultChild) : '';
  suppressWildcard(
    role,
    `<${id}.Arn>/*`,
    'It writes the page’s files, whose names change with their content, into this one bucket.',
  );
  for (const action of ['GetBucket', 'GetObject', 'List', 'Abort', 'DeleteObject']) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Action::s3:${action}*]`,
      reason:
        'The CDK’s grant for reading or writing a bucket; it is restricted to the two buckets of the copy.',
    });
  }
  const { scope: handler } = role.node;
  if (handler !== undefined) {
    Validations.of(handler).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'The CDK’s own function: the CDK chooses its runtime, and moves it on with its own versions.',
    });
  }
}
