import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from '../alarms';

export interface CacheAlarmsProps {
  /** ElastiCache's names of the nodes. */
  readonly nodes: readonly string[];
  readonly alarms: Alarms;
}

/** What makes the cache worth less; the application itself does without it. */
export class CacheAlarms extends Construct {
  constructor(scope: Construct, id: string, props: CacheAlarmsProps) {
    super(scope, id);
    const { nodes, alarms } = props;
    alarms.raise(this, 'Evictions', {
      metric: ofCache(nodes, 'SUM', 'Evictions'),
      when: 'above',
      // One a second: fewer are the last of keys that nobody asked for.
      threshold: 300,
      periods: 3,
      silence: 'is fine',
      meaning: 'The cache has thrown out over 300 entries in five minutes, for 15 minutes: it is too small.',
      first: 'set a larger cacheNodeType and deploy; it is changed while it serves.',
      runbook: 'cache-evictions',
    });
    alarms.raise(this, 'Memory', {
      metric: ofCache(nodes, 'MAX', 'DatabaseMemoryUsagePercentage'),
      when: 'above',
      threshold: 90,
      periods: 3,
      silence: 'is fine',
      meaning: 'The cache has used over 90 % of its memory for 15 minutes: soon it throws out entries.',
      first: 'compare its hits and misses on the dashboard; set a larger cacheNodeType if misses grow.',
      runbook: 'cache-memory',
    });
    alarms.raise(this, 'Cpu', {
      metric: ofCache(nodes, 'MAX', 'EngineCPUUtilization'),
      when: 'above',
      threshold: 80,
      periods: 3,
      silence: 'is fine',
      meaning: 'The cache has used over 80 % of the one processor that runs its commands, for 15 minutes.',
      first: 'set a cacheNodeType with faster processors and deploy.',
      runbook: 'cache-cpu',
    });
    alarms.raise(this, 'Lag', {
      metric: ofCache(nodes, 'MAX', 'ReplicationLag'),
      when: 'above',
      threshold: 10,
      periods: 3,
      silence: 'is fine',
      meaning:
        'The cache’s replica has been more than 10 s behind for 15 minutes: a failover would serve old entries.',
      first: 'see whether its memory or its network is exhausted.',
      runbook: 'cache-replication-lag',
    });
  }
}

/** A metric of ElastiCache over all nodes; each is a node's worst in five minutes. */
export function ofCache(nodes: readonly string[], combined: 'SUM' | 'MAX', metricName: string): IMetric {
  const period = Duration.minutes(5);
  // Unlike any other on the same graph, and as CloudWatch wants it, with a small letter first.
  const ids = nodes.map((_, index) => `of${metricName}${index + 1}`);
  const metrics = nodes.map((node, index) => [
    ids[index] ?? '',
    new Metric({
      namespace: 'AWS/ElastiCache',
      metricName,
      dimensionsMap: { CacheClusterId: node, CacheNodeId: '0001' },
      statistic: combined === 'SUM' ? 'Sum' : 'Maximum',
      period,
    }),
  ]);
  return new MathExpression({
    expression: `${combined}([${ids.join(', ')}])`,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- Object.fromEntries forgets what it is given
    usingMetrics: Object.fromEntries(metrics),
    label: metricName,
    period,
  });
}
