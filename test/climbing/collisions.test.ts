import { assemblyOf } from '../support/assemblies';
import type { Resource } from '../support/cloud-assembly';
import { collisions, leftBehind } from './collisions';

const app = (resources: Readonly<Record<string, Resource>>) => assemblyOf({ app: { resources } });

describe('lists of addresses', () => {
  const group = { Type: 'AWS::EC2::SecurityGroup', Properties: {} };
  const list = (name: string): Resource => ({
    Type: 'Custom::AddressesOfAws',
    Properties: { Create: `"Values":["${name}"]` },
  });
  const rule = (port: number, from = 'List', into = 'Group'): Resource => ({
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      GroupId: { Ref: into },
      FromPort: port,
      ToPort: port,
      IpProtocol: 'tcp',
      SourcePrefixListId: { 'Fn::GetAtt': [from, 'PrefixLists.0.PrefixListId'] },
    },
  });
  const parts = { Group: group, List: list('com.amazonaws.global.cloudfront.origin-facing') };
  const before = app({ ...parts, Rule: rule(80) });

  it('that stay as they are fit', () => {
    expect(collisions(before, app({ ...parts, Rule: rule(80) }))).toEqual([]);
  });

  it('that change their port are there twice, which is more than a group holds', () => {
    expect(collisions(before, app({ ...parts, Rule: rule(443) }))).toEqual([
      'in app, app/Group has 110 rules of ingress at once',
    ]);
  });

  it('that are moved to another rule are there twice as well', () => {
    expect(collisions(before, app({ ...parts, Other: rule(443) }))).toEqual([
      'in app, app/Group has 110 rules of ingress at once',
    ]);
  });

  it('of two kinds do not fit into one group', () => {
    const checkers = list('com.amazonaws.us-east-1.route53-healthchecks');
    const both = app({ ...parts, Checkers: checkers, Rule: rule(80), Second: rule(80, 'Checkers') });
    expect(collisions(before, both)).toEqual(['in app, app/Group has 80 rules of ingress at once']);
  });

  it('that go to another group fit', () => {
    const moved = app({ ...parts, Second: group, Other: rule(443, 'List', 'Second') });
    expect(collisions(before, moved)).toEqual([]);
  });

  it('that are unknown are not guessed at', () => {
    const unknown = app({ Group: group, List: list('another'), Rule: rule(80) });
    expect(() => collisions(unknown, unknown)).toThrow('How many rules');
  });
});

describe('a name', () => {
  const queue = (name: unknown, more: Partial<Resource> = {}): Resource => ({
    Type: 'AWS::SQS::Queue',
    Properties: { QueueName: name },
    ...more,
  });

  it('may be kept', () => {
    expect(collisions(app({ Queue: queue('clicks') }), app({ Queue: queue('clicks') }))).toEqual([]);
  });

  it('is kept by what changes in place', () => {
    const longer = { QueueName: 'clicks', VisibilityTimeout: 60 };
    expect(
      collisions(app({ Queue: queue('clicks') }), app({ Queue: queue('', { Properties: longer }) })),
    ).toEqual([]);
  });

  it('is not free for a resource that replaces the one which has it', () => {
    expect(collisions(app({ Queue: queue('clicks') }), app({ Other: queue('clicks') }))).toEqual([
      'in app, AWS::SQS::Queue ["clicks","us-east-1"] is claimed by app/Queue and app/Other',
    ]);
  });

  it('is not free in one stack while another has it', () => {
    const before = assemblyOf({ data: { resources: { Queue: queue('clicks') } }, app: { resources: {} } });
    const after = assemblyOf({
      app: { resources: { Queue: queue('clicks') } },
      data: { resources: {} },
    });
    expect(collisions(before, after)).toContain(
      'in app, AWS::SQS::Queue ["clicks","us-east-1"] is claimed by data/Queue and app/Queue',
    );
  });

  it('is free in another region', () => {
    const both = assemblyOf({
      'shop-us-east-1-data': { resources: { Queue: queue('clicks') } },
      'shop-eu-west-1-data': { resources: { Queue: queue('clicks') } },
    });
    expect(collisions(assemblyOf({}), both)).toEqual([]);
  });

  it('is not free while something that was left behind has it', () => {
    const kept = app({ Queue: queue('clicks', { DeletionPolicy: 'RetainExceptOnCreate' }) });
    const left = leftBehind(kept, app({}));
    expect(collisions(app({}), kept, left)).toEqual([
      'in app, AWS::SQS::Queue ["clicks","us-east-1"] is claimed by what was left behind and app/Queue',
    ]);
  });

  it('is free again where nothing was left behind', () => {
    const deleted = app({ Queue: queue('clicks', { DeletionPolicy: 'Delete' }) });
    expect(leftBehind(deleted, app({}))).toEqual([]);
  });
});

describe('a priority', () => {
  const rule = (listener: string, priority: number): Resource => ({
    Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
    Properties: { ListenerArn: { Ref: listener }, Priority: priority },
  });

  it('of one listener is taken once', () => {
    expect(collisions(app({ A: rule('Http', 1) }), app({ B: rule('Http', 1) }))).toEqual([
      'in app, AWS::ElasticLoadBalancingV2::ListenerRule [{"Ref":"Http"},1] of app is claimed by app/A and app/B',
    ]);
  });

  it('of another listener is another one', () => {
    expect(collisions(app({ A: rule('Http', 1) }), app({ A: rule('Https', 1) }))).toEqual([]);
  });
});

describe('a record', () => {
  const record = (name: string, setIdentifier?: string): Resource => ({
    Type: 'AWS::Route53::RecordSet',
    Properties: { Name: name, Type: 'A', ...(setIdentifier ? { SetIdentifier: setIdentifier } : {}) },
  });

  it('is made anew only after the old one, and so not under its name', () => {
    const replaced = collisions(app({ A: record('a.example.com') }), app({ B: record('a.example.com') }));
    expect(replaced).toEqual([
      'in app, AWS::Route53::RecordSet ["a.example.com","A","alone"] is claimed by app/A and app/B',
    ]);
  });

  it('of the same name may stand beside it for another region', () => {
    const both = app({ A: record('a.example.com', 'one'), B: record('a.example.com', 'two') });
    expect(collisions(app({ A: record('a.example.com', 'one') }), both)).toEqual([]);
  });
});

type Properties = Readonly<Record<string, unknown>>;

describe('what AWS lets only one have', () => {
  /** The diff reads these of any type that has policies. */
  const DIFFED = { PolicyDocument: { Statement: [] }, ResourcePolicy: { Statement: [] } };

  const claiming = (type: string, properties: Properties) =>
    app({ Old: { Type: type, Properties: { ...DIFFED, ...properties } } });

  /** Whether a resource of such properties can be made while one of those others is there. */
  const meet = (type: string, old: Properties, next: Properties): boolean =>
    collisions(claiming(type, old), app({ New: { Type: type, Properties: { ...DIFFED, ...next } } })).length >
    0;

  /** Type, the properties that make the claim, and each way to another one. */
  const CLAIMED: readonly (readonly [string, Properties, ...Properties[]])[] = [
    ['AWS::AmazonMQ::Broker', { BrokerName: 'a' }, { BrokerName: 'b' }],
    ['AWS::MSK::Cluster', { ClusterName: 'a' }, { ClusterName: 'b' }],
    ['AWS::MSK::Configuration', { Name: 'a' }, { Name: 'b' }],
    [
      'AWS::CloudFront::Distribution',
      { DistributionConfig: { Aliases: ['a.example.com', 'b.example.com'] } },
      { DistributionConfig: { Aliases: ['c.example.com'] } },
      { DistributionConfig: {} },
    ],
    [
      'AWS::CloudFront::OriginAccessControl',
      { OriginAccessControlConfig: { Name: 'a' } },
      { OriginAccessControlConfig: { Name: 'b' } },
    ],
    [
      'AWS::CloudFront::ResponseHeadersPolicy',
      { ResponseHeadersPolicyConfig: { Name: 'a' } },
      { ResponseHeadersPolicyConfig: { Name: 'b' } },
    ],
    ['AWS::CloudWatch::Alarm', { AlarmName: 'a' }, { AlarmName: 'b' }],
    ['AWS::CloudWatch::CompositeAlarm', { AlarmName: 'a' }, { AlarmName: 'b' }],
    ['AWS::CloudWatch::Dashboard', { DashboardName: 'a' }, { DashboardName: 'b' }],
    ['AWS::EC2::LaunchTemplate', { LaunchTemplateName: 'a' }, { LaunchTemplateName: 'b' }],
    [
      'AWS::EC2::Route',
      { RouteTableId: 'a', DestinationCidrBlock: '0.0.0.0/0' },
      { RouteTableId: 'b' },
      { DestinationCidrBlock: '10.0.0.0/8' },
    ],
    ['AWS::EC2::SecurityGroup', { VpcId: 'a', GroupName: 'b' }, { VpcId: 'c' }, { GroupName: 'c' }],
    ['AWS::EC2::SubnetRouteTableAssociation', { SubnetId: 'a' }, { SubnetId: 'b' }],
    ['AWS::EC2::VPCEndpoint', { VpcId: 'a', ServiceName: 'b' }, { VpcId: 'c' }, { ServiceName: 'c' }],
    ['AWS::EC2::VPCGatewayAttachment', { VpcId: 'a' }, { VpcId: 'b' }],
    ['AWS::ElastiCache::User', { UserId: 'a' }, { UserId: 'b' }],
    ['AWS::ElastiCache::UserGroup', { UserGroupId: 'a' }, { UserGroupId: 'b' }],
    [
      'AWS::ElasticLoadBalancingV2::Listener',
      { LoadBalancerArn: 'a', Port: 80 },
      { LoadBalancerArn: 'b' },
      { Port: 443 },
    ],
    [
      'AWS::ElasticLoadBalancingV2::ListenerRule',
      { ListenerArn: 'a', Priority: 1 },
      { ListenerArn: 'b' },
      { Priority: 2 },
    ],
    ['AWS::ElasticLoadBalancingV2::LoadBalancer', { Name: 'a' }, { Name: 'b' }],
    ['AWS::ElasticLoadBalancingV2::TargetGroup', { Name: 'a' }, { Name: 'b' }],
    ['AWS::IAM::Policy', { PolicyName: 'a', Roles: ['r', 's'] }, { PolicyName: 'b' }, { Roles: ['t'] }],
    ['AWS::IAM::Role', { RoleName: 'a' }, { RoleName: 'b' }],
    ['AWS::Lambda::EventInvokeConfig', { FunctionName: 'a' }, { FunctionName: 'b' }],
    [
      'AWS::Lambda::EventSourceMapping',
      { FunctionName: 'a', EventSourceArn: 'b' },
      { FunctionName: 'c' },
      { EventSourceArn: 'c' },
    ],
    ['AWS::Lambda::Function', { FunctionName: 'a' }, { FunctionName: 'b' }],
    ['AWS::Logs::LogGroup', { LogGroupName: 'a' }, { LogGroupName: 'b' }],
    ['AWS::RDS::DBInstance', { DBInstanceIdentifier: 'a' }, { DBInstanceIdentifier: 'b' }],
    [
      'AWS::Route53::RecordSet',
      { Name: 'a.example.com', Type: 'A', SetIdentifier: 'one' },
      { Name: 'b.example.com' },
      { Type: 'AAAA' },
      { SetIdentifier: 'two' },
      { SetIdentifier: undefined },
    ],
    ['AWS::S3::Bucket', { BucketName: 'a' }, { BucketName: 'b' }],
    ['AWS::S3::BucketPolicy', { Bucket: 'a' }, { Bucket: 'b' }],
    ['AWS::SNS::TopicPolicy', { Topics: ['a', 'b'] }, { Topics: ['c'] }, { Topics: [] }],
    ['AWS::SQS::Queue', { QueueName: 'a' }, { QueueName: 'b' }],
    ['AWS::SQS::QueuePolicy', { Queues: ['a', 'b'] }, { Queues: ['c'] }],
    ['AWS::SSM::Parameter', { Name: 'a' }, { Name: 'b' }],
    ['AWS::SecretsManager::ResourcePolicy', { SecretId: 'a' }, { SecretId: 'b' }],
    ['AWS::SecretsManager::RotationSchedule', { SecretId: 'a' }, { SecretId: 'b' }],
    ['AWS::SecretsManager::Secret', { Name: 'a' }, { Name: 'b' }],
    ['AWS::SecretsManager::SecretTargetAttachment', { SecretId: 'a' }, { SecretId: 'b' }],
    ['AWS::WAFv2::WebACL', { Name: 'a' }, { Name: 'b' }],
  ];

  it.each(CLAIMED.map(([type, claim, ...others]) => ({ type, claim, others })))(
    'of $type is what its claims say',
    ({ type, claim, others }) => {
      expect(meet(type, claim, claim)).toBe(true);
      expect(others.filter((other) => meet(type, claim, { ...claim, ...other }))).toEqual([]);
    },
  );

  it('is nothing where no name is given', () => {
    expect(meet('AWS::SQS::Queue', {}, {})).toBe(false);
  });

  it('is nothing of a type that the table does not know', () => {
    expect(meet('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' }, { CidrBlock: '10.0.0.0/16' })).toBe(false);
  });

  const regions = ['shop-us-east-1-app', 'shop-eu-west-1-app'] as const;
  const inBoth = (type: string, properties: Properties) =>
    collisions(
      assemblyOf({}),
      assemblyOf(
        Object.fromEntries(
          regions.map((stack) => [stack, { resources: { One: { Type: type, Properties: properties } } }]),
        ),
      ),
    );

  it.each([
    ['AWS::IAM::Role', { RoleName: 'a' }],
    ['AWS::S3::Bucket', { BucketName: 'a' }],
    ['AWS::CloudWatch::Dashboard', { DashboardName: 'a' }],
  ])('of %s is one name on earth', (type, properties) => {
    expect(inBoth(type, properties)).toHaveLength(1);
  });

  it.each([
    ['AWS::Logs::LogGroup', { LogGroupName: 'a' }],
    ['AWS::SecretsManager::Secret', { Name: 'a' }],
    ['AWS::Lambda::Function', { FunctionName: 'a' }],
  ])('of %s is one name in each region', (type, properties) => {
    expect(inBoth(type, properties)).toEqual([]);
  });

  it('of a secret is its name in each region that has a copy', () => {
    const secret = { Name: 'a', ReplicaRegions: [{ Region: 'eu-west-1' }] };
    expect(inBoth('AWS::SecretsManager::Secret', secret)).toHaveLength(1);
  });

  it('of the edge is in us-east-1', () => {
    const function_ = { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'a' } };
    const both = assemblyOf({
      'shop-us-east-1-data': { resources: { One: function_ } },
      'shop-edge': { resources: { Two: function_ } },
    });
    expect(collisions(assemblyOf({}), both)).toEqual([
      'in shop-edge, AWS::Lambda::Function ["a","us-east-1"] is claimed by shop-us-east-1-data/One and shop-edge/Two',
    ]);
  });

  it.each([
    ['what a stack refers to', { Ref: 'Role' }, 0],
    ['an attribute of what a stack refers to', { 'Fn::GetAtt': ['Role', 'Id'] }, 0],
    ['the account', { Ref: 'AWS::AccountId' }, 1],
    ['the region', { Ref: 'AWS::Region' }, 1],
    ['a name', 'shop', 1],
  ])('is of each stack’s own where its name is made of %s', (_what, name, clashes) => {
    expect(inBoth('AWS::IAM::Role', { RoleName: name })).toHaveLength(clashes);
  });

  it('is claimed twice by what is replaced', () => {
    const queue = (kms: string) => ({
      Type: 'AWS::RDS::DBInstance',
      Properties: { DBInstanceIdentifier: 'a', KmsKeyId: kms },
    });
    expect(collisions(app({ Queue: queue('one') }), app({ Queue: queue('two') }))).toEqual([
      'in app, AWS::RDS::DBInstance ["a","us-east-1"] is claimed by app/Queue and the new app/Queue',
    ]);
  });

  it('is said once, however many steps it lasts', () => {
    const role = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'a' } };
    const twice = app({ One: role, Two: role });
    expect(collisions(twice, twice)).toEqual([
      'in app, AWS::IAM::Role ["a"] is claimed by app/One and app/Two',
    ]);
  });
});

describe('what is left behind', () => {
  const bucket = (policy?: string): Resource => ({
    Type: 'AWS::S3::Bucket',
    Properties: { BucketName: 'a' },
    ...(policy === undefined ? {} : { DeletionPolicy: policy }),
  });

  it.each([
    ['Retain', ['AWS::S3::Bucket ["a"]']],
    ['RetainExceptOnCreate', ['AWS::S3::Bucket ["a"]']],
    ['Snapshot', []],
    [undefined, []],
  ])('by the policy %s is %j', (policy, left) => {
    expect(leftBehind(app({ Bucket: bucket(policy) }), app({}))).toEqual(left);
  });

  it('is nothing that stays', () => {
    expect(leftBehind(app({ Bucket: bucket('Retain') }), app({ Bucket: bucket('Retain') }))).toEqual([]);
  });

  it('is what a stack had that is no longer deployed', () => {
    expect(leftBehind(app({ Bucket: bucket('Retain') }), assemblyOf({}))).toHaveLength(1);
  });
});

describe('rules of a security group', () => {
  const inline = (way: string, count: number, other = 0): Resource => ({
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      [`SecurityGroup${way}`]: Array.from({ length: count }, (_, port) => ({
        FromPort: port,
        CidrIp: '10.0.0.0/8',
      })),
      ...(other === 0 ? {} : { SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0' }] }),
    },
  });

  it.each([
    ['Ingress', 60, []],
    ['Ingress', 61, ['in app, app/Group has 61 rules of ingress at once']],
    ['Egress', 60, []],
    ['Egress', 61, ['in app, app/Group has 61 rules of egress at once']],
  ])('of %s may be 60, and these are %i', (way, count, found) => {
    const group = app({ Group: inline(way, count) });
    expect(collisions(group, group)).toEqual(found);
  });

  it('are counted each way by itself', () => {
    const group = app({ Group: inline('Ingress', 60, 1) });
    expect(collisions(group, group)).toEqual([]);
  });

  it('that stand apart count with those of the group', () => {
    const apart = (way: string) => ({
      Type: `AWS::EC2::SecurityGroup${way}`,
      Properties: { GroupId: { Ref: 'Group' }, CidrIp: '192.168.0.0/16' },
    });
    expect(
      ['Ingress', 'Egress'].map((way) => {
        const both = app({ Group: inline('Ingress', 60), Rule: apart(way) });
        return collisions(both, both).length;
      }),
    ).toEqual([1, 0]);
  });

  it('to a list of addresses count as many as the list may have', () => {
    const listed = app({
      Group: { Type: 'AWS::EC2::SecurityGroup', Properties: {} },
      List: {
        Type: 'Custom::AddressesOfAws',
        Properties: { Create: 'com.amazonaws.global.cloudfront.origin-facing' },
      },
      ...Object.fromEntries(
        [80, 443].map((port) => [
          `Rule${port}`,
          {
            Type: 'AWS::EC2::SecurityGroupEgress',
            Properties: {
              GroupId: { Ref: 'Group' },
              FromPort: port,
              DestinationPrefixListId: { Ref: 'List' },
            },
          },
        ]),
      ),
    });
    expect(collisions(listed, listed)).toEqual(['in app, app/Group has 110 rules of egress at once']);
  });
});
