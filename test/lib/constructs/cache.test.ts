import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Alarms } from '../../../lib/constructs/alarms';
import { Cache } from '../../../lib/constructs/data/cache';
import type { Connection } from '../../../lib/constructs/compute/connection';
import { inStack, PRODUCTION, surroundings } from './in-stack';

let connection: Connection | undefined;
const template = inStack((stack) => {
  const { key, vpc } = surroundings(stack);
  const cache = new Cache(stack, 'Cache', {
    vpc,
    subnets: vpc.publicSubnets,
    servers: new SecurityGroup(stack, 'Servers', { vpc }),
    nodeType: 't4g.micro',
    key,
    protection: PRODUCTION,
  });
  connection = cache.connection;
  new Alarms(stack, 'Alarms', { deployment: 'shop', key, email: undefined }).addAll(stack, cache.alarms);
});

const expectGroup = (properties: Record<string, unknown>) => {
  template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', properties);
};

describe('the cache', () => {
  it('is Valkey on the smallest node', () => {
    expectGroup({ Engine: 'valkey', CacheNodeType: 'cache.t4g.micro' });
  });

  it('has a node in each of two zones, and one takes the other’s place by itself', () => {
    expectGroup({ NumCacheClusters: 2, MultiAZEnabled: true, AutomaticFailoverEnabled: true });
  });

  it('speaks TLS alone', () => {
    expectGroup({ TransitEncryptionEnabled: true, TransitEncryptionMode: 'required' });
  });

  it('is encrypted at rest with the data center’s key', () => {
    expectGroup({
      AtRestEncryptionEnabled: true,
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AKey'), 'Arn'] },
    });
  });

  it('has a user group from its creation, and no token', () => {
    expectGroup({
      UserGroupIds: [{ Ref: Match.stringLikeRegexp('^CacheUsers') }],
      AuthToken: Match.absent(),
    });
  });

  it('has no name of ours, and is no copy of another', () => {
    expectGroup({
      ReplicationGroupId: Match.absent(),
      SnapshotName: Match.absent(),
      SnapshotRetentionLimit: 0,
    });
  });

  it('is given up without a snapshot, in production too', () => {
    template.hasResource('AWS::ElastiCache::ReplicationGroup', {
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  it('admits servers alone, on its one port, and connects to nothing', () => {
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 6379,
      ToPort: 6379,
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Servers'), 'GroupId'] },
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: Match.stringLikeRegexp('^The cache'),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });
});

describe('the application’s user of the cache', () => {
  it('may neither administer it nor empty it', () => {
    template.hasResourceProperties('AWS::ElastiCache::User', {
      UserName: 'app',
      AccessString: Match.stringLikeRegexp('-@admin -@dangerous'),
    });
  });

  it('signs in with the password of the secret', () => {
    template.hasResourceProperties('AWS::ElastiCache::User', {
      UserName: 'app',
      AuthenticationMode: {
        Type: 'password',
        Passwords: [
          {
            'Fn::Join': [
              '',
              [
                '{{resolve:secretsmanager:',
                { Ref: Match.stringLikeRegexp('^CachePassword') },
                ':SecretString:password::}}',
              ],
            ],
          },
        ],
      },
    });
  });

  it('is the only one: the default user may do nothing', () => {
    template.hasResourceProperties('AWS::ElastiCache::User', {
      UserName: 'default',
      AccessString: 'off -@all',
    });
  });
});

describe('servers', () => {
  it('are told the address without a password, and where the password is', () => {
    expect([connection?.application?.CACHE_URL, connection?.server?.CACHE_SECRET_ARN]).toEqual([
      expect.stringMatching(/^rediss:\/\/[^@]+:6379$/),
      expect.anything(),
    ]);
  });
});

describe('an alarm of the cache', () => {
  it.each([
    ['Evictions', 'SUM', 300],
    ['DatabaseMemoryUsagePercentage', 'MAX', 90],
    ['EngineCPUUtilization', 'MAX', 80],
    ['ReplicationLag', 'MAX', 10],
  ])('watches %s over both nodes', (metric, combined, threshold) => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: threshold,
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: `${combined}([of${metric}1, of${metric}2])` }),
        Match.objectLike({
          MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: metric }) }),
        }),
      ]),
    });
  });
});
