import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { LOST_CLICKS } from '../../../contract/log-fields';
import type { Alarms } from '../alarms';
import type { ClickQueue } from './click-queue';

export interface ClickQueueAlarmsProps {
  readonly clickQueue: ClickQueue;
  /** Where servers' logs go: they say which clicks never reached the queue. */
  readonly serverLogs: ILogGroup;
  readonly alarms: Alarms;
}

const MINUTE = { period: Duration.minutes(1) };

/** What delays clicks or loses them; no redirect waits for any of it. */
export class ClickQueueAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ClickQueueAlarmsProps) {
    super(scope, id);
    const { alarms, clickQueue, serverLogs } = props;
    alarms.raise(this, 'Age', {
      metric: oldestClick(clickQueue),
      when: 'above',
      threshold: 300,
      periods: 5,
      silence: 'is fine',
      meaning:
        'The oldest click has waited for over five minutes, for five minutes: clicks are counted late.',
      first: 'see whether the database takes writes; then whether the worker fails or is throttled.',
      runbook: 'click-queue-age',
    });
    alarms.raise(this, 'DeadLetters', {
      metric: deadLetters(clickQueue),
      when: 'above',
      threshold: 0,
      periods: 1,
      silence: 'is fine',
      meaning: 'Messages lie in the dead-letter queue: their clicks are not counted.',
      first: 'read one, mend what cannot read it, and redrive.',
      runbook: 'dead-letters',
    });
    const lost = new MetricFilter(this, 'Lost', {
      logGroup: serverLogs,
      filterPattern: FilterPattern.numberValue(`$.${LOST_CLICKS}`, '>', 0),
      metricNamespace: alarms.namespace,
      metricName: LOST_CLICKS,
      metricValue: `$.${LOST_CLICKS}`,
    });
    alarms.raise(this, 'LostClicks', {
      metric: lost.metric({ ...MINUTE, statistic: 'Sum' }),
      when: 'above',
      threshold: 0,
      periods: 1,
      silence: 'is fine',
      meaning: 'Servers have dropped clicks: too many waited for a queue that did not take them.',
      first: 'see whether servers reach SQS, and how long it has not answered.',
      runbook: 'lost-clicks',
    });
  }
}

/** Seconds that the oldest message has waited. */
export function oldestClick({ queue }: ClickQueue): IMetric {
  return queue.metricApproximateAgeOfOldestMessage({ ...MINUTE, statistic: 'Maximum' });
}

/** Messages that were given up. */
export function deadLetters({ deadLetters: queue }: ClickQueue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ ...MINUTE, statistic: 'Maximum' });
}
