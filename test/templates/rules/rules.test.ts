/** Every rule is shown something that breaks it. */
import { assemblyOf } from '../../support/assemblies';
import type { CloudAssembly } from '../../support/cloud-assembly';
import { muteAlarms } from './alarms';
import { openBuckets, unencrypted } from './encryption';
import { unattached } from './internet';
import { leftovers } from './leftovers';
import { endlessLogs, logsOutsideTheStack, makersOfLogGroups } from './logs';
import { sharedMetrics } from './metrics';
import { physicalNames } from './names';
import { tooPermissive } from './permissions';
import { keptFromBirth } from './retained';
import { imdsV1, mismatchedArchitectures } from './servers';

function one(type: string, properties: Readonly<Record<string, unknown>> = {}): CloudAssembly {
  return assemblyOf({ app: { resources: { It: { Type: type, Properties: properties } } } });
}

function role(statement: Readonly<Record<string, unknown>>): CloudAssembly {
  const policy = { PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] } };
  return one('AWS::IAM::Role', { Policies: [policy] });
}

const launchTemplate = (data: Readonly<Record<string, unknown>>) =>
  one('AWS::EC2::LaunchTemplate', { LaunchTemplateData: data });

describe('encryption at rest', () => {
  it.each([
    'AWS::EC2::Volume',
    'AWS::EC2::LaunchTemplate',
    'AWS::RDS::DBInstance',
    'AWS::S3::Bucket',
    'AWS::SNS::Topic',
    'AWS::SQS::Queue',
    'AWS::Logs::LogGroup',
    'AWS::SecretsManager::Secret',
    'AWS::ElastiCache::ReplicationGroup',
    'AWS::MSK::Cluster',
  ])('is missed on %s', (type) => {
    expect(unencrypted(one(type))).toEqual([`app/It (${type}) is not encrypted`]);
  });
});

describe('buckets', () => {
  it('are missed without a policy and without a block', () => {
    expect(openBuckets(one('AWS::S3::Bucket'))).toEqual([
      'app/It answers without TLS',
      'app/It may be opened to everybody',
    ]);
  });
});

describe('the internet gateway', () => {
  const gateway = { Type: 'AWS::EC2::InternetGateway' };
  const attachment = {
    Type: 'AWS::EC2::VPCGatewayAttachment',
    Properties: { InternetGatewayId: { Ref: 'Gateway' } },
  };
  const network = (dependsOn: string) =>
    assemblyOf({
      data: {
        resources: {
          Gateway: gateway,
          Attachment: attachment,
          Way: { Type: 'AWS::EC2::Route', DependsOn: 'Attachment' },
          Nat: { Type: 'AWS::EC2::NatGateway', DependsOn: dependsOn },
        },
      },
    });

  it('is needed attached, not only made', () => {
    expect(unattached(network('Gateway'))).toEqual([
      'data/Nat (AWS::EC2::NatGateway) does not wait for the internet gateway’s attachment',
    ]);
  });

  it('is waited for by what waits for a way through it', () => {
    expect(unattached(network('Way'))).toEqual([]);
  });
});

describe('permissions', () => {
  it.each([
    ['every action', { Action: '*', Resource: 'arn:x' }, 'app/It allows *'],
    ['every action of a service', { Action: ['s3:*'], Resource: 'arn:x' }, 'app/It allows s3:*'],
    [
      'every resource',
      { Action: 's3:GetObject', Resource: '*' },
      'app/It allows s3:GetObject on every resource',
    ],
    [
      'everything but something',
      { NotAction: 's3:*', Resource: 'arn:x' },
      'app/It allows everything but something',
    ],
  ])('on %s are found', (_title, statement, found) => {
    expect(tooPermissive(role(statement))).toEqual([found]);
  });

  it('that cannot be narrowed are let pass', () => {
    expect(tooPermissive(role({ Action: 'ec2:DescribeVolumes', Resource: '*' }))).toEqual([]);
  });

  it('in a policy of AWS that nobody listed are found', () => {
    const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    expect(tooPermissive(one('AWS::IAM::Role', { ManagedPolicyArns: [arn] }))).toEqual([
      `app/It carries "${arn}"`,
    ]);
  });
});

describe('servers', () => {
  it('that answer IMDSv1 are found', () => {
    expect(imdsV1(launchTemplate({}))).toEqual(['app/It answers IMDSv1']);
  });

  it('with an image for another processor are found', () => {
    const image = '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}';
    expect(mismatchedArchitectures(launchTemplate({ InstanceType: 't4g.small', ImageId: image }))).toEqual([
      `app/It starts ["${image}"] on t4g.small, which is arm64`,
    ]);
  });

  it('with an image for their processor are let pass', () => {
    const image = '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64}}';
    expect(mismatchedArchitectures(launchTemplate({ InstanceType: 'c7gn.large', ImageId: image }))).toEqual(
      [],
    );
  });
});

describe('logs', () => {
  it('without an end are found', () => {
    expect(endlessLogs(one('AWS::Logs::LogGroup'))).toEqual(['app/It keeps its events for ever']);
  });

  it('of a function outside its stack are found', () => {
    expect(logsOutsideTheStack(one('AWS::Lambda::Function'))).toEqual([
      'app/It logs into a group that no stack owns',
    ]);
  });

  it('of a function inside its stack are let pass', () => {
    const assembly = assemblyOf({
      app: {
        resources: {
          Logs: { Type: 'AWS::Logs::LogGroup' },
          It: { Type: 'AWS::Lambda::Function', Properties: { LoggingConfig: { LogGroup: { Ref: 'Logs' } } } },
        },
      },
    });
    expect(logsOutsideTheStack(assembly)).toEqual([]);
  });

  const functionWith = (...statements: readonly object[]) =>
    assemblyOf({
      app: {
        resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: { Policies: [{ PolicyDocument: { Statement: statements } }] },
          },
          It: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
        },
      },
    });
  const denial = { Effect: 'Deny', Action: 'logs:CreateLogGroup', Resource: '*' };

  it.each([
    ['nothing is denied', []],
    ['something else is denied', [{ ...denial, Action: 'logs:PutLogEvents' }]],
    ['it is allowed', [{ ...denial, Effect: 'Allow' }]],
  ])('may be made again by a function where %s', (_, statements) => {
    expect(makersOfLogGroups(functionWith(...statements))).toEqual(['app/It may make its log group again']);
  });

  it('are not made again by a function to which it is denied', () => {
    expect(makersOfLogGroups(functionWith(denial))).toEqual([]);
  });
});

describe('metrics', () => {
  const filter = (MetricNamespace: string) =>
    assemblyOf({
      'shop-data': {
        resources: {
          It: {
            Type: 'AWS::Logs::MetricFilter',
            Properties: { MetricTransformations: [{ MetricNamespace, MetricName: 'lostClicks' }] },
          },
        },
      },
    });

  it('in a namespace of all deployments, or of another, are found', () => {
    expect(
      ['ZeroToMillion', 'ZeroToMillion/other'].flatMap((namespace) => sharedMetrics(filter(namespace))),
    ).toEqual([
      'shop-data/It shares ZeroToMillion lostClicks with other deployments',
      'shop-data/It shares ZeroToMillion/other lostClicks with other deployments',
    ]);
  });

  it('in the deployment’s own namespace are let pass', () => {
    expect(sharedMetrics(filter('ZeroToMillion/shop'))).toEqual([]);
  });

  it('of an alarm are found where no dimension refers to a part of the deployment', () => {
    const alarm = one('AWS::CloudWatch::Alarm', { Namespace: 'AWS/SQS', MetricName: 'Age' });
    expect(sharedMetrics(alarm)).toEqual(['app/It shares AWS/SQS Age with other deployments']);
  });

  it('of a dashboard are found as well', () => {
    const body = JSON.stringify({ widgets: [{ properties: { metrics: [['Mine', 'heat', 'room', '1']] } }] });
    expect(sharedMetrics(one('AWS::CloudWatch::Dashboard', { DashboardBody: body }))).toEqual([
      'app/It shares Mine heat with other deployments',
    ]);
  });

  it('of a firewall are found where its name is that of every one', () => {
    const firewall = one('AWS::WAFv2::WebACL', { VisibilityConfig: { MetricName: 'Firewall' } });
    expect(sharedMetrics(firewall)).toEqual(['app/It shares AWS/WAFV2 Firewall with other deployments']);
  });
});

describe('names', () => {
  it('of our choosing are found', () => {
    expect(physicalNames(one('AWS::S3::Bucket', { BucketName: 'mine' }))).toEqual(['app/It is named "mine"']);
  });
});

describe('alarms', () => {
  it('that tell nobody, and nothing, are found', () => {
    expect(muteAlarms(one('AWS::CloudWatch::Alarm', { AlarmDescription: 'It is hot.' }), '')).toEqual([
      'app/It tells no topic',
      'app/It points at no entry of docs/runbook.md',
    ]);
  });

  it('that point at an entry that is not there are found', () => {
    const alarm = one('AWS::CloudWatch::Alarm', { AlarmDescription: 'See docs/runbook.md#too-hot' });
    expect(muteAlarms(alarm, '## Too cold')).toContain('app/It: docs/runbook.md has no #too-hot');
  });
});

describe('what a rollback of a creation leaves', () => {
  it('a queue that is kept in any case', () => {
    const Resources = { It: { Type: 'AWS::SQS::Queue', DeletionPolicy: 'Retain' } };
    expect(keptFromBirth(assemblyOf({ app: { resources: Resources } }))).toEqual([
      'app/It has DeletionPolicy Retain',
    ]);
  });

  it('a database that refuses to go', () => {
    expect(keptFromBirth(one('AWS::RDS::DBInstance', { DeletionProtection: true }))).toEqual([
      'app/It refuses to be deleted from birth on',
    ]);
  });
});

describe('what a destroy leaves', () => {
  it('a database that nobody said to delete', () => {
    expect(leftovers(one('AWS::RDS::DBInstance'))).toEqual([
      'app/It (AWS::RDS::DBInstance) has DeletionPolicy Snapshot',
      'app/It (AWS::RDS::DBInstance) has UpdateReplacePolicy Snapshot',
    ]);
  });

  it('a bucket that nobody empties', () => {
    expect(leftovers(one('AWS::S3::Bucket'))).toEqual(['app/It is not emptied, so it cannot be deleted']);
  });

  it('a server’s disk that its image may keep', () => {
    const disk = { DeviceName: '/dev/xvda', Ebs: { Encrypted: true } };
    expect(leftovers(launchTemplate({ BlockDeviceMappings: [disk] }))).toEqual([
      'app/It: the disk /dev/xvda may outlive its server',
    ]);
  });

  it('what refuses to be deleted', () => {
    const attribute = { Key: 'deletion_protection.enabled', Value: 'true' };
    expect(
      leftovers(one('AWS::ElasticLoadBalancingV2::LoadBalancer', { LoadBalancerAttributes: [attribute] })),
    ).toEqual(['app/It refuses to be deleted']);
  });
});
