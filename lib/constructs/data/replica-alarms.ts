import { Duration } from 'aws-cdk-lib';
import { MathExpression, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { Alarms } from '../alarms';

export interface ReplicaAlarmsProps {
  /** The replicas in the order of their numbers, from 1. */
  readonly replicas: readonly IDatabaseInstance[];
  readonly alarms: Alarms;
}

/** What makes a replica useless, by its number. */
export class ReplicaAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ReplicaAlarmsProps) {
    super(scope, id);
    for (const [index, replica] of props.replicas.entries()) {
      const number = index + 1;
      const each = new Construct(this, String(number));
      props.alarms.raise(each, 'Lag', {
        metric: lagOf(replica, number),
        when: 'above',
        // Of a database that nobody writes to RDS says up to five minutes: nothing comes by which a replica could tell.
        threshold: 360,
        periods: 5,
        silence: 'is bad',
        meaning: `Replica ${number} has been more than six minutes behind for five minutes, or does not replicate at all: servers pass it over.`,
        first: 'see whether the primary writes more than it can replay, or a long query holds it up.',
        runbook: 'replica-lag',
      });
      props.alarms.raise(each, 'Cpu', {
        metric: replica.metricCPUUtilization({ period: Duration.minutes(5) }),
        when: 'above',
        threshold: 80,
        periods: 3,
        silence: 'is fine',
        meaning: `Replica ${number} has used over 80 % of its processors for 15 minutes.`,
        first: 'raise replicas and deploy: reads spread over all of them.',
        runbook: 'replica-cpu',
      });
    }
  }
}

/** Seconds that the replica of that number is behind. RDS says -1 of one that does not replicate, which counts as an hour. */
export function lagOf(replica: IDatabaseInstance, number: number): IMetric {
  const period = Duration.minutes(1);
  const lag = `lag${number}`;
  return new MathExpression({
    expression: `IF(${lag} < 0, 3600, ${lag})`,
    usingMetrics: { [lag]: replica.metric('ReplicaLag', { period, statistic: 'Maximum' }) },
    period,
    label: `Replica ${number}`,
  });
}
