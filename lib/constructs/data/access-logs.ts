import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Protection } from '../protection';

export interface AccessLogsProps {
  /** How logs are protected against deletion. */
  readonly protection: Protection;
  /** What writes the logs: CloudFront needs access control lists, the load balancer a bucket policy. */
  readonly writer: 'load balancer' | 'CloudFront';
}

/** A bucket that keeps access logs for 90 days, encrypted by S3’s own key: neither writer can use one of ours. */
export function accessLogsBucket(scope: Construct, id: string, props: AccessLogsProps): s3.IBucket {
  const bucket = new s3.Bucket(scope, id, {
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    objectOwnership:
      props.writer === 'CloudFront'
        ? s3.ObjectOwnership.BUCKET_OWNER_PREFERRED
        : s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [
      { expiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
    removalPolicy: props.protection.removalPolicy,
    autoDeleteObjects: props.protection.removalPolicy === RemovalPolicy.DESTROY,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'This is the bucket that access logs go to; logs of its own would only log themselves.',
  });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
  return bucket as s3.IBucket;
}
