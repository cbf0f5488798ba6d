import { Duration } from 'aws-cdk-lib';
import type { IAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from '../alarms';

export interface ServerAlarmsProps {
  readonly group: IAutoScalingGroup;
  readonly alarms: Alarms;
  /** Whether the database lives on a server, and so its volume can fill. */
  readonly dataVolume: boolean;
}

/** What goes wrong on servers, or with having any. */
export class ServerAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ServerAlarmsProps) {
    super(scope, id);
    const { group, alarms } = props;
    alarms.raise(this, 'NoServer', {
      metric: serversInService(group),
      when: 'below',
      threshold: 1,
      // Longer than a deployment needs to put one server in the place of the only one.
      periods: 10,
      silence: 'is bad',
      meaning: 'No server has been in service for ten minutes: users get no answer.',
      first: 'read why the last launches failed in the auto scaling group’s activity.',
      runbook: 'no-server-in-service',
    });
    alarms.raise(this, 'Cpu', {
      metric: cpuOfServers(group),
      when: 'above',
      threshold: 85,
      periods: 3,
      silence: 'is fine',
      meaning: 'Servers have used over 85 % of their processors for 15 minutes.',
      first: 'see whether requests have grown, and whether the group has reached maxServers.',
      runbook: 'server-cpu',
    });
    alarms.raise(this, 'Memory', {
      metric: memoryOfServers(group, alarms.namespace),
      when: 'above',
      threshold: 90,
      periods: 3,
      silence: 'is fine',
      meaning: 'A server has used over 90 % of its memory for 15 minutes.',
      first: 'restart the application on it, then see from the logs whether it grows without bound.',
      runbook: 'server-memory',
    });
    alarms.raise(this, 'RootDisk', {
      metric: diskOfServers(group, '/', alarms.namespace),
      when: 'above',
      threshold: 85,
      periods: 3,
      silence: 'is fine',
      meaning: 'The root disk of a server is over 85 % full.',
      first: 'terminate that server: the group puts a fresh one in its place.',
      runbook: 'server-disk',
    });
    if (props.dataVolume) {
      alarms.raise(this, 'DataVolume', {
        metric: diskOfServers(group, '/data', alarms.namespace),
        when: 'above',
        threshold: 80,
        periods: 3,
        silence: 'is fine',
        meaning: 'The volume that the database lives on is over 80 % full; full, it takes no more writes.',
        first: 'raise serverVolumeGiB and deploy: the volume grows in place.',
        runbook: 'data-volume-full',
      });
    }
  }
}

/** Servers in service, by the minute. */
export function serversInService(group: IAutoScalingGroup): Metric {
  return new Metric({
    namespace: 'AWS/AutoScaling',
    metricName: 'GroupInServiceInstances',
    dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
    statistic: 'Minimum',
    period: Duration.minutes(1),
  });
}

/** Percent of the processors, over all servers. */
export function cpuOfServers(group: IAutoScalingGroup): Metric {
  return new Metric({
    namespace: 'AWS/EC2',
    metricName: 'CPUUtilization',
    dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
    statistic: 'Average',
    period: Duration.minutes(5),
  });
}

/** Percent of the memory, of the fullest server; measured by the CloudWatch agent on it. */
export function memoryOfServers(group: IAutoScalingGroup, namespace: string): Metric {
  return new Metric({
    namespace,
    metricName: 'mem_used_percent',
    dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
    statistic: 'Maximum',
    period: Duration.minutes(5),
  });
}

/** Percent of the file system mounted at `path`, of the fullest server; measured by the CloudWatch agent on it. */
export function diskOfServers(group: IAutoScalingGroup, path: string, namespace: string): Metric {
  return new Metric({
    namespace,
    metricName: 'disk_used_percent',
    dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName, path },
    statistic: 'Maximum',
    period: Duration.minutes(5),
  });
}
