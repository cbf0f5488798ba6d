import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Alarms } from '../../../lib/constructs/alarms';
import { poisonMetric } from '../../../lib/constructs/async/broker';
import { Kafka } from '../../../lib/constructs/async/kafka';
import { ServerRole } from '../../../lib/constructs/compute/server-role';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, surroundings, written } from './in-stack';

let told: unknown;
const template = inStack((stack) => {
  const { key, vpc } = surroundings(stack);
  const kafka = new Kafka(stack, 'Kafka', {
    vpc,
    subnets: vpc.isolatedSubnets,
    servers: new SecurityGroup(stack, 'Servers', { vpc }),
    instanceType: 't3.small',
    storageGiB: 20,
    poison: poisonMetric(stack, new LogGroup(stack, 'ServerLogs'), 'Shop', 'kafka'),
    key,
    protection: PRODUCTION,
  });
  const role = new ServerRole(stack, 'Role', { tag: { key: 'k', value: 'v' }, metricNamespace: 'm' });
  kafka.connection.grant(role);
  kafka.workers.grant(role);
  told = stack.resolve({ ...kafka.connection.application, ...kafka.workers.server });
  new Alarms(stack, 'Alarms', { deployment: 'shop', key, email: undefined }).addAll(stack, kafka.alarms);
});

/** What servers may do with it: the action, and what it is done with. */
const rights = Object.values(template.findResources('AWS::IAM::Policy'))
  .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
  .flatMap((statement) =>
    list(at(statement, 'Action'))
      .filter((action) => String(action).startsWith('kafka-cluster:'))
      .map(
        (action) => `${String(action).replace('kafka-cluster:', '')} ${target(at(statement, 'Resource'))}`,
      ),
  );

/** The end of an ARN, below the cluster; or the cluster. */
function target(resource: unknown): string {
  const text = written(resource);
  return (
    /:(?:topic|group)\/.*$/
      .exec(JSON.stringify(resource))?.[0]
      .replace(/^:(\w+)\/.*\/([\w-]+)"\]\]\}$/, '$1 $2') ?? text.replace(/[0-9A-F]{8}/, '')
  );
}

describe('Kafka', () => {
  it('has a broker in each zone, of the size and with the storage that were asked for', () => {
    template.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 2,
      BrokerNodeGroupInfo: {
        InstanceType: 'kafka.t3.small',
        ClientSubnets: [Match.anyValue(), Match.anyValue()],
        StorageInfo: { EBSStorageInfo: { VolumeSize: 20 } },
      },
    });
  });

  it('is encrypted by the key, and speaks TLS alone', () => {
    template.hasResourceProperties('AWS::MSK::Cluster', {
      EncryptionInfo: {
        EncryptionAtRest: { DataVolumeKMSKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AKey'), 'Arn'] } },
        EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true },
      },
    });
  });

  it('knows servers by their role, and lets in nobody else', () => {
    template.hasResourceProperties('AWS::MSK::Cluster', {
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
    });
    const rules = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'));
    expect(rules.map((rule) => [at(rule, 'Properties.FromPort'), at(rule, 'Properties.ToPort')])).toEqual([
      [9098, 9098],
    ]);
  });

  it('keeps messages twice and for 14 days, and takes no leader that lacks some', () => {
    template.hasResourceProperties('AWS::MSK::Configuration', {
      ServerProperties: [
        'auto.create.topics.enable=false',
        'default.replication.factor=2',
        'offsets.topic.replication.factor=2',
        'min.insync.replicas=1',
        'unclean.leader.election.enable=false',
        'log.retention.hours=336',
        'offsets.retention.minutes=30240',
      ].join('\n'),
    });
  });

  it('is kept in production, and its configuration with it', () => {
    ['AWS::MSK::Cluster', 'AWS::MSK::Configuration'].forEach((type) => {
      template.hasResource(type, { DeletionPolicy: 'RetainExceptOnCreate' });
    });
  });

  it('logs into a group of the stack', () => {
    template.hasResourceProperties('AWS::MSK::Cluster', {
      LoggingInfo: {
        BrokerLogs: {
          CloudWatchLogs: { Enabled: true, LogGroup: { Ref: Match.stringLikeRegexp('^KafkaBrokerLogs') } },
        },
      },
    });
  });

  it('tells servers and their workers its brokers, which MSK is asked for', () => {
    expect(['CLICK_QUEUE_URL', 'KAFKA_URL'].map((name) => written(at(told, name)))).toEqual(
      Array(2).fill(
        expect.stringMatching(
          /^kafka:\/\/<KafkaBrokers\w+\.BootstrapBrokerStringSaslIam>\?authentication=iam$/,
        ),
      ),
    );
    template.hasResourceProperties('AWS::IAM::Role', {
      Policies: Match.arrayWith([
        Match.objectLike({
          PolicyDocument: {
            Statement: Match.arrayWith([Match.objectLike({ Action: 'kafka:GetBootstrapBrokers' })]),
          },
        }),
      ]),
    });
  });

  it('lets servers send clicks, and their workers read these, give them up, and make both topics', () => {
    expect([...new Set(rights)].sort()).toEqual([
      'AlterGroup group click-worker',
      'Connect <Kafka.Arn>',
      'CreateTopic topic clicks',
      'CreateTopic topic clicks-dead-letters',
      'DescribeGroup group click-worker',
      'DescribeTopic topic clicks',
      'DescribeTopic topic clicks-dead-letters',
      'ReadData topic clicks',
      'WriteData topic clicks',
      'WriteData topic clicks-dead-letters',
      'WriteDataIdempotently <Kafka.Arn>',
    ]);
  });

  it('has an alarm for workers that are behind, what was given up, partitions without a leader, and full disks', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map((alarm) => [
      at(alarm, 'Properties.MetricName'),
      at(alarm, 'Properties.Threshold'),
    ]);
    expect(alarms).toEqual([
      ['EstimatedMaxTimeLag', 300],
      ['poisonMessages', 0],
      ['OfflinePartitionsCount', 0],
      [undefined, 80],
    ]);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'EstimatedMaxTimeLag',
      Dimensions: Match.arrayWith([
        { Name: 'Consumer Group', Value: 'click-worker' },
        { Name: 'Topic', Value: 'clicks' },
      ]),
    });
  });

  it('counts as dead letters what its own workers say, and not those of another queue on the same servers', () => {
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ ($.poisonMessages > 0) && ($.queue = "kafka") }',
      MetricTransformations: [{ MetricNamespace: 'Shop', MetricValue: '$.poisonMessages' }],
    });
  });
});
