import { Match } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { CdnDistribution, type CdnDistributionProps } from '../../../lib/constructs/edge/cdn-distribution';
import { CdnOnlyAccess } from '../../../lib/constructs/edge/cdn-only-access';
import { Firewall } from '../../../lib/constructs/edge/firewall';
import { LoadBalancer } from '../../../lib/constructs/edge/load-balancer';
import { OriginSecrets, originSecretNames } from '../../../lib/constructs/edge/origin-secrets';
import { applyFunctionDefaults } from '../../../lib/constructs/function-defaults';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, surroundings, written } from './in-stack';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/c';

function cdn(named: boolean, props: Partial<CdnDistributionProps> = {}): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);
    new CdnDistribution(stack, 'Cdn', {
      origin: { name: 'origin.example.com', https: named },
      writesOrigin: undefined,
      promotionMarks: [],
      originSecret: 'shop-origin-1',
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
      staticFiles: new Bucket(stack, 'Files') as IBucket,
      webAclArn: new Firewall(stack, 'Firewall', { deployment: 'shop' }).arn,
      accessLogs: Bucket.fromBucketName(stack, 'Logs', 'logs'),
      priceClass: '100',
      domainName: named ? 'links.example.com' : undefined,
      certificate: named ? certificate : undefined,
      ...props,
    });
  });
}

const plain = cdn(false);
const named = cdn(true);

function distribution(template: ReturnType<typeof inStack>): unknown {
  const [found] = Object.values(template.findResources('AWS::CloudFront::Distribution'));
  return at(found, 'Properties.DistributionConfig');
}

const expectConfigured = (config: Record<string, unknown>) => {
  named.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike(config),
  });
};

/** CloudFront's managed policies by their ids, which are the same in every account (its developer guide). */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';

describe('the CDN', () => {
  it('asks the servers for everything but static files, each time', () => {
    expect([
      at(distribution(named), 'DefaultCacheBehavior.CachePolicyId'),
      list(at(distribution(named), 'DefaultCacheBehavior.AllowedMethods')).includes('DELETE'),
    ]).toEqual([CACHING_DISABLED, true]);
  });

  it('keeps static files, and only asks for them', () => {
    expectConfigured({
      CacheBehaviors: [
        Match.objectLike({
          PathPattern: '/static/*',
          CachePolicyId: CACHING_OPTIMIZED,
          AllowedMethods: ['GET', 'HEAD'],
          Compress: true,
        }),
      ],
    });
  });

  it('asks the servers for a static file that the bucket lacks', () => {
    expect(
      list(at(distribution(named), 'OriginGroups.Items')).map((group) => at(group, 'FailoverCriteria')),
    ).toEqual([{ StatusCodes: { Items: [403, 404, 500, 502, 503, 504], Quantity: 6 } }]);
  });

  it('repeats no error, so a link that has just been made is found', () => {
    const kept = list(at(distribution(named), 'CustomErrorResponses')).map((response) => [
      at(response, 'ErrorCode'),
      at(response, 'ErrorCachingMinTTL'),
    ]);
    expect(kept).toEqual([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((code) => [code, 0]));
  });

  it('speaks HTTP/2 and 3', () => {
    expectConfigured({ HttpVersion: 'http2and3' });
  });

  it('speaks TLS 1.2 at least under a domain', () => {
    expectConfigured({
      Aliases: ['links.example.com'],
      ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: Match.stringLikeRegexp('^TLSv1.2') }),
    });
  });

  it('redirects requests without TLS to TLS', () => {
    expect([
      at(distribution(plain), 'DefaultCacheBehavior.ViewerProtocolPolicy'),
      ...list(at(distribution(plain), 'CacheBehaviors')).map((behavior) =>
        at(behavior, 'ViewerProtocolPolicy'),
      ),
    ]).toEqual(['redirect-to-https', 'redirect-to-https']);
  });

  it('asks the load balancer over TLS where it has a certificate', () => {
    const policies = (template: ReturnType<typeof inStack>) =>
      list(at(distribution(template), 'Origins')).flatMap((origin) =>
        list(at(origin, 'CustomOriginConfig.OriginProtocolPolicy')),
      );
    expect([policies(named), policies(plain)]).toEqual([['https-only'], ['http-only']]);
  });

  it('lets go of an idle connection before the load balancer does', () => {
    const [keepAlive] = list(at(distribution(named), 'Origins')).flatMap((origin) =>
      list(at(origin, 'CustomOriginConfig.OriginKeepaliveTimeout')),
    );
    expect(keepAlive).toBeLessThan(15);
  });

  it('sends the secret to the load balancer, and nowhere else', () => {
    const headers = list(at(distribution(named), 'Origins')).map((origin) =>
      at(origin, 'OriginCustomHeaders'),
    );
    expect(headers.filter((header) => header !== undefined)).toEqual([
      [
        {
          HeaderName: 'X-Origin-Verify',
          HeaderValue: '{{resolve:secretsmanager:shop-origin-1:SecretString:::}}',
        },
      ],
    ]);
  });

  it.each([
    ['100', 'PriceClass_100'],
    ['200', 'PriceClass_200'],
    ['all', 'PriceClass_All'],
  ] as const)('answers from where price class %s says', (priceClass, written) => {
    expect(at(distribution(cdn(false, { priceClass })), 'PriceClass')).toBe(written);
  });

  it('logs who asked for what', () => {
    expectConfigured({ Logging: Match.objectLike({ Bucket: Match.anyValue() }) });
  });

  it('stands behind the firewall', () => {
    expectConfigured({ WebACLId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Firewall'), 'Arn'] } });
  });

  it('has a cache before the bucket alone, in the bucket’s region', () => {
    const shields = list(at(distribution(named), 'Origins')).map((origin) => [
      at(origin, 'CustomOriginConfig') !== undefined,
      at(origin, 'OriginShield.OriginShieldRegion'),
    ]);
    expect(shields).toEqual(
      expect.arrayContaining([
        [true, undefined],
        [false, 'us-east-1'],
      ]),
    );
  });

  it('reads the bucket by an identity of its own, and no other distribution does', () => {
    named.resourceCountIs('AWS::CloudFront::OriginAccessControl', 1);
    named.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
          }),
        ]),
      },
    });
  });

  it('tells browsers to guess no types and to allow no frames, and promises TLS for its domain alone', () => {
    const security = [named, plain].map((template) =>
      Object.values(template.findResources('AWS::CloudFront::ResponseHeadersPolicy')).map((policy) =>
        Object.keys(at(policy, 'Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig') ?? {}).sort(),
      ),
    );
    const always = ['ContentTypeOptions', 'FrameOptions', 'ReferrerPolicy'];
    expect(security).toEqual([[[...always, 'StrictTransportSecurity']], [always]]);
  });
});

describe('the CDN before several data centers', () => {
  const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];
  const several = cdn(true, {
    origin: { name: 'reads.links.example.com', https: true },
    writesOrigin: { name: 'writes.links.example.com', https: true },
    promotionMarks: regions.map((region) => ({ region, bucketName: `shop-mark-${region}` })),
  });
  const config = distribution(several);
  const origins = list(at(config, 'Origins'));
  const behaviors = list(at(config, 'CacheBehaviors'));
  const marks = behaviors.filter((behavior) => String(at(behavior, 'PathPattern')).startsWith('/promoted'));
  const originOf = (behavior: unknown): unknown =>
    origins.find((origin) => at(origin, 'Id') === at(behavior, 'TargetOriginId'));
  /** Where a behavior's requests go. */
  const askedAt = (behavior: unknown): string => written(at(originOf(behavior), 'DomainName'));

  it('asks the nearest for everything that is not told apart', () => {
    expect(askedAt(at(config, 'DefaultCacheBehavior'))).toBe('reads.links.example.com');
  });

  it.each(['/api/*', '/writable'])('asks where writes are taken for %s, whatever the method', (path) => {
    const behavior = behaviors.find((one) => at(one, 'PathPattern') === path);
    expect([
      askedAt(behavior),
      list(at(behavior, 'AllowedMethods')).length,
      at(behavior, 'CachePolicyId'),
      at(behavior, 'OriginRequestPolicyId'),
    ]).toEqual([
      'writes.links.example.com',
      7,
      CACHING_DISABLED,
      at(config, 'DefaultCacheBehavior.OriginRequestPolicyId'),
    ]);
  });

  it('asks each region’s bucket for its mark, in its region', () => {
    expect(marks.map((behavior) => [at(behavior, 'PathPattern'), askedAt(behavior)])).toEqual(
      regions.map((region) => [`/promoted-mark/${region}`, `shop-mark-${region}.s3.${region}.amazonaws.com`]),
    );
  });

  it('only asks for marks, by an identity of its own, and keeps none', () => {
    expect(
      marks.map((behavior) => [
        at(behavior, 'AllowedMethods'),
        at(behavior, 'CachePolicyId'),
        at(behavior, 'ViewerProtocolPolicy'),
        at(originOf(behavior), 'OriginAccessControlId') !== undefined,
      ]),
    ).toEqual(regions.map(() => [['GET', 'HEAD'], CACHING_DISABLED, 'https-only', true]));
  });

  it('tells no bucket the secret, and both names of load balancers', () => {
    const told = origins
      .filter((origin) => at(origin, 'OriginCustomHeaders') !== undefined)
      .map((origin) => written(at(origin, 'DomainName')));
    expect(told.sort()).toEqual(['reads.links.example.com', 'writes.links.example.com']);
  });

  it('asks load balancers over TLS 1.2 alone', () => {
    const asked = origins
      .filter((origin) => at(origin, 'CustomOriginConfig') !== undefined)
      .map((origin) => [
        at(origin, 'CustomOriginConfig.OriginProtocolPolicy'),
        at(origin, 'CustomOriginConfig.OriginSSLProtocols'),
      ]);
    expect(asked).toEqual([
      ['https-only', ['TLSv1.2']],
      ['https-only', ['TLSv1.2']],
    ]);
  });

  it('asks the nearest for a static file that the bucket lacks', () => {
    const [group] = list(at(config, 'OriginGroups.Items'));
    const [, fallback] = list(at(group, 'Members.Items')).map((member) => at(member, 'OriginId'));
    expect(askedAt({ TargetOriginId: fallback })).toBe('reads.links.example.com');
  });

  it('repeats no error, so a mark that is taken away is gone at once', () => {
    expect(
      list(at(config, 'CustomErrorResponses'))
        .filter((response) => [403, 404].includes(Number(at(response, 'ErrorCode'))))
        .map((response) => at(response, 'ErrorCachingMinTTL')),
    ).toEqual([0, 0]);
  });
});

describe('the firewall', () => {
  const template = inStack((stack) => {
    new Firewall(stack, 'Firewall', { deployment: 'shop' });
  });
  const [acl] = Object.values(template.findResources('AWS::WAFv2::WebACL'));
  const rules = list(at(acl, 'Properties.Rules'));

  it('limits each client', () => {
    expect(at(rules[0], 'Statement.RateBasedStatement')).toEqual({ AggregateKeyType: 'IP', Limit: 3000 });
  });

  it('has AWS’s rules about reputation, known bad input and what is common', () => {
    expect(rules.flatMap((rule) => list(at(rule, 'Statement.ManagedRuleGroupStatement.Name')))).toEqual([
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
    ]);
  });

  it('refuses no body for holding an address, which is what bodies here are', () => {
    const counted = rules.flatMap((rule) =>
      list(at(rule, 'Statement.ManagedRuleGroupStatement.RuleActionOverrides')).map((override) => [
        at(override, 'Name'),
        at(override, 'ActionToUse'),
      ]),
    );
    expect(counted).toEqual(
      ['GenericRFI_BODY', 'GenericLFI_BODY', 'CrossSiteScripting_BODY', 'EC2MetaDataSSRF_BODY'].map(
        (name) => [name, { Count: {} }],
      ),
    );
  });
});

describe('the entrance of the CDN', () => {
  const entrance = (healthChecks: boolean, https = true) =>
    inStack((stack) => {
      const { key, vpc } = surroundings(stack);
      const loadBalancer = new LoadBalancer(stack, 'LoadBalancer', {
        vpc,
        subnets: vpc.publicSubnets,
        serverPort: 8080,
        accessLogs: Bucket.fromBucketName(stack, 'Logs', 'logs'),
        certificate: https ? Certificate.fromCertificateArn(stack, 'C', CERTIFICATE) : undefined,
        public: false,
      });
      new CdnOnlyAccess(stack, 'Entrance', {
        loadBalancer,
        secrets: originSecretNames('shop', 3),
        distribution: undefined,
        healthChecks,
        after: [new Bucket(stack, 'Servers')],
        key,
        protection: PRODUCTION,
      });
      applyFunctionDefaults(stack, { key, protection: PRODUCTION });
    });
  const template = entrance(false);
  const probed = entrance(true);
  const rule = (priority: number, made = template) =>
    Object.entries(
      made.findResources('AWS::ElasticLoadBalancingV2::ListenerRule', {
        Properties: { Priority: priority },
      }),
    )[0];

  it('lets CloudFront’s addresses in on one port, for they count as 55 of a group’s 60 rules', () => {
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 443,
      ToPort: 443,
      CidrIp: Match.absent(),
      SourcePrefixListId: {
        'Fn::GetAtt': [Match.stringLikeRegexp('Addresses'), 'PrefixLists.0.PrefixListId'],
      },
    });
  });

  it('lets the secret in that CloudFront sends, and the next', () => {
    expect(at(rule(1)?.[1], 'Properties.Conditions')).toEqual([
      {
        Field: 'http-header',
        HttpHeaderConfig: {
          HttpHeaderName: 'X-Origin-Verify',
          Values: [3, 4].map((number) => `{{resolve:secretsmanager:shop-origin-${number}:SecretString:::}}`),
        },
      },
    ]);
  });

  it('turns everybody else away', () => {
    expect([
      at(rule(100)?.[1], 'Properties.Conditions'),
      at(list(at(rule(100)?.[1], 'Properties.Actions'))[0], 'FixedResponseConfig.StatusCode'),
    ]).toEqual([[{ Field: 'path-pattern', PathPatternConfig: { Values: ['*'] } }], '403']);
  });

  it('refuses no one before requests with the secret are accepted and servers are there', () => {
    expect(at(rule(100)?.[1], 'DependsOn')).toEqual(
      expect.arrayContaining([rule(1)?.[0], expect.stringMatching(/^Servers/)]),
    );
  });

  it('lets health checkers in on one port too, by a group of their own, for two lists are too many for one', () => {
    const admitted = Object.values(probed.findResources('AWS::EC2::SecurityGroupIngress')).map((one) => [
      written(at(one, 'Properties.GroupId')).replace(/[0-9A-F]{8}\./, '.'),
      at(one, 'Properties.FromPort'),
      at(one, 'Properties.ToPort'),
      at(one, 'Properties.CidrIp'),
      written(at(one, 'Properties.SourcePrefixListId')).replace(/[0-9A-F]{8}\./, '.'),
    ]);
    expect(admitted).toEqual([
      [
        '<EntranceCloudFront443.GroupId>',
        443,
        443,
        undefined,
        '<EntranceAddresses.PrefixLists.0.PrefixListId>',
      ],
      [
        '<EntranceHealthCheckers443.GroupId>',
        443,
        443,
        undefined,
        '<EntranceCheckers.PrefixLists.0.PrefixListId>',
      ],
    ]);
  });

  it('puts the load balancer into both groups, once they let somebody in', () => {
    probed.hasResource('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Properties: {
        SecurityGroups: [
          { 'Fn::GetAtt': [Match.stringLikeRegexp('^LoadBalancerGroup'), 'GroupId'] },
          { 'Fn::GetAtt': [Match.stringLikeRegexp('^EntranceCloudFront443'), 'GroupId'] },
          { 'Fn::GetAtt': [Match.stringLikeRegexp('^EntranceHealthCheckers443'), 'GroupId'] },
        ],
      },
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('^EntranceCloudFront443Rule'),
        Match.stringLikeRegexp('^EntranceHealthCheckers443Rule'),
      ]),
    });
  });

  it('has a group of its own for each port: where the port changes, the new rule is made before the old one goes', () => {
    const groups = [true, false].map((https) =>
      Object.keys(
        entrance(false, https).findResources('AWS::EC2::SecurityGroup', {
          Properties: { GroupDescription: 'The load balancer, for CloudFront' },
        }),
      ),
    );
    expect(groups).toEqual([
      [expect.stringMatching(/^EntranceCloudFront443/)],
      [expect.stringMatching(/^EntranceCloudFront80/)],
    ]);
  });

  it('takes Route 53’s list of its region for the health checkers', () => {
    const names = Object.values(probed.findResources('Custom::AddressesOfAws')).map(
      (asked) => /"Values":\["([^"]+)"\]/.exec(written(at(asked, 'Properties.Create')))?.[1],
    );
    expect(names).toStrictEqual([
      'com.amazonaws.global.cloudfront.origin-facing',
      'com.amazonaws.us-east-1.route53-healthchecks',
    ]);
  });

  it('answers the probes without the secret, and nothing else', () => {
    expect(at(rule(2, probed)?.[1], 'Properties.Conditions')).toEqual([
      { Field: 'path-pattern', PathPatternConfig: { Values: ['/healthz', '/readyz', '/writable'] } },
    ]);
  });

  it('has nothing for health checkers where there are none', () => {
    expect([rule(2), Object.keys(template.findResources('Custom::AddressesOfAws')).length]).toEqual([
      undefined,
      1,
    ]);
  });

  it('asks after addresses by one function, which has one log', () => {
    probed.resourceCountIs('AWS::Lambda::Function', 1);
    probed.resourceCountIs('AWS::Logs::LogGroup', 1);
  });

  it('may ask from the first moment on: no policy is attached to the role once it is in use', () => {
    const roles = Object.values(probed.findResources('AWS::IAM::Role')).map((role) =>
      list(at(role, 'Properties.Policies')).flatMap((policy) =>
        list(at(policy, 'PolicyDocument.Statement'))
          .filter((statement) => at(statement, 'Effect') === 'Allow')
          .flatMap((statement) => list(at(statement, 'Action'))),
      ),
    );
    expect([roles, Object.keys(probed.findResources('AWS::IAM::Policy'))]).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents', 'ec2:DescribeManagedPrefixLists']],
      [],
    ]);
  });

  it('leaves the listener’s own answer as it is, for it is changed at the wrong moment', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      DefaultActions: [Match.objectLike({ Type: 'forward' })],
    });
  });
});

describe('the secrets of the CDN', () => {
  const secrets = (number: number, replicaRegions: readonly string[] = []) => {
    const template = inStack((stack) => {
      new OriginSecrets(stack, 'Secrets', {
        deployment: 'shop',
        number,
        replicaRegions,
        key: surroundings(stack).key,
      });
    });
    return Object.values(template.findResources('AWS::SecretsManager::Secret'));
  };

  it('are the one that is sent and the next', () => {
    expect(secrets(1).map((secret) => at(secret, 'Properties.Name'))).toEqual([
      'shop-origin-1',
      'shop-origin-2',
    ]);
  });

  it('are the one before too, once there is one', () => {
    expect(secrets(9).map((secret) => at(secret, 'Properties.Name'))).toEqual([
      'shop-origin-8',
      'shop-origin-9',
      'shop-origin-10',
    ]);
  });

  it('are letters and digits, for the load balancer takes others for wildcards', () => {
    expect(
      secrets(1).map((secret) => at(secret, 'Properties.GenerateSecretString.ExcludePunctuation')),
    ).toEqual([true, true]);
  });

  it('are found where else they are needed', () => {
    expect(secrets(1, ['eu-west-1']).map((secret) => at(secret, 'Properties.ReplicaRegions'))).toEqual([
      [{ Region: 'eu-west-1' }],
      [{ Region: 'eu-west-1' }],
    ]);
  });
});
