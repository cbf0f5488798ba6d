import { Duration } from 'aws-cdk-lib';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Alarms } from '../alarms';
import type { LoadBalancer } from './load-balancer';

export interface LoadBalancerAlarmsProps {
  readonly loadBalancer: LoadBalancer;
  readonly alarms: Alarms;
}

const MINUTE = { period: Duration.minutes(1) };

/** What users notice. */
export class LoadBalancerAlarms extends Construct {
  constructor(scope: Construct, id: string, props: LoadBalancerAlarmsProps) {
    super(scope, id);
    const { alarms } = props;
    const { resource, targetGroup } = props.loadBalancer;
    alarms.raise(this, 'UnhealthyServers', {
      metric: targetGroup.metrics.unhealthyHostCount({ ...MINUTE, statistic: 'Maximum' }),
      when: 'above',
      threshold: 0,
      periods: 10,
      silence: 'is fine',
      meaning: 'A server has failed its health check for ten minutes and has not been replaced.',
      first: 'ask the target group why, then read that server’s log.',
      runbook: 'unhealthy-servers',
    });
    alarms.raise(this, 'NoHealthyServer', {
      metric: targetGroup.metrics.healthyHostCount({ ...MINUTE, statistic: 'Maximum' }),
      when: 'below',
      threshold: 1,
      periods: 3,
      silence: 'is bad',
      meaning: 'The load balancer has had no healthy server for three minutes: users get errors.',
      first: 'see whether the database answers, for servers without one are not ready.',
      runbook: 'no-healthy-server',
    });
    alarms.raise(this, 'ServerErrors', {
      metric: targetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, MINUTE),
      when: 'above',
      threshold: 10,
      periods: 3,
      silence: 'is fine',
      meaning: 'The application has answered over ten requests a minute with 5xx for three minutes.',
      first: 'read the errors in the servers’ log group.',
      runbook: 'server-errors',
    });
    alarms.raise(this, 'LoadBalancerErrors', {
      metric: resource.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, MINUTE),
      when: 'above',
      threshold: 10,
      periods: 3,
      silence: 'is fine',
      meaning: 'The load balancer itself has answered over ten requests a minute with 5xx for three minutes.',
      first: 'see how many servers are healthy: it answers so when none takes the request.',
      runbook: 'load-balancer-errors',
    });
    alarms.raise(this, 'Latency', {
      metric: targetGroup.metrics.targetResponseTime({ ...MINUTE, statistic: 'p99' }),
      when: 'above',
      threshold: 1,
      periods: 5,
      silence: 'is fine',
      meaning: 'One request in a hundred has taken over a second for five minutes.',
      first: 'compare the CPU of servers and database on the dashboard: the fuller one is the bottleneck.',
      runbook: 'latency',
    });
  }
}
