/** Whether users are served, by assemblies that are small enough to see why. */
import { assemblyOf } from '../support/assemblies';
import type { CloudAssembly, Resource } from '../support/cloud-assembly';
import { outages, shutOut } from './served';

type Resources = Readonly<Record<string, Resource>>;

const resource = (Type: string, Properties: Readonly<Record<string, unknown>>): Resource => ({
  Type,
  Properties,
});

const NETWORK: Resources = {
  Subnet: resource('AWS::EC2::Subnet', {}),
  Table: resource('AWS::EC2::RouteTable', {}),
  Association: resource('AWS::EC2::SubnetRouteTableAssociation', {
    SubnetId: { Ref: 'Subnet' },
    RouteTableId: { Ref: 'Table' },
  }),
  Route: resource('AWS::EC2::Route', { RouteTableId: { Ref: 'Table' }, GatewayId: 'igw' }),
  List: resource('Custom::AddressesOfAws', { Create: '["com.amazonaws.global.cloudfront.origin-facing"]' }),
};

const INTERNET = { CidrIp: '0.0.0.0/0' };
const CLOUDFRONT = { SourcePrefixListId: { Ref: 'List' } };

/** A load balancer that lets in from there. */
const balancer = (from: object, port = 443): Resources => ({
  ...NETWORK,
  Group: resource('AWS::EC2::SecurityGroup', {
    SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...from }],
  }),
  Balancer: resource('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    Scheme: 'internet-facing',
    SecurityGroups: [{ Ref: 'Group' }],
    Subnets: [{ Ref: 'Subnet' }],
  }),
});

/** Listener rules that turn everybody away who does not know one of these. */
const turningAway = (...secrets: readonly string[]): Resources => ({
  Rule: resource('AWS::ElasticLoadBalancingV2::ListenerRule', {
    Actions: [{ Type: 'forward' }],
    Conditions: [{ Field: 'http-header', HttpHeaderConfig: { Values: secrets } }],
  }),
  Other: resource('AWS::ElasticLoadBalancingV2::ListenerRule', {
    Actions: [{ Type: 'fixed-response' }],
    Conditions: [{ Field: 'path-pattern' }],
  }),
});

/** A listener rule that turns nobody away. */
const forwarding: Resources = {
  Forwarding: resource('AWS::ElasticLoadBalancingV2::ListenerRule', {
    Actions: [{ Type: 'forward' }],
    Conditions: [{ Field: 'path-pattern' }],
  }),
};

const distribution = (...secrets: readonly string[]): Resources => ({
  Distribution: resource('AWS::CloudFront::Distribution', {
    DistributionConfig: {
      Origins: [{ OriginCustomHeaders: secrets.map((value) => ({ HeaderValue: value })) }],
    },
  }),
});

const domain = (...targets: readonly unknown[]): Resources =>
  Object.fromEntries(
    targets.map((DNSName, index) => [
      `Record${index}`,
      resource('AWS::Route53::RecordSet', { AliasTarget: { DNSName } }),
    ]),
  );
const FRONT = { 'Fn::GetAtt': ['Distribution', 'DomainName'] };
const ORIGIN = 'origin-us-east-1.example.com';

const all = (...parts: readonly Resources[]): CloudAssembly =>
  assemblyOf({ app: { resources: parts.reduce((merged, part) => ({ ...merged, ...part }), {}) } });

const NOBODY = ['nothing lets users in'];
const ELSEWHERE = ['the domain leads to what lets nobody in'];

test.each<readonly [string, readonly Resources[], readonly string[]]>([
  ['there is nothing', [], NOBODY],
  ['a load balancer lets in the internet', [balancer(INTERNET)], []],
  ['it does so by HTTP', [balancer(INTERNET, 80)], []],
  ['it does so on a port that no browser asks', [balancer(INTERNET, 8443)], NOBODY],
  ['it lets in CloudFront alone, and there is no distribution', [balancer(CLOUDFRONT)], NOBODY],
  ['it lets in CloudFront, and there is one', [balancer(CLOUDFRONT), distribution()], []],
  ['it lets in nobody, and there is a distribution', [balancer(INTERNET, 22), distribution()], NOBODY],
  ['it lets in everybody and passes them on', [balancer(INTERNET), forwarding], []],
  ['it lets in everybody and turns them away', [balancer(INTERNET), turningAway('a')], NOBODY],
  ['it knows what CloudFront sends', [balancer(CLOUDFRONT), turningAway('a', 'b'), distribution('b')], []],
  ['it knows another secret', [balancer(CLOUDFRONT), turningAway('a'), distribution('b')], NOBODY],
  [
    'it knows one of two that are sent',
    [balancer(CLOUDFRONT), turningAway('a'), distribution('a', 'b')],
    NOBODY,
  ],
  ['it wants a secret and none is sent', [balancer(CLOUDFRONT), turningAway('a'), distribution()], NOBODY],
  [
    'a distribution asks what the internet may ask',
    [balancer(INTERNET), turningAway('a'), distribution('a')],
    [],
  ],
  ['the domain leads to a load balancer that lets in', [balancer(INTERNET), domain(ORIGIN)], []],
  [
    'the domain leads to one that is closed',
    [balancer(CLOUDFRONT), distribution(), domain(ORIGIN)],
    ELSEWHERE,
  ],
  ['the domain leads to the distribution', [balancer(CLOUDFRONT), distribution(), domain(ORIGIN, FRONT)], []],
  [
    'the domain leads to a distribution that nobody lets in',
    [balancer(INTERNET, 22), distribution(), domain(FRONT)],
    ELSEWHERE,
  ],
  ['a record leads nowhere, and the internet is let in', [balancer(INTERNET), domain(undefined)], []],
])('where %s', (_what, parts, why) => {
  expect(shutOut(all(...parts))).toEqual(why);
});

test('an outage is said of each stack but the last, after which all must be well', () => {
  const stacks = (...parts: readonly (readonly [string, Resources])[]) =>
    assemblyOf(Object.fromEntries(parts.map(([name, resources]) => [name, { resources }])));
  const open = balancer(INTERNET);
  const shut = balancer(INTERNET, 22);
  const before = stacks(['app', open]);
  expect(outages(before, stacks(['app', shut], ['data', {}], ['edge', {}]))).toEqual([
    'after app, nothing lets users in',
    'after data, nothing lets users in',
  ]);
  expect(outages(before, stacks(['data', {}], ['app', shut]))).toEqual([]);
});
