import { Duration, Stack, Tags, Validations } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { AlarmDefinition } from '../alarms';
import type { Graph } from '../dashboard';
import type { Connection, ServerApplicationSettings } from './connection';
import { ServerRole } from './server-role';
import { userData } from './user-data';

export interface ServersProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** Where servers are launched. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The servers’ security group. */
  readonly securityGroup: ec2.ISecurityGroup;
  /** EC2’s name of the size; arm64, as the image is. */
  readonly instanceType: string;
  /** The fewest servers. */
  readonly minCapacity: number;
  /** The most servers. */
  readonly maxCapacity: number;
  /** Whether servers have public addresses. */
  readonly publicAddresses: boolean;
  /** Where their bundle is, `s3://bucket/key`. */
  readonly bundleUrl: string;
  /** CloudWatch’s namespace for the metrics of the agent. */
  readonly metricNamespace: string;
  /** The application’s settings besides those of its connections. */
  readonly application: ServerApplicationSettings;
  /** The parts of the data center that servers use. */
  readonly connections: readonly Connection[];
  /** Sends them requests and checks their health. @default - users reach the one server directly */
  readonly targetGroup: ApplicationTargetGroup | undefined;
  /** How long a server may take from its launch until it serves; an hour at most. */
  readonly bootTimeout: Duration;
  /** File system on the server that holds the database. @default - none: the database is elsewhere */
  readonly databasePath: string | undefined;
}

/** From a server’s launch until failed health checks count: twice the five minutes that a plain boot takes. */
const HEALTH_CHECK_GRACE_PERIOD = Duration.minutes(10);

/**
 * Target of requests per minute and server. 1,000 a second is a twelfth of what one core of a developer’s machine served, each with
 * a query of the database. The smallest server may use a fifth of its two cores for long, a new server takes minutes to start,
 * and load does not wait.
 */
const REQUESTS_PER_MINUTE = 60_000;

/**
 * The servers: one auto scaling group at every rung. With a capacity of exactly one, the server may be missing for a moment, so
 * that its volume is free before the next server attaches it; with more, a deployment keeps the minimum in service.
 */
export class Servers extends Construct {
  readonly group: autoscaling.AutoScalingGroup;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServersProps,
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    const tag = { key: 'zero-to-million:servers', value: stack.stackName };
    const permissions = new ServerRole(this, 'Role', { tag, metricNamespace: props.metricNamespace });
    props.connections.forEach((connection) => {
      connection.grant(permissions);
    });
    const launchTemplate = new ec2.LaunchTemplate(this, 'Template', {
      // A parameter that CloudFormation resolves at each deployment: synthesis looks nothing up, and each deployment updates the image.
      machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
      instanceType: new ec2.InstanceType(props.instanceType),
      role: permissions.role,
      securityGroup: props.securityGroup,
      associatePublicIpAddress: props.publicAddresses,
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: props.targetGroup !== undefined,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          // With AWS’s own key: the disk holds no data, and our key would have to admit the auto scaling service.
          volume: ec2.BlockDeviceVolume.ebs(10, {
            volumeType: ec2.EbsDeviceVolumeType.GP3,
            encrypted: true,
            deleteOnTermination: true,
          }),
        },
      ],
      userData: ec2.UserData.custom(userData({ ...props, stack, group: () => this.group })),
    });
    Tags.of(launchTemplate).add(tag.key, tag.value);
    this.group = new autoscaling.AutoScalingGroup(this, 'Group', {
      vpc: props.vpc,
      vpcSubnets: { subnets: [...props.subnets] },
      launchTemplate,
      minCapacity: props.minCapacity,
      maxCapacity: props.maxCapacity,
      healthChecks: props.targetGroup
        ? autoscaling.HealthChecks.withAdditionalChecks({
            additionalTypes: [autoscaling.AdditionalHealthCheckType.ELB],
            gracePeriod: HEALTH_CHECK_GRACE_PERIOD,
          })
        : autoscaling.HealthChecks.ec2({ gracePeriod: HEALTH_CHECK_GRACE_PERIOD }),
      groupMetrics: [autoscaling.GroupMetrics.all()],
      signals: autoscaling.Signals.waitForMinCapacity({ timeout: props.bootTimeout }),
      updatePolicy: autoscaling.UpdatePolicy.rollingUpdate({
        minInstancesInService: Math.min(props.minCapacity, props.maxCapacity - 1),
        maxBatchSize: 1,
        waitOnResourceSignals: true,
        pauseTime: props.bootTimeout,
        suspendProcesses: [
          autoscaling.ScalingProcess.HEALTH_CHECK,
          autoscaling.ScalingProcess.REPLACE_UNHEALTHY,
          autoscaling.ScalingProcess.AZ_REBALANCE,
          autoscaling.ScalingProcess.ALARM_NOTIFICATION,
          autoscaling.ScalingProcess.SCHEDULED_ACTIONS,
        ],
      }),
    });
    // Servers get the tag from the launch template.
    Tags.of(this.group).add(tag.key, tag.value, { applyToLaunchedInstances: false });
    Validations.of(this.group).acknowledge({
      id: 'AwsSolutions-AS3',
      reason:
        'Servers come and go with the load; a notice of each would bury the alarms, which say when there is something to do.',
    });
    // A server that boots before its policies are attached fails.
    this.group.node.addDependency(permissions.role);
    if (props.targetGroup !== undefined) {
      this.group.attachToApplicationTargetGroup(props.targetGroup);
      // A target group checks no health before it is attached to a load balancer.
      this.group.node.addDependency(props.targetGroup.loadBalancerAttached);
      // Requests rise first; CPU catches costly ones.
      this.group.scaleOnRequestCount('Requests', { targetRequestsPerMinute: REQUESTS_PER_MINUTE });
      this.group.scaleOnCpuUtilization('Cpu', {
        targetUtilizationPercent: 60,
        estimatedInstanceWarmup: Duration.minutes(5),
      });
    }
  }

  get alarms(): readonly AlarmDefinition[] {
    const { databasePath } = this.props;
    return [
      {
        id: 'NoServer',
        metric: this.inService(),
        comparison: 'LessThanThreshold',
        threshold: 1,
        // Longer than a deployment needs to replace the only server.
        evaluationPeriods: 10,
        treatMissingData: 'breaching',
        meaning: 'No server has been in service for ten minutes: users get no answer.',
        firstStep: 'read why the last launches failed in the auto scaling group’s activity.',
        runbook: 'no-server-in-service',
      },
      {
        id: 'Cpu',
        metric: this.cpu(),
        comparison: 'GreaterThanThreshold',
        threshold: 85,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning: 'Servers have used over 85 % of their processors for 15 minutes.',
        firstStep: 'see whether requests have grown, and whether the group has reached maxServers.',
        runbook: 'server-cpu',
      },
      {
        id: 'Memory',
        metric: this.memory(),
        comparison: 'GreaterThanThreshold',
        threshold: 90,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning: 'A server has used over 90 % of its memory for 15 minutes.',
        firstStep: 'restart the application on it, then see from the logs whether it grows without bound.',
        runbook: 'server-memory',
      },
      {
        id: 'RootDisk',
        metric: this.disk('/'),
        comparison: 'GreaterThanThreshold',
        threshold: 85,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning: 'The root disk of a server is over 85 % full.',
        firstStep: 'terminate that server: the group puts a fresh one in its place.',
        runbook: 'server-disk',
      },
      ...(databasePath === undefined ? [] : [this.databaseVolumeAlarm(databasePath)]),
    ];
  }

  get graphs(): readonly Graph[] {
    const { databasePath } = this.props;
    return [
      { title: 'Servers in service', metrics: [this.inService()] },
      { title: 'Servers: CPU and memory (%)', metrics: [this.cpu(), this.memory()] },
      {
        title: 'Servers: disks (%)',
        metrics: ['/', ...(databasePath === undefined ? [] : [databasePath])].map((path) => this.disk(path)),
      },
    ];
  }

  private databaseVolumeAlarm(path: string): AlarmDefinition {
    return {
      id: 'DataVolume',
      metric: this.disk(path),
      comparison: 'GreaterThanThreshold',
      threshold: 80,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      meaning: 'The volume that the database lives on is over 80 % full; full, it takes no more writes.',
      firstStep: 'raise serverVolumeGiB and deploy: the volume grows in place.',
      runbook: 'data-volume-full',
    };
  }

  /** Servers in service, each minute. */
  private inService(): Metric {
    return this.metric('AWS/AutoScaling', 'GroupInServiceInstances', 'Minimum', Duration.minutes(1));
  }

  /** Percent of the processors, on average over all servers. */
  private cpu(): Metric {
    return this.metric('AWS/EC2', 'CPUUtilization', 'Average');
  }

  /** Percent of the memory of the fullest server, by the CloudWatch agent. */
  private memory(): Metric {
    return this.metric(this.props.metricNamespace, 'mem_used_percent', 'Maximum');
  }

  /** Percent of the file system mounted at `path` of the fullest server, by the CloudWatch agent. */
  private disk(path: string): Metric {
    return this.metric(this.props.metricNamespace, 'disk_used_percent', 'Maximum').with({
      dimensionsMap: { AutoScalingGroupName: this.group.autoScalingGroupName, path },
    });
  }

  private metric(
    namespace: string,
    metricName: string,
    statistic: string,
    period = Duration.minutes(5),
  ): Metric {
    return new Metric({
      namespace,
      metricName,
      dimensionsMap: { AutoScalingGroupName: this.group.autoScalingGroupName },
      statistic,
      period,
    });
  }
}
