import { Fn, Stack, Validations } from 'aws-cdk-lib';
import { CfnBroker } from 'aws-cdk-lib/aws-amazonmq';
import { type IMetric, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { DEAD_LETTER_QUEUE_NAME, QUEUE_NAME } from '../../../contract/click-queue';
import type { AlarmDefinition } from '../alarms';
import type { Connection, ServerPermissions } from '../compute/connection';
import type { Graph } from '../dashboard';
import { passwordOf } from '../data/password';
import { grantReadOfSecret } from '../data/secret-access';
import { functionLogGroup } from '../function-defaults';
import { suppressWildcard } from '../nag-suppressions';
import { logWriteStatement, sdkCallRole } from '../sdk-call-role';
import { uniqueName } from '../unique-name';
import { type Broker, type BrokerProps, EVERY_MINUTE, worstOf } from './broker';

export interface RabbitMqProps extends BrokerProps {
  /** Amazon MQ’s name of the size, without `mq.`; another one restarts node after node. */
  readonly instanceType: string;
}

/** AMQP over TLS. The management console, on 443, is opened to nobody. */
const PORT = 5671;

const USER = 'app';

/**
 * RabbitMQ on Amazon MQ: three nodes over the zones, which survive the loss of one, and one node in a sandbox. The workers make the
 * queues in it. What Amazon MQ cannot change in place, its mode above all, is set for life: a sandbox’s broker is another one than
 * a production’s.
 *
 * Its disks are encrypted with a key of AWS’s: Amazon MQ takes no other for RabbitMQ.
 */
export class RabbitMq extends Construct implements Broker {
  private readonly secret: ISecret;
  private readonly name: string;
  private readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RabbitMqProps,
  ) {
    super(scope, id);
    const { removalPolicy, rabbitMqNodes } = props.protection;
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'RabbitMQ: reached by servers alone',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(props.servers, ec2.Port.tcp(PORT), 'Servers');
    this.secret = this.password(props);
    this.name = uniqueName(this, rabbitMqNodes === 1 ? 'rabbitmq-single' : 'rabbitmq');
    const broker = new CfnBroker(this, 'Resource', {
      brokerName: this.name,
      engineType: 'RABBITMQ',
      engineVersion: '4.2',
      autoMinorVersionUpgrade: true,
      deploymentMode: rabbitMqNodes === 1 ? 'SINGLE_INSTANCE' : 'CLUSTER_MULTI_AZ',
      hostInstanceType: `mq.${props.instanceType}`,
      publiclyAccessible: false,
      // A single node takes one subnet. Three stand in zones of AWS’s choice, behind an endpoint in each of these.
      subnetIds: props.subnets.slice(0, rabbitMqNodes).map((subnet) => subnet.subnetId),
      securityGroups: [securityGroup.securityGroupId],
      users: [{ username: USER, password: this.secret.secretValueFromJson('password').unsafeUnwrap() }],
      logs: { general: true },
      maintenanceWindowStartTime: { dayOfWeek: 'SUNDAY', timeOfDay: '04:00', timeZone: 'UTC' },
    });
    broker.applyRemovalPolicy(removalPolicy);
    this.url = Fn.select(0, broker.attrAmqpEndpoints);
    this.limitLog(broker);
  }

  get connection(): Connection {
    return {
      application: { CLICK_QUEUE_URL: this.url, CLICK_QUEUE_SECRET_ARN: this.secret.secretArn },
      grant: (servers) => {
        this.grant(servers);
      },
    };
  }

  get workers(): Connection {
    return {
      server: { RABBITMQ_URL: this.url, RABBITMQ_SECRET_ARN: this.secret.secretArn },
      grant: (servers) => {
        this.grant(servers);
      },
    };
  }

  get depth(): IMetric {
    return new MathExpression({
      expression: 'clicks + deadLetters',
      usingMetrics: { clicks: this.messages(QUEUE_NAME), deadLetters: this.messages(DEAD_LETTER_QUEUE_NAME) },
      label: 'RabbitMQ: messages that wait, dead letters among them',
      period: EVERY_MINUTE,
    });
  }

  get alarms(): readonly AlarmDefinition[] {
    return [
      {
        id: 'Depth',
        metric: this.messages(QUEUE_NAME),
        comparison: 'GreaterThanThreshold',
        // Each holds a second’s clicks of a process: a minute of what a hundred processes send.
        threshold: 6_000,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning:
          'Over 6,000 messages of clicks have waited in RabbitMQ for five minutes: clicks are counted late.',
        firstStep: 'see whether the database takes writes; then whether workers run on the servers.',
        runbook: 'rabbitmq-queue-depth',
      },
      {
        id: 'NoWorker',
        metric: this.queueMetric('ConsumerCount', QUEUE_NAME),
        comparison: 'LessThanThreshold',
        threshold: 1,
        // Longer than a deployment needs to replace servers.
        evaluationPeriods: 15,
        treatMissingData: 'notBreaching',
        meaning: 'No worker has read from RabbitMQ for 15 minutes: clicks wait.',
        firstStep: 'read the log of the click worker on a server.',
        runbook: 'rabbitmq-queue-depth',
      },
      {
        id: 'DeadLetters',
        metric: this.messages(DEAD_LETTER_QUEUE_NAME),
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 1,
        treatMissingData: 'notBreaching',
        meaning:
          'Messages lie among RabbitMQ’s dead letters, delivered five times: their clicks are not counted.',
        firstStep: 'read one, mend what cannot read it, and move them back.',
        runbook: 'rabbitmq-dead-letters',
      },
      {
        id: 'Memory',
        metric: this.memory(),
        comparison: 'GreaterThanThreshold',
        threshold: 80,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning:
          'RabbitMQ has used over 80 % of the memory it allows itself; at 100 % it takes no more clicks.',
        firstStep: 'see whether messages pile up, and set a larger rabbitmqInstanceType if they do not.',
        runbook: 'rabbitmq-watermarks',
      },
      {
        id: 'Disk',
        metric: this.disk(),
        comparison: 'LessThanThreshold',
        threshold: 2,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning: 'RabbitMQ’s free disk is less than twice the limit below which it takes no more clicks.',
        firstStep: 'see why messages pile up: the disk grows with nothing else.',
        runbook: 'rabbitmq-watermarks',
      },
    ];
  }

  get graphs(): readonly Graph[] {
    return [
      { title: 'RabbitMQ: messages that wait', metrics: [this.messages(QUEUE_NAME)] },
      { title: 'RabbitMQ: dead letters', metrics: [this.messages(DEAD_LETTER_QUEUE_NAME)] },
      {
        title: 'RabbitMQ: memory (% of its limit), free disk (of its limit)',
        metrics: [this.memory(), this.disk()],
      },
    ];
  }

  private grant(servers: ServerPermissions): void {
    grantReadOfSecret(this.secret, this.props.key, servers);
  }

  /** Messages in a queue: ready, and delivered without an answer. */
  private messages(queue: string): Metric {
    return this.queueMetric('MessageCount', queue);
  }

  private queueMetric(metricName: string, queue: string): Metric {
    return this.metric(metricName, { Queue: queue, VirtualHost: '/' });
  }

  /** Percent of the memory at which RabbitMQ blocks senders, of all nodes together. */
  private memory(): IMetric {
    return new MathExpression({
      expression: '100 * used / limit',
      usingMetrics: { used: this.metric('RabbitMQMemUsed'), limit: this.metric('RabbitMQMemLimit') },
      label: 'memory (% of its limit)',
      period: EVERY_MINUTE,
    });
  }

  /** How many times the free disk below which RabbitMQ blocks senders there is. */
  private disk(): IMetric {
    return new MathExpression({
      expression: 'free / least',
      usingMetrics: { free: this.metric('RabbitMQDiskFree'), least: this.metric('RabbitMQDiskFreeLimit') },
      label: 'free disk (of its limit)',
      period: EVERY_MINUTE,
    });
  }

  private metric(metricName: string, dimensions: Readonly<Record<string, string>> = {}): Metric {
    return worstOf('AWS/AmazonMQ', metricName, { Broker: this.name, ...dimensions });
  }

  private password(props: RabbitMqProps): ISecret {
    const secret = passwordOf(this, {
      ...props,
      description: 'User and password of RabbitMQ',
      username: USER,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Amazon MQ sets the password when the broker is made, and later only the broker itself changes it: by hand, see docs/runbook.md#change-rabbitmqs-password.',
    });
    return secret;
  }

  /**
   * Amazon MQ makes the log group by itself, under the broker’s id, for ever and outside of any stack. So it is told how long to keep
   * events, and in a sandbox it is deleted with the broker.
   */
  private limitLog(broker: CfnBroker): void {
    const { protection } = this.props;
    const { account, partition, region } = Stack.of(this);
    const logGroupName = `/aws/amazonmq/broker/${broker.ref}/general`;
    const callLog = functionLogGroup(this, 'Logs', this.props);
    // Not by the broker’s id, which is known when the call is about to be made: a right needs seconds to take effect.
    const logs = `arn:${partition}:logs:${region}:${account}:log-group:/aws/amazonmq/broker/*/general`;
    const role = sdkCallRole(this, logWriteStatement(callLog.logGroupArn), {
      actions: ['logs:PutRetentionPolicy', ...(protection.deletionProtection ? [] : ['logs:DeleteLogGroup'])],
      resources: [logs, `${logs}:*`],
    });
    [logs, `${logs}:*`].forEach((resource) => {
      suppressWildcard(
        role,
        resource,
        'Logs of brokers alone: Amazon MQ names each by an id that it chooses.',
      );
    });
    const call = (action: string, parameters: Readonly<Record<string, unknown>> = {}): cr.AwsSdkCall => ({
      service: 'CloudWatchLogs',
      action,
      parameters: { logGroupName, ...parameters },
      physicalResourceId: cr.PhysicalResourceId.of(logGroupName),
      // Nothing has been logged yet.
      ignoreErrorCodesMatching: 'ResourceNotFoundException',
    });
    new cr.AwsCustomResource(this, 'LogRetention', {
      resourceType: 'Custom::BrokerLog',
      onUpdate: call('putRetentionPolicy', { retentionInDays: protection.logRetention }),
      ...(protection.deletionProtection ? {} : { onDelete: call('deleteLogGroup') }),
      role,
      installLatestAwsSdk: false,
      logGroup: callLog,
    });
  }
}
