import { Duration } from 'aws-cdk-lib';
import type { IAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { ClickQueue } from './async/click-queue';
import { deadLetters, oldestClick } from './async/click-queue-alarms';
import { cpuOfServers, diskOfServers, memoryOfServers, serversInService } from './compute/server-alarms';
import { ofCache } from './data/cache-alarms';
import { lagOf } from './data/replica-alarms';
import type { LoadBalancer } from './edge/load-balancer';

export interface DashboardProps {
  readonly group: IAutoScalingGroup;
  /** CloudWatch's namespace for what the agent on a server measures. */
  readonly metricNamespace: string;
  /** Path of the file system that the database lives on, on the server. @default - it does not live there */
  readonly dataPath: string | undefined;
  /** @default - none at this rung */
  readonly loadBalancer: LoadBalancer | undefined;
  /** @default - none at this rung */
  readonly database: IDatabaseInstance | undefined;
  /** The database's replicas in the order of their numbers, from 1. */
  readonly replicas: readonly IDatabaseInstance[];
  /** ElastiCache's names of the cache's nodes. */
  readonly cacheNodes: readonly string[];
  /** @default - none at this rung */
  readonly clicks: { readonly queue: ClickQueue; readonly worker: IFunction } | undefined;
}

/** A data center on one page, in the order in which a request meets its parts. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { loadBalancer, group, metricNamespace, dataPath, cacheNodes, replicas, database, clicks } = props;
    const dashboard = new cloudwatch.Dashboard(this, 'Resource', { defaultInterval: Duration.hours(6) });
    if (loadBalancer !== undefined) {
      const { resource, targetGroup } = loadBalancer;
      dashboard.addWidgets(
        graph('Requests', [targetGroup.metrics.requestCount()]),
        graph('Errors', [
          targetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT),
          resource.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT),
        ]),
        graph('Time to answer (s)', [
          targetGroup.metrics.targetResponseTime({ statistic: 'p50' }),
          targetGroup.metrics.targetResponseTime({ statistic: 'p99' }),
        ]),
      );
    }
    dashboard.addWidgets(
      graph('Servers in service', [serversInService(group)]),
      graph('Servers: CPU and memory (%)', [cpuOfServers(group), memoryOfServers(group, metricNamespace)]),
      graph(
        'Servers: disks (%)',
        ['/', ...(dataPath === undefined ? [] : [dataPath])].map((path) =>
          diskOfServers(group, path, metricNamespace),
        ),
      ),
    );
    if (cacheNodes.length > 0) {
      dashboard.addWidgets(
        graph('Cache: hits and misses', [
          ofCache(cacheNodes, 'SUM', 'CacheHits'),
          ofCache(cacheNodes, 'SUM', 'CacheMisses'),
        ]),
        graph('Cache: CPU and memory (%)', [
          ofCache(cacheNodes, 'MAX', 'EngineCPUUtilization'),
          ofCache(cacheNodes, 'MAX', 'DatabaseMemoryUsagePercentage'),
        ]),
        graph('Cache: evictions', [ofCache(cacheNodes, 'SUM', 'Evictions')]),
      );
    }
    if (replicas.length > 0) {
      dashboard.addWidgets(
        graph(
          'Replicas: seconds behind',
          replicas.map((replica, index) => lagOf(replica, index + 1)),
        ),
        graph(
          'Replicas: CPU (%)',
          replicas.map((replica) => replica.metricCPUUtilization()),
        ),
        graph(
          'Replicas: connections',
          replicas.map((replica) => replica.metricDatabaseConnections()),
        ),
      );
    }
    if (database !== undefined) {
      dashboard.addWidgets(
        graph('Database: CPU (%)', [database.metricCPUUtilization()]),
        graph('Database: connections', [database.metricDatabaseConnections()]),
        graph('Database: free storage (bytes)', [database.metricFreeStorageSpace()]),
      );
    }
    if (clicks !== undefined) {
      dashboard.addWidgets(
        graph('Clicks: oldest that waits (s)', [oldestClick(clicks.queue)]),
        graph('Clicks: messages given up', [deadLetters(clicks.queue)]),
        graph('Click worker: runs, errors, throttles', [
          clicks.worker.metricInvocations(),
          clicks.worker.metricErrors(),
          clicks.worker.metricThrottles(),
        ]),
      );
    }
  }
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });
}
