import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Protection } from '../protection';

export interface AccessLogsProps {
  readonly protection: Protection;
  /** CloudFront is let in by an access control list, the load balancer by a policy. */
  readonly writer: 'load balancer' | 'CloudFront';
}

/** Who asked what, for 90 days. Neither writer can write under a key of ours: S3's own serves. */
export class AccessLogs extends s3.Bucket {
  constructor(scope: Construct, id: string, props: AccessLogsProps) {
    super(scope, id, {
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
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'This is the bucket that access logs go to; logs of its own would only log themselves.',
    });
  }
}
