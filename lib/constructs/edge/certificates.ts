import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';

export interface CertificateProps {
  /** Where the certificate is validated. */
  readonly zone: IHostedZone;
  /** Where users reach the application. */
  readonly domainName: string;
}

export interface LoadBalancerCertificateProps extends CertificateProps {
  /** Names by which CloudFront asks the load balancer. */
  readonly originNames: readonly string[];
}

/** The certificate of the load balancer, for users and later for CloudFront. Free. */
export function loadBalancerCertificate(
  scope: Construct,
  id: string,
  props: LoadBalancerCertificateProps,
): acm.ICertificate {
  return new acm.Certificate(scope, id, {
    domainName: props.domainName,
    subjectAlternativeNames: [...props.originNames],
    validation: acm.CertificateValidation.fromDns(props.zone),
  });
}

/** The certificate of CloudFront. Free, and in us-east-1, where CloudFront looks for it. */
export function cdnCertificate(scope: Construct, id: string, props: CertificateProps): acm.ICertificate {
  return new acm.Certificate(scope, id, {
    domainName: props.domainName,
    validation: acm.CertificateValidation.fromDns(props.zone),
  });
}

/**
 * The certificate of the one server. Its web server needs the private key, so the certificate is exportable, which AWS charges by
 * the name ($15 for each at issue and at each renewal, in 2026): it has one name. ACM decides about exporting at issue, so the load
 * balancer has a certificate of its own.
 */
export class ServerCertificate extends Construct {
  private readonly certificate: acm.Certificate;

  constructor(scope: Construct, id: string, props: CertificateProps) {
    super(scope, id);
    this.certificate = new acm.Certificate(this, 'Resource', {
      domainName: props.domainName,
      validation: acm.CertificateValidation.fromDns(props.zone),
      allowExport: true,
    });
  }

  /** The server exports the certificate and its private key. */
  get connection(): Connection {
    const { certificateArn } = this.certificate;
    return {
      server: { CERTIFICATE_ARN: certificateArn },
      grant: (servers) => {
        servers.allow({ actions: ['acm:ExportCertificate'], resources: [certificateArn] });
      },
    };
  }
}
