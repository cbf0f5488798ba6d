import { Duration } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { QueueKind } from '../../../contract/click-queue';
import { POISON_MESSAGES, QUEUE_READ } from '../../../contract/log-fields';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';
import type { ProtectedDataProps } from '../protection';

export const EVERY_MINUTE = Duration.minutes(1);

/** What both kinds of brokers are given. */
export interface BrokerProps extends ProtectedDataProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** One in each zone, for life: a broker cannot change its subnets. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Security group of the servers: it alone may connect. */
  readonly servers: ec2.ISecurityGroup;
}

/** A queue of clicks in a broker: servers send to it, and workers on the servers count what lies in it. */
export interface Broker {
  /** How servers send clicks to it. */
  readonly connection: Connection;
  /** How the workers on servers read it. */
  readonly workers: Connection;
  readonly alarms: readonly AlarmDefinition[];
  readonly graphs: readonly Graph[];
  /** Messages that lie in it, dead letters among them where the broker counts them. */
  readonly depth: IMetric;
}

/** Tells that a queue which is being emptied may go. */
export function drainedAlarm(kind: string, title: string, depth: IMetric): AlarmDefinition {
  return {
    id: 'Drained',
    metric: depth,
    comparison: 'LessThanThreshold',
    threshold: 1,
    evaluationPeriods: 60,
    treatMissingData: 'missing',
    meaning: `The old queue, of ${title}, has been empty for an hour: nothing is wrong, and it may go.`,
    firstStep: `take ${kind} out of drainQueues, with allowRemoval.`,
    runbook: 'another-kind-of-queue',
  };
}

/**
 * How many messages workers on servers gave up, which they log.
 *
 * @param kind of queue: all workers of a server write to one log
 */
export function poisonMetric(
  scope: Construct,
  serverLogs: ILogGroup,
  namespace: string,
  kind: QueueKind,
): IMetric {
  return new MetricFilter(scope, 'Poison', {
    logGroup: serverLogs,
    filterPattern: FilterPattern.all(
      FilterPattern.numberValue(`$.${POISON_MESSAGES}`, '>', 0),
      FilterPattern.stringValue(`$.${QUEUE_READ}`, '=', kind),
    ),
    metricNamespace: namespace,
    metricName: POISON_MESSAGES,
    metricValue: `$.${POISON_MESSAGES}`,
  }).metric({ statistic: 'Sum' });
}

/** A broker’s own metric, the worst of each minute. */
export function worstOf(
  namespace: 'AWS/AmazonMQ' | 'AWS/Kafka',
  metricName: string,
  dimensionsMap: Readonly<Record<string, string>>,
): Metric {
  return new Metric({ namespace, metricName, dimensionsMap, statistic: 'Maximum', period: EVERY_MINUTE });
}
