import { Match } from 'aws-cdk-lib/assertions';
import { Certificate, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Stack } from 'aws-cdk-lib';
import {
  cdnCertificate,
  loadBalancerCertificate,
  ServerCertificate,
} from '../../../lib/constructs/edge/certificates';
import { readsName, writesName } from '../../../lib/constructs/edge/data-center-routing';
import { LoadBalancer } from '../../../lib/constructs/edge/load-balancer';
import { DomainRecord, hostedZone, OriginRecord, originName } from '../../../lib/constructs/edge/records';
import { at, list } from '../../support/cloud-assembly';
import { inStack, surroundings } from './in-stack';

const DOMAIN = { name: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

function loadBalancer(stack: Stack, certificate?: ICertificate, isPublic = true): LoadBalancer {
  const { vpc } = surroundings(stack);
  return new LoadBalancer(stack, 'LoadBalancer', {
    vpc,
    subnets: vpc.publicSubnets,
    serverPort: 8080,
    accessLogs: Bucket.fromBucketName(stack, 'Logs', 'logs'),
    certificate,
    public: isPublic,
  });
}

describe('the load balancer', () => {
  const plain = inStack((stack) => {
    loadBalancer(stack);
  });
  const secure = inStack((stack) => {
    loadBalancer(
      stack,
      Certificate.fromCertificateArn(stack, 'C', 'arn:aws:acm:us-east-1:123456789012:certificate/c'),
    );
  });

  it('faces the internet from its creation', () => {
    plain.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internet-facing' });
  });

  it('logs every request and drops malformed headers', () => {
    plain.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'access_logs.s3.enabled', Value: 'true' },
      ]),
    });
  });

  it('gives a request up when nothing has moved for 15 s, as the application does', () => {
    plain.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([{ Key: 'idle_timeout.timeout_seconds', Value: '15' }]),
    });
  });

  it('asks whether a server can answer reads, and gives the next request to the least busy one', () => {
    plain.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckPath: '/readyz',
      Port: 8080,
      TargetGroupAttributes: Match.arrayWith([
        { Key: 'deregistration_delay.timeout_seconds', Value: '30' },
        { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
      ]),
    });
  });

  it('speaks plain HTTP without a certificate', () => {
    plain.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
  });

  it('speaks TLS 1.2 at least with one, and sends plain HTTP there', () => {
    secure.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      SslPolicy: Match.stringLikeRegexp('^ELBSecurityPolicy-TLS13-1-2'),
    });
    secure.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [
        Match.objectLike({
          Type: 'redirect',
          RedirectConfig: Match.objectLike({ Protocol: 'HTTPS', StatusCode: 'HTTP_301' }),
        }),
      ],
    });
  });

  it('redirects no one to TLS before it answers there', () => {
    const listeners = Object.entries(secure.findResources('AWS::ElasticLoadBalancingV2::Listener'));
    const [https] = listeners.find(([, listener]) => at(listener, 'Properties.Port') === 443) ?? [];
    const redirecting = listeners
      .map(([, listener]) => listener)
      .find((listener) => at(listener, 'Properties.Port') === 80);
    expect(list(at(redirecting, 'DependsOn'))).toContain(https);
  });

  it('is opened before it gives up another way in', () => {
    const [balancer] = Object.values(secure.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer'));
    expect(at(balancer, 'DependsOn')).toEqual(
      expect.arrayContaining(Object.keys(secure.findResources('AWS::EC2::SecurityGroupIngress'))),
    );
  });

  it('is open on no other port, and reaches nothing by itself', () => {
    const rules = Object.values(secure.findResources('AWS::EC2::SecurityGroupIngress')).map(
      ({ Properties: rule }: Record<string, Record<string, unknown>>) => [
        rule?.['CidrIp'],
        rule?.['FromPort'],
        rule?.['ToPort'],
      ],
    );
    expect(rules).toEqual([
      ['0.0.0.0/0', 80, 80],
      ['0.0.0.0/0', 443, 443],
    ]);
    secure.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });

  it('is open to no one where it is not public', () => {
    inStack((stack) => {
      loadBalancer(stack, undefined, false);
    }).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });
});

describe('a certificate', () => {
  it('of the one server may be exported, and has the one name that is paid for', () => {
    inStack((stack) => {
      new ServerCertificate(stack, 'ServerCertificate', {
        zone: hostedZone(stack, DOMAIN),
        domainName: DOMAIN.name,
      });
    }).hasResourceProperties('AWS::CertificateManager::Certificate', {
      CertificateExport: 'ENABLED',
      DomainName: DOMAIN.name,
      SubjectAlternativeNames: Match.absent(),
      DomainValidationOptions: [Match.objectLike({ HostedZoneId: DOMAIN.hostedZoneId })],
    });
  });

  it('of the load balancer may not, and covers each of the three names by which a CDN asks it', () => {
    inStack((stack) => {
      loadBalancerCertificate(stack, 'Certificate', {
        zone: hostedZone(stack, DOMAIN),
        domainName: DOMAIN.name,
        originNames: [originName('us-east-1', DOMAIN.name), readsName(DOMAIN.name), writesName(DOMAIN.name)],
      });
    }).hasResourceProperties('AWS::CertificateManager::Certificate', {
      CertificateExport: Match.absent(),
      DomainName: DOMAIN.name,
      SubjectAlternativeNames: [
        'origin-us-east-1.links.example.com',
        'reads.links.example.com',
        'writes.links.example.com',
      ],
    });
  });

  it('of the CDN names what users ask alone, and is validated in its zone', () => {
    inStack((stack) => {
      cdnCertificate(stack, 'Certificate', {
        zone: hostedZone(stack, DOMAIN),
        domainName: DOMAIN.name,
      });
    }).hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: DOMAIN.name,
      SubjectAlternativeNames: Match.absent(),
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ DomainName: DOMAIN.name, HostedZoneId: DOMAIN.hostedZoneId }],
    });
  });
});

describe('a record', () => {
  it('of an entrance changes from an address to a load balancer under the same name and id', () => {
    const [address, balanced] = [
      inStack((stack) => {
        new OriginRecord(stack, 'Origin', { ...DOMAIN, target: { address: '192.0.2.1' } });
      }),
      inStack((stack) => {
        new OriginRecord(stack, 'Origin', {
          ...DOMAIN,
          target: { loadBalancer: loadBalancer(stack).resource },
        });
      }),
    ].map((template) => Object.entries(template.findResources('AWS::Route53::RecordSet')));
    expect(balanced?.map(([id]) => id)).toEqual(address?.map(([id]) => id));
  });

  it('of the domain is an alias of the entrance’s, in the same zone', () => {
    inStack((stack) => {
      new DomainRecord(stack, 'Domain', {
        hostedZoneId: DOMAIN.hostedZoneId,
        domainName: DOMAIN.name,
        target: { originName: 'origin-us-east-1.links.example.com' },
      });
    }).hasResourceProperties('AWS::Route53::RecordSet', {
      Name: DOMAIN.name,
      Type: 'A',
      AliasTarget: { DNSName: 'origin-us-east-1.links.example.com', HostedZoneId: DOMAIN.hostedZoneId },
    });
  });

  it('of the domain is led to a CDN under the same id, and over IPv6 too', () => {
    const [origin, cdn] = [
      { originName: 'origin.example.com' },
      { distributionName: 'd1.cloudfront.net' },
    ].map((target) =>
      inStack((stack) => {
        new DomainRecord(stack, 'Domain', { hostedZoneId: 'Z1', domainName: DOMAIN.name, target });
      }).findResources('AWS::Route53::RecordSet'),
    );
    const kinds = Object.values(cdn ?? {}).map(
      (record) => /"Type":"(A{1,4})"/.exec(JSON.stringify(record))?.[1],
    );
    expect([Object.keys(cdn ?? {})[0], kinds]).toEqual([Object.keys(origin ?? {})[0], ['A', 'AAAA']]);
  });
});
