import { Annotations, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { MARK_PATH } from '../../../contract/promotion';
import { PROBES } from '../../../contract/settings';
import type { Firewall } from './firewall';
import { ORIGIN_HEADER, originSecretValue } from './origin-secrets';

export interface CdnProps {
  /** Where load balancers are reached: the nearest, or the only one. */
  readonly origin: CdnOrigin;
  /** What is asked elsewhere. @default - there is one data center, which answers all */
  readonly dataCenters: CdnDataCenters | undefined;
  /** Name of the secret by which CloudFront proves itself there. */
  readonly originSecret: string;
  /** The fingerprinted files, private. */
  readonly staticFiles: IBucket;
  readonly firewall: Firewall;
  readonly accessLogs: IBucket;
  /** From where CloudFront answers, and so what it charges: 100, 200 or all of its price classes. */
  readonly priceClass: '100' | '200' | 'all';
  /** The name that users know. @default - CloudFront's own */
  readonly domain: CdnDomain | undefined;
}

/** A load balancer, as CloudFront finds it. */
interface CdnOrigin {
  readonly name: string;
  /** Whether it shows a certificate for that name. */
  readonly https: boolean;
}

/** How several data centers are told apart. */
interface CdnDataCenters {
  /** Where the data center is reached whose database takes writes. */
  readonly writes: CdnOrigin;
  /** Where each region keeps the mark of its promotion. */
  readonly marks: readonly { readonly region: string; readonly bucketName: string }[];
}

interface CdnDomain {
  readonly name: string;
  readonly certificate: ICertificate;
}

const PRICE_CLASS = {
  '100': cloudfront.PriceClass.PRICE_CLASS_100,
  '200': cloudfront.PriceClass.PRICE_CLASS_200,
  all: cloudfront.PriceClass.PRICE_CLASS_ALL,
} as const satisfies Readonly<Record<CdnProps['priceClass'], cloudfront.PriceClass>>;

/** Errors that CloudFront would otherwise repeat for ten seconds, also those of a link that has just been made. */
const REPEATED_ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504] as const;

/** What S3 says of a file that it does not have (403, for nobody may list the bucket), or when it fails. */
const NOT_IN_THE_BUCKET = [403, 404, 500, 502, 503, 504];

/** Shorter than the 15 that the load balancer keeps a connection which nobody uses: a request sent as it closes is lost. */
const KEEP_ALIVE = Duration.seconds(10);

/**
 * CloudFront before the load balancer. The page's fingerprinted files are answered from the edge, for a year; everything
 * else, each redirect, the API and the page itself, is asked of the servers every time.
 */
export class Cdn extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, props: CdnProps) {
    super(scope, id);
    const servers = serversOrigin(props.origin, props.originSecret);
    const headers = securityHeaders(this, props.domain !== undefined);
    const shared = {
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: headers,
    };
    /** Asked of servers every time, whatever the method. */
    const asked = (origin: cloudfront.IOrigin): cloudfront.BehaviorOptions => ({
      ...shared,
      origin,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      // With CloudFront's own headers: they tell servers by which scheme users came.
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_AND_CLOUDFRONT_2022,
    });
    this.distribution = new cloudfront.Distribution(this, 'Resource', {
      comment: Stack.of(this).stackName,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      priceClass: PRICE_CLASS[props.priceClass],
      webAclId: props.firewall.arn,
      enableLogging: true,
      logBucket: props.accessLogs,
      errorResponses: REPEATED_ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      ...(props.domain === undefined
        ? {}
        : {
            domainNames: [props.domain.name],
            certificate: props.domain.certificate,
            minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2025,
          }),
      defaultBehavior: asked(servers),
      additionalBehaviors: {
        '/static/*': {
          ...shared,
          // A file that has not reached the bucket yet is on the servers whose page refers to it.
          origin: new origins.OriginGroup({
            primaryOrigin: origins.S3BucketOrigin.withOriginAccessControl(props.staticFiles, {
              // One cache before the bucket, in its region. Before what is never cached it would only cost.
              originShieldRegion: Stack.of(this).region,
            }),
            fallbackOrigin: servers,
            fallbackStatusCodes: NOT_IN_THE_BUCKET,
          }),
          allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
          cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
          compress: true,
        },
        ...(props.dataCenters === undefined ? {} : this.apart(props.dataCenters, props.originSecret, asked)),
      },
    });
    this.acknowledge(props);
  }

  /** All of the API goes where writes go, also what it reads: whoever has made a link finds it there, with its clicks. */
  private apart(
    { writes, marks }: CdnDataCenters,
    originSecret: string,
    asked: (origin: cloudfront.IOrigin) => cloudfront.BehaviorOptions,
  ): Record<string, cloudfront.BehaviorOptions> {
    const api = asked(serversOrigin(writes, originSecret));
    return {
      '/api/*': api,
      [PROBES.writable]: api,
      ...Object.fromEntries(
        marks.map(({ region, bucketName }) => [`${MARK_PATH}/${region}`, this.mark(region, bucketName)]),
      ),
    };
  }

  /** Asked of the bucket every time: a mark that is taken away is gone at once. */
  private mark(region: string, bucketName: string): cloudfront.BehaviorOptions {
    const bucket = Bucket.fromBucketAttributes(this, `Mark-${region}`, { bucketName, region });
    const origin = origins.S3BucketOrigin.withOriginAccessControl(bucket);
    // The bucket's own stack lets this account's distributions in.
    Annotations.of(this).acknowledgeWarning('@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac');
    return {
      origin,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    };
  }

  private acknowledge({ domain }: CdnProps): void {
    const validations = Validations.of(this.distribution);
    validations.acknowledge({
      id: 'AwsSolutions-CFR1',
      reason: 'Links are for readers anywhere; a team that may not serve a country says so itself.',
    });
    if (domain === undefined) {
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

function serversOrigin(origin: CdnOrigin, originSecret: string): origins.HttpOrigin {
  return new origins.HttpOrigin(origin.name, {
    protocolPolicy: origin.https
      ? cloudfront.OriginProtocolPolicy.HTTPS_ONLY
      : cloudfront.OriginProtocolPolicy.HTTP_ONLY,
    originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
    keepaliveTimeout: KEEP_ALIVE,
    customHeaders: { [ORIGIN_HEADER]: originSecretValue(originSecret) },
  });
}

/** What browsers are told besides what the application tells them, which counts where both speak. */
function securityHeaders(scope: Construct, hasDomain: boolean): cloudfront.ResponseHeadersPolicy {
  return new cloudfront.ResponseHeadersPolicy(scope, 'Headers', {
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: false },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
        override: false,
      },
      // CloudFront's own name is not ours to promise anything about.
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
