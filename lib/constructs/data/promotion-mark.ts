import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { MARK_PATH } from '../../../contract/promotion';
import type { Protection } from '../protection';

/**
 * Name of the bucket with a region’s mark. It is not left to CloudFormation, because the edge stack in another region must know it,
 * and no value is passed between regions. The longest names give 63 characters, as many as S3 allows.
 */
export function markBucketName(deployment: string, region: string): string {
  return `${deployment}-mark-${Aws.ACCOUNT_ID}-${region}`;
}

export interface PromotionMarkProps {
  /** Name of the deployment. */
  readonly deployment: string;
  /** How the mark is protected against deletion. */
  readonly protection: Protection;
}

/**
 * A bucket for the mark of a promotion: an object that exists from the moment this region’s database is promoted until an operator
 * deletes it. The health checks of all other data centers ask for it through CloudFront.
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
      // A data center that comes back needs the name again. The mark itself is safe: S3 deletes no bucket that is not empty.
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
        'It holds one object of one word, which is public through CloudFront, and CloudFront logs requests.',
    });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.bucket = bucket as s3.IBucket;
    this.key = `${MARK_PATH.slice(1)}/${region}`;
  }
}
