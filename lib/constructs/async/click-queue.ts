import { Aws, Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { LOST_CLICKS } from '../../../contract/log-fields';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';
import type { Protection } from '../protection';

/** The click queue of another data center, as workers need it. */
export interface ClickQueueAddress {
  readonly arn: string;
  readonly url: string;
}

/** The name is not left to CloudFormation, because workers in other regions send to the queue, and no value is passed between regions. */
function clickQueueName(deployment: string): string {
  return `${deployment}-clicks`;
}

/** ARN and URL of a region’s click queue. */
export function clickQueueIn(region: string, deployment: string): ClickQueueAddress {
  const name = clickQueueName(deployment);
  return {
    arn: `arn:${Aws.PARTITION}:sqs:${region}:${Aws.ACCOUNT_ID}:${name}`,
    url: `https://sqs.${region}.${Aws.URL_SUFFIX}/${Aws.ACCOUNT_ID}/${name}`,
  };
}

export interface ClickQueueProps {
  /** Name of the deployment. */
  readonly deployment: string;
  /** How messages are protected against deletion. */
  readonly protection: Protection;
}

/** Six times the worker’s timeout, as AWS advises. */
const VISIBILITY_TIMEOUT = Duration.minutes(3);

/**
 * How often a message is delivered before it goes to the dead-letter queue. A worker sends on what it cannot count now, so only unreadable
 * messages come back; five leaves room for workers that die while they hold readable ones.
 */
const MAX_RECEIVE_COUNT = 5;

const EVERY_MINUTE = { period: Duration.minutes(1) };

/** The longest that SQS offers. */
const RETENTION = Duration.days(14);

/** The queue of clicks with its dead-letter queue. */
export class ClickQueue extends Construct {
  readonly queue: sqs.IQueue;
  readonly deadLetters: sqs.IQueue;

  constructor(scope: Construct, id: string, props: ClickQueueProps) {
    super(scope, id);
    const shared: sqs.QueueProps = {
      // With SQS’s own key: workers of other data centers send here, without a permission for a key of this region.
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
      removalPolicy: props.protection.removalPolicy,
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', shared);
    this.queue = new sqs.Queue(this, 'Resource', {
      ...shared,
      queueName: clickQueueName(props.deployment),
      visibilityTimeout: VISIBILITY_TIMEOUT,
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /** Servers may send to it, and not read. */
  get connection(): Connection {
    const { queue } = this;
    return {
      application: { CLICK_QUEUE_URL: queue.queueUrl },
      grant: (servers) => {
        // On the way down a rung, servers that stop still send the clicks that they hold.
        servers.allowUntilReplaced('ClickQueue', {
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
        });
      },
    };
  }

  /** What delays clicks, or loses unreadable ones. No redirect waits for any of it. */
  get alarms(): readonly AlarmDefinition[] {
    return [
      {
        id: 'Age',
        metric: this.ageOfOldest(),
        comparison: 'GreaterThanThreshold',
        threshold: 300,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning:
          'The oldest click has waited for over five minutes, for five minutes: clicks are counted late.',
        firstStep: 'see whether the database takes writes; then whether the worker fails or is throttled.',
        runbook: 'click-queue-age',
      },
      {
        id: 'DeadLetters',
        metric: this.deadLetterCount(),
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 1,
        treatMissingData: 'notBreaching',
        meaning: 'Messages lie in the dead-letter queue: their clicks are not counted.',
        firstStep: 'read one, mend what cannot read it, and redrive.',
        runbook: 'dead-letters',
      },
    ];
  }

  get graphs(): readonly Graph[] {
    return [
      { title: 'Clicks: oldest that waits (s)', metrics: [this.ageOfOldest()] },
      { title: 'Clicks: messages given up', metrics: [this.deadLetterCount()] },
    ];
  }

  /** Messages that wait, are being counted, are delayed, or were given up. */
  get depth(): IMetric {
    const most = { ...EVERY_MINUTE, statistic: 'Maximum' };
    return new MathExpression({
      expression: 'visible + counted + delayed + deadLetters',
      usingMetrics: {
        visible: this.queue.metricApproximateNumberOfMessagesVisible(most),
        counted: this.queue.metricApproximateNumberOfMessagesNotVisible(most),
        delayed: this.queue.metricApproximateNumberOfMessagesDelayed(most),
        deadLetters: this.deadLetterCount(),
      },
      label: 'SQS: messages that wait, dead letters among them',
      ...EVERY_MINUTE,
    });
  }

  /** Seconds that the oldest message has waited. */
  private ageOfOldest(): IMetric {
    return this.queue.metricApproximateAgeOfOldestMessage({ ...EVERY_MINUTE, statistic: 'Maximum' });
  }

  /** Messages in the dead-letter queue. */
  private deadLetterCount(): IMetric {
    return this.deadLetters.metricApproximateNumberOfMessagesVisible({
      ...EVERY_MINUTE,
      statistic: 'Maximum',
    });
  }
}

/**
 * The alarm of clicks that never reached the queue, which servers log.
 *
 * @param namespace CloudWatch’s namespace for the deployment’s own metrics
 * @param queue what takes clicks, as people call it
 */
export function lostClicksAlarm(
  scope: Construct,
  serverLogs: ILogGroup,
  namespace: string,
  queue: string,
): AlarmDefinition {
  const lostClicks = new MetricFilter(scope, 'Lost', {
    logGroup: serverLogs,
    filterPattern: FilterPattern.numberValue(`$.${LOST_CLICKS}`, '>', 0),
    metricNamespace: namespace,
    metricName: LOST_CLICKS,
    metricValue: `$.${LOST_CLICKS}`,
  });
  return {
    id: 'LostClicks',
    metric: lostClicks.metric({ ...EVERY_MINUTE, statistic: 'Sum' }),
    comparison: 'GreaterThanThreshold',
    threshold: 0,
    evaluationPeriods: 1,
    treatMissingData: 'notBreaching',
    meaning: 'Servers have dropped clicks: too many waited for a queue that did not take them.',
    firstStep: `see whether servers reach ${queue}, and how long it has not answered.`,
    runbook: 'lost-clicks',
  };
}
