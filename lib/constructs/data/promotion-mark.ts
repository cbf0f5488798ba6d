import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { MARK_PATH } from '../../../contract/promotion';
import type { Protection } from '../protection';

/**
 * Name of the bucket that holds a region's mark: ours and not CloudFormation's, because the edge in another region must
 * know it, and no value crosses regions. With the longest names it has 63 letters, as many as S3 takes.
 */
export function markBucketName(deployment: string, region: string): string {
  return `${deployment}-mark-${Aws.ACCOUNT_ID}-${region}`;
}

export interface PromotionMarkProps {
  /** What the deployment's stacks are called. */
  readonly deployment: string;
  readonly protection: Protection;
}

/**
 * Where this region says that its database was promoted: an object that is there or not, which health checks of all
 * other data centers ask for through CloudFront. It says so as long as nobody takes it away, whatever comes back.
 */
export class PromotionMark extends Construct {
  readonly bucket: s3.IBucket;
  /** The object's key. */
  readonly key: string;

  constructor(scope: Construct, id: string, props: PromotionMarkProps) {
    super(scope, id);
    const { removalPolicy } = props.protection;
    const { account, partition, region } = Stack.of(this);
    const bucket = new s3.Bucket(this, 'Resource', {
      bucketName: markBucketName(props.deployment, region),
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      // Its name is wanted again when a data center comes back. What counts is the mark in it, and S3 deletes no bucket
      // that holds anything.
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: [bucket.arnForObjects('*')],
        conditions: {
          ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudfront::${account}:distribution/*` },
        },
      }),
    );
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'It holds one object of one word, which CloudFront shows to everybody, and CloudFront logs who asks.',
    });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.bucket = bucket as s3.IBucket;
    this.key = `${MARK_PATH.slice(1)}/${region}`;
  }
}
