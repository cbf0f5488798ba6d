import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration } from 'aws-cdk-lib/aws-msk';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { CONSUMER_GROUP, DEAD_LETTER_QUEUE_NAME, QUEUE_NAME } from '../../../contract/click-queue';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';
import { functionLogGroup } from '../function-defaults';
import { suppressWildcard } from '../nag-suppressions';
import { logWriteStatement, sdkCallRole } from '../sdk-call-role';
import { uniqueName } from '../unique-name';
import { type Broker, type BrokerProps, EVERY_MINUTE, worstOf } from './broker';

export interface KafkaProps extends BrokerProps {
  /** Amazon MSK’s name of the size, without `kafka.`; another one restarts broker after broker. */
  readonly instanceType: string;
  /** Storage of each broker, in GiB; it may grow and not shrink. */
  readonly storageGiB: number;
  /** How many messages workers gave up: Kafka itself counts no dead letters. */
  readonly poison: IMetric;
}

/** TLS with IAM. No other listener is opened. */
const PORT = 9098;

/** KRaft: without ZooKeeper. */
const KAFKA_VERSION = '3.9.x.kraft';

/** As long as SQS keeps them. */
const RETENTION = Duration.days(14);

/**
 * What brokers do. Each message is on both brokers before it counts as taken; while one of them is away, the other goes on alone, for
 * clicks that nothing takes would be lost within minutes, and clicks on one disk hardly ever are. Topics are the workers’ to make.
 */
const SERVER_PROPERTIES = [
  'auto.create.topics.enable=false',
  'default.replication.factor=2',
  'offsets.topic.replication.factor=2',
  'min.insync.replicas=1',
  'unclean.leader.election.enable=false',
  `log.retention.hours=${RETENTION.toHours()}`,
  // Offsets outlive the messages that they are about.
  `offsets.retention.minutes=${Duration.days(21).toMinutes()}`,
].join('\n');

/**
 * Kafka on Amazon MSK: two brokers, one a zone. Who may read and write is said by IAM, so there is no password; all that is sent is
 * encrypted. What MSK cannot change in place is set for life.
 */
export class Kafka extends Construct implements Broker {
  private readonly name: string;
  private readonly clusterArn: string;
  private readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KafkaProps,
  ) {
    super(scope, id);
    const { protection, key, subnets } = props;
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'Kafka: reached by servers alone',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(props.servers, ec2.Port.tcp(PORT), 'Servers');
    const logGroup = new LogGroup(this, 'BrokerLogs', {
      encryptionKey: key,
      retention: protection.logRetention,
      removalPolicy: protection.removalPolicy,
    });
    this.name = uniqueName(this, 'kafka');
    const configuration = new CfnConfiguration(this, 'Configuration', {
      name: this.name,
      serverProperties: SERVER_PROPERTIES,
    });
    const cluster = new CfnCluster(this, 'Resource', {
      clusterName: this.name,
      kafkaVersion: KAFKA_VERSION,
      numberOfBrokerNodes: subnets.length,
      brokerNodeGroupInfo: {
        instanceType: `kafka.${props.instanceType}`,
        clientSubnets: subnets.map((subnet) => subnet.subnetId),
        securityGroups: [securityGroup.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: props.storageGiB } },
      },
      configurationInfo: {
        arn: configuration.attrArn,
        revision: configuration.attrLatestRevisionRevision,
      },
      encryptionInfo: {
        encryptionAtRest: { dataVolumeKmsKeyId: key.keyArn },
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
      },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logGroup.logGroupName } } },
    });
    cluster.applyRemovalPolicy(protection.removalPolicy);
    // A cluster that production keeps goes on by its configuration.
    configuration.applyRemovalPolicy(protection.removalPolicy);
    this.clusterArn = cluster.attrArn;
    this.url = `kafka://${this.brokers()}?authentication=iam`;
  }

  get connection(): Connection {
    return {
      application: { CLICK_QUEUE_URL: this.url },
      grant: (servers) => {
        // On the way to another kind, servers that stop still send the clicks that they hold.
        servers.allowUntilReplaced('Kafka', {
          actions: ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
          resources: [this.clusterArn],
        });
        servers.allowUntilReplaced('KafkaClicks', {
          actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
          resources: [this.arn('topic', QUEUE_NAME)],
        });
      },
    };
  }

  get workers(): Connection {
    return {
      server: { KAFKA_URL: this.url },
      grant: (servers) => {
        servers.allow({
          actions: ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
          resources: [this.clusterArn],
        });
        servers.allow({
          actions: ['kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
          resources: [this.arn('topic', QUEUE_NAME)],
        });
        servers.allow({
          actions: ['kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
          resources: [this.arn('topic', DEAD_LETTER_QUEUE_NAME)],
        });
        servers.allow({
          actions: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
          resources: [this.arn('group', CONSUMER_GROUP)],
        });
      },
    };
  }

  get depth(): IMetric {
    return this.metric('SumOffsetLag', OF_THE_WORKERS);
  }

  get alarms(): readonly AlarmDefinition[] {
    return [
      {
        id: 'Lag',
        metric: this.lag(),
        comparison: 'GreaterThanThreshold',
        threshold: 300,
        evaluationPeriods: 5,
        // While workers come and go MSK measures nothing.
        treatMissingData: 'ignore',
        meaning:
          'Workers have been over five minutes behind Kafka, for five minutes: clicks are counted late.',
        firstStep: 'see whether the database takes writes; then whether workers run on the servers.',
        runbook: 'kafka-consumer-lag',
      },
      {
        id: 'DeadLetters',
        metric: this.props.poison,
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 1,
        treatMissingData: 'notBreaching',
        meaning:
          'Workers have put messages into Kafka’s topic of dead letters: their clicks are not counted.',
        firstStep: 'read one, mend what cannot read it, and send it again.',
        runbook: 'kafka-dead-letters',
      },
      {
        id: 'Offline',
        metric: this.metric('OfflinePartitionsCount'),
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning: 'Partitions have had no leader for five minutes: part of the clicks cannot be queued.',
        firstStep: 'see whether both brokers are gone, or their disks are full.',
        runbook: 'kafka-offline-partitions',
      },
      {
        id: 'Disk',
        metric: this.disk(),
        comparison: 'GreaterThanThreshold',
        threshold: 80,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning:
          'A broker of Kafka has filled over 80 % of its disk; full, it takes no more clicks and stops.',
        firstStep: 'raise kafkaStorageGiB and deploy: the disks grow in place.',
        runbook: 'kafka-disk',
      },
    ];
  }

  get graphs(): readonly Graph[] {
    return [
      { title: 'Kafka: how far workers are behind (s)', metrics: [this.lag()] },
      {
        title: 'Kafka: messages given up, partitions without a leader',
        metrics: [this.props.poison, this.metric('OfflinePartitionsCount')],
      },
      { title: 'Kafka: fullest disk (%)', metrics: [this.disk()] },
    ];
  }

  /** Seconds that workers are behind, by MSK’s own estimate. */
  private lag(): IMetric {
    return this.metric('EstimatedMaxTimeLag', OF_THE_WORKERS);
  }

  /** Percent of the fuller broker’s disk. */
  private disk(): IMetric {
    return new MathExpression({
      expression: 'MAX([broker1, broker2])',
      usingMetrics: {
        broker1: this.metric('KafkaDataLogsDiskUsed', { 'Broker ID': '1' }),
        broker2: this.metric('KafkaDataLogsDiskUsed', { 'Broker ID': '2' }),
      },
      label: 'fullest disk (%)',
      period: EVERY_MINUTE,
    });
  }

  private metric(metricName: string, dimensions: Readonly<Record<string, string>> = {}): Metric {
    return worstOf('AWS/Kafka', metricName, { 'Cluster Name': this.name, ...dimensions });
  }

  /** `arn:…:topic/<cluster>/<its id>/<name>`: the cluster’s, with another kind and a name. */
  private arn(kind: 'topic' | 'group', name: string): string {
    return `${Fn.join(`:${kind}/`, Fn.split(':cluster/', this.clusterArn, 2))}/${name}`;
  }

  /** The brokers’ addresses, which CloudFormation does not know: MSK is asked once, when the cluster is there. */
  private brokers(): string {
    const logGroup = functionLogGroup(this, 'Logs', this.props);
    // Not by the ARN, which is known when the call is about to be made: a right needs seconds to take effect.
    const cluster = Stack.of(this).formatArn({
      service: 'kafka',
      resource: 'cluster',
      resourceName: 'kafka-*/*',
    });
    const role = sdkCallRole(this, logWriteStatement(logGroup.logGroupArn), {
      actions: ['kafka:GetBootstrapBrokers'],
      resources: [cluster],
    });
    suppressWildcard(
      role,
      cluster,
      'Addresses alone, of clusters that are called so: their names end with an id that AWS chooses.',
    );
    return new cr.AwsCustomResource(this, 'Brokers', {
      resourceType: 'Custom::KafkaBrokers',
      onUpdate: {
        service: 'Kafka',
        action: 'getBootstrapBrokers',
        parameters: { ClusterArn: this.clusterArn },
        outputPaths: ['BootstrapBrokerStringSaslIam'],
        physicalResourceId: cr.PhysicalResourceId.of(this.name),
      },
      role,
      installLatestAwsSdk: false,
      logGroup,
    }).getResponseField('BootstrapBrokerStringSaslIam');
  }
}

const OF_THE_WORKERS = { 'Consumer Group': CONSUMER_GROUP, Topic: QUEUE_NAME };
