import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { acknowledgeLogging, acknowledgeWildcard } from '../acknowledge';
import { bundleStaticFiles, pageFolder } from '../compute/bundle';
import { bundledBy } from '../compute/local-bundling';
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
      // Or a rollback could not delete the bucket that it has just filled. Files come again with the next deployment.
      retainOnDelete: false,
      cacheControl: [CacheControl.fromString('public, max-age=31536000, immutable')],
      memoryLimit: 256,
      logGroup: functionLogs(this, 'DeploymentLogs', props),
    });
    acknowledge(deployment, bucket);
  }
}

/** The function that copies the files is the CDK's, one for all such copies in a stack; what it may do is the CDK's choice. */
function acknowledge(deployment: BucketDeployment, bucket: s3.Bucket): void {
  const stack = Stack.of(deployment);
  const { partition, account, region } = stack;
  const role = deployment.handlerRole;
  acknowledgeLogging(role);
  const qualifier = stack.synthesizer.bootstrapQualifier ?? '';
  acknowledgeWildcard(
    role,
    `arn:${partition}:s3:::cdk-${qualifier}-assets-${account}-${region}/*`,
    'It reads what the CDK uploads for every deployment, which has another name each time.',
  );
  const id =
    bucket.node.defaultChild instanceof s3.CfnBucket ? stack.getLogicalId(bucket.node.defaultChild) : '';
  acknowledgeWildcard(
    role,
    `<${id}.Arn>/*`,
    'It writes the page’s files, whose names change with their content, into this one bucket.',
  );
  for (const action of ['GetBucket', 'GetObject', 'List', 'Abort', 'DeleteObject']) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Action::s3:${action}*]`,
      reason:
        'The CDK’s grant of reading from, or writing to, a bucket; it is narrowed to the two buckets of the copy.',
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
