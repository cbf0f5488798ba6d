import { Annotations, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { MARK_PATH } from '../../../contract/promotion';
import { PROBES } from '../../../contract/settings';
import { ORIGIN_HEADER, originSecretValue } from './origin-secrets';

/** A server that CloudFront asks. */
interface CdnOrigin {
  /** Its DNS name. */
  readonly name: string;
  /** Whether it has a certificate for that name. */
  readonly https: boolean;
}

/** A region’s bucket for the mark of its promotion. */
export interface PromotionMarkBucket {
  readonly region: string;
  readonly bucketName: string;
}

export interface CdnDistributionProps {
  /** The nearest data center, or the only one. */
  readonly origin: CdnOrigin;
  /** The data center that accepts writes. @default - `origin` */
  readonly writesOrigin: CdnOrigin | undefined;
  /** Where the marks of promotions are, for each data center. */
  readonly promotionMarks: readonly PromotionMarkBucket[];
  /** Name of the secret that CloudFront sends to origins. */
  readonly originSecret: string;
  /** The fingerprinted files, in a private bucket. */
  readonly staticFiles: IBucket;
  /** ARN of the firewall. */
  readonly webAclArn: string;
  /** Bucket of the access logs. */
  readonly accessLogs: IBucket;
  /** Which of CloudFront’s locations are used, and so the price. */
  readonly priceClass: '100' | '200' | 'all';
  /** Where users reach the application. @default - CloudFront’s own name */
  readonly domainName: string | undefined;
  /** For that name. @default - CloudFront’s own certificate */
  readonly certificate: ICertificate | undefined;
}

const PRICE_CLASS = {
  '100': cloudfront.PriceClass.PRICE_CLASS_100,
  '200': cloudfront.PriceClass.PRICE_CLASS_200,
  all: cloudfront.PriceClass.PRICE_CLASS_ALL,
} as const satisfies Readonly<Record<CdnDistributionProps['priceClass'], cloudfront.PriceClass>>;

/** Errors that CloudFront would cache for ten seconds, also the 404 of a link that is created just then. */
const ERRORS_NOT_CACHED = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504] as const;

/** S3’s answers for a file that it does not have (403, because listing is not allowed), and when it fails. */
const BUCKET_FALLBACK_CODES = [403, 404, 500, 502, 503, 504];

/** Shorter than the load balancer’s 15 s for an idle connection: a request sent on a connection as it closes is lost. */
const KEEPALIVE_TIMEOUT = Duration.seconds(10);

/**
 * A CloudFront distribution in front of load balancers. It caches the page’s fingerprinted files for a year; everything else, each
 * redirect, the API and the page itself, goes to the servers every time.
 */
export class CdnDistribution extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, props: CdnDistributionProps) {
    super(scope, id);
    const servers = serversOrigin(props.origin, props.originSecret);
    const headers = securityHeaders(this, props.domainName !== undefined);
    const shared = {
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: headers,
    };
    /** Goes to the servers every time, by any method. */
    const uncached = (origin: cloudfront.IOrigin): cloudfront.BehaviorOptions => ({
      ...shared,
      origin,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      // With CloudFront’s own headers: one of them has the scheme of the user’s request.
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_AND_CLOUDFRONT_2022,
    });
    this.distribution = new cloudfront.Distribution(this, 'Resource', {
      comment: Stack.of(this).stackName,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      priceClass: PRICE_CLASS[props.priceClass],
      webAclId: props.webAclArn,
      enableLogging: true,
      logBucket: props.accessLogs,
      errorResponses: ERRORS_NOT_CACHED.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      ...(props.domainName === undefined || props.certificate === undefined
        ? {}
        : {
            domainNames: [props.domainName],
            certificate: props.certificate,
            minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2025,
          }),
      defaultBehavior: uncached(servers),
      additionalBehaviors: {
        '/static/*': {
          ...shared,
          // A file that is not in the bucket yet is on the servers whose page refers to it.
          origin: new origins.OriginGroup({
            primaryOrigin: origins.S3BucketOrigin.withOriginAccessControl(props.staticFiles, {
              // Origin Shield is for what is cached; elsewhere it would only cost.
              originShieldRegion: Stack.of(this).region,
            }),
            fallbackOrigin: servers,
            fallbackStatusCodes: BUCKET_FALLBACK_CODES,
          }),
          allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
          cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
          compress: true,
        },
        ...(props.writesOrigin === undefined
          ? {}
          : writeBehaviors(uncached(serversOrigin(props.writesOrigin, props.originSecret)))),
        ...Object.fromEntries(
          props.promotionMarks.map((mark) => [
            `${MARK_PATH}/${mark.region}`,
            this.promotionMarkBehavior(mark),
          ]),
        ),
      },
    });
    this.explain(props);
  }

  /** Never cached, so that a deleted mark is gone at once. */
  private promotionMarkBehavior({ region, bucketName }: PromotionMarkBucket): cloudfront.BehaviorOptions {
    const bucket = Bucket.fromBucketAttributes(this, `Mark-${region}`, { bucketName, region });
    const origin = origins.S3BucketOrigin.withOriginAccessControl(bucket);
    // The bucket’s own policy, in another stack, allows this account’s distributions.
    Annotations.of(this).acknowledgeWarning('@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac');
    return {
      origin,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    };
  }

  private explain({ domainName }: CdnDistributionProps): void {
    const validations = Validations.of(this.distribution);
    validations.acknowledge({
      id: 'AwsSolutions-CFR1',
      reason: 'Links are for readers anywhere; a team that may not serve a country adds a restriction.',
    });
    if (domainName === undefined) {
      validations.acknowledge(
        {
          id: 'AwsSolutions-CFR4',
          reason:
            'CloudFront’s own name comes with CloudFront’s own certificate and its choice of TLS; a domain has TLS 1.2 at least.',
        },
        {
          id: 'AwsSolutions-CFR5',
          reason:
            'Without a domain the load balancer can have no certificate; with one CloudFront asks it over TLS 1.2.',
        },
      );
    }
  }
}

/** All of the API goes where writes go, also its reads: the creator of a link finds it there, with its clicks. */
function writeBehaviors(behavior: cloudfront.BehaviorOptions): Record<string, cloudfront.BehaviorOptions> {
  return { '/api/*': behavior, [PROBES.writable]: behavior };
}

function serversOrigin(origin: CdnOrigin, originSecret: string): origins.HttpOrigin {
  return new origins.HttpOrigin(origin.name, {
    protocolPolicy: origin.https
      ? cloudfront.OriginProtocolPolicy.HTTPS_ONLY
      : cloudfront.OriginProtocolPolicy.HTTP_ONLY,
    originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
    keepaliveTimeout: KEEPALIVE_TIMEOUT,
    customHeaders: { [ORIGIN_HEADER]: originSecretValue(originSecret) },
  });
}

/** Headers that CloudFront adds unless the application has set them. */
function securityHeaders(scope: Construct, hasDomain: boolean): cloudfront.ResponseHeadersPolicy {
  return new cloudfront.ResponseHeadersPolicy(scope, 'Headers', {
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: false },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
        override: false,
      },
      // Not for CloudFront’s own name, which is shared.
      ...(hasDomain
        ? {
            strictTransportSecurity: {
              accessControlMaxAge: Duration.days(365),
              includeSubdomains: false,
              override: false,
            },
          }
        : {}),
    },
  });
}
