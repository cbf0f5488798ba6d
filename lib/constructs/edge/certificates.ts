import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';

export interface CertificateProps {
  readonly zone: IHostedZone;
  /** Where users reach the application. */
  readonly domainName: string;
}

export interface LoadBalancerCertificateProps extends CertificateProps {
  /** What a CDN in front calls this data center, alone and among others. */
  readonly originNames: readonly string[];
}

/** The certificate that the load balancer shows, to users and later to the CDN. Free. */
export class LoadBalancerCertificate extends acm.Certificate {
  constructor(scope: Construct, id: string, props: LoadBalancerCertificateProps) {
    super(scope, id, {
      domainName: props.domainName,
      subjectAlternativeNames: [...props.originNames],
      validation: acm.CertificateValidation.fromDns(props.zone),
    });
  }
}

/** The certificate that CloudFront shows to users; free, and in us-east-1, where CloudFront looks for it. */
export class CdnCertificate extends acm.Certificate {
  constructor(scope: Construct, id: string, props: CertificateProps) {
    super(scope, id, {
      domainName: props.domainName,
      validation: acm.CertificateValidation.fromDns(props.zone),
    });
  }
}

/**
 * The certificate that the one server shows: its web server needs the key itself, so it is one that may be exported.
 * AWS charges for those by name ($15 for each at issue and at every renewal, in 2026), so it has the one name only.
 * Whether a certificate may be exported is settled at issue: the load balancer's is another, never this one changed.
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

  /** The server fetches the certificate and its key. */
  get connection(): Connection {
    return {
      server: { CERTIFICATE_ARN: this.certificate.certificateArn },
      grant: (servers) => {
        servers.allow({
          actions: ['acm:ExportCertificate'],
          resources: [this.certificate.certificateArn],
        });
      },
    };
  }
}
