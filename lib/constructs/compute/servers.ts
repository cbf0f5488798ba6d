import { CfnElement, Duration, Fn, Lazy, Stack, Tags, Validations } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Connection, ServerApplicationSettings, ServerSettings } from './connection';
import { followLoad } from './scaling';
import { ServerRole } from './server-role';

export interface ServersProps {
  readonly vpc: ec2.IVpc;
  /** Where servers stand. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The group they wear. */
  readonly securityGroup: ec2.ISecurityGroup;
  /** EC2's name of the size; arm64, as the image is. */
  readonly instanceType: string;
  readonly min: number;
  readonly max: number;
  /** Whether they have public addresses. */
  readonly public: boolean;
  /** Where their bundle is, `s3://bucket/key`. */
  readonly bundleUrl: string;
  /** CloudWatch's namespace for what the agent on a server measures. */
  readonly metricNamespace: string;
  /** What the application is told besides what its connections tell it. */
  readonly application: ServerApplicationSettings;
  /** Every part of the data center that they meet. */
  readonly connections: readonly Connection[];
  /** What hands them requests, and whose word on their health then counts. @default - users reach the server itself */
  readonly targetGroup: ApplicationTargetGroup | undefined;
  /** How long a server may take from its launch until it serves; an hour at most. */
  readonly patience: Duration;
}

/** From a server's launch until its failed health checks count: twice the five minutes that a plain boot takes. */
const GRACE = Duration.minutes(10);

/** Every name that `server.env` has, at every rung: what does not exist there is empty. */
const SERVER_SETTINGS = [
  'STACK_NAME',
  'SIGNAL_RESOURCE',
  'AWS_REGION',
  'METRIC_NAMESPACE',
  'LOG_GROUP',
  'DATABASE_ON_SERVER',
  'DATA_VOLUME_ID',
  'ADDRESS_ALLOCATION_ID',
  'TARGET_GROUP_ARN',
  'CERTIFICATE_ARN',
  'ADMIN_TOKEN_SECRET_ARN',
  'CACHE_SECRET_ARN',
] as const satisfies readonly (keyof ServerSettings)[];

/**
 * The servers: one auto scaling group at every rung, of exactly one server that may be absent for a moment (so that
 * its volume is free before the next one claims it), then of many that may not.
 */
export class Servers extends Construct {
  readonly group: autoscaling.AutoScalingGroup;

  constructor(scope: Construct, id: string, props: ServersProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const tag = { key: 'zero-to-million:servers', value: stack.stackName };
    const role = new ServerRole(this, 'Role', { tag, metricNamespace: props.metricNamespace });
    props.connections.forEach((connection) => {
      connection.grant(role);
    });
    const launchTemplate = new ec2.LaunchTemplate(this, 'Template', {
      // A parameter that CloudFormation resolves when it deploys: nothing is looked up here, and every deployment
      // brings the servers up to date.
      machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
      instanceType: new ec2.InstanceType(props.instanceType),
      role,
      securityGroup: props.securityGroup,
      associatePublicIpAddress: props.public,
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: props.targetGroup !== undefined,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          // Under AWS's own key, for it holds no data, and ours would have to admit the auto scaling service.
          volume: ec2.BlockDeviceVolume.ebs(10, {
            volumeType: ec2.EbsDeviceVolumeType.GP3,
            encrypted: true,
            // Whatever the image says.
            deleteOnTermination: true,
          }),
        },
      ],
      userData: ec2.UserData.custom(userData(stack, props, () => this.group)),
    });
    Tags.of(launchTemplate).add(tag.key, tag.value);
    this.group = new autoscaling.AutoScalingGroup(this, 'Group', {
      vpc: props.vpc,
      vpcSubnets: { subnets: [...props.subnets] },
      launchTemplate,
      minCapacity: props.min,
      maxCapacity: props.max,
      healthChecks: props.targetGroup
        ? autoscaling.HealthChecks.withAdditionalChecks({
            additionalTypes: [autoscaling.AdditionalHealthCheckType.ELB],
            gracePeriod: GRACE,
          })
        : autoscaling.HealthChecks.ec2({ gracePeriod: GRACE }),
      groupMetrics: [autoscaling.GroupMetrics.all()],
      signals: autoscaling.Signals.waitForMinCapacity({ timeout: props.patience }),
      updatePolicy: autoscaling.UpdatePolicy.rollingUpdate({
        minInstancesInService: Math.min(props.min, props.max - 1),
        maxBatchSize: 1,
        waitOnResourceSignals: true,
        pauseTime: props.patience,
        suspendProcesses: [
          autoscaling.ScalingProcess.HEALTH_CHECK,
          autoscaling.ScalingProcess.REPLACE_UNHEALTHY,
          autoscaling.ScalingProcess.AZ_REBALANCE,
          autoscaling.ScalingProcess.ALARM_NOTIFICATION,
          autoscaling.ScalingProcess.SCHEDULED_ACTIONS,
        ],
      }),
    });
    // Launched servers have the tag from their template.
    Tags.of(this.group).add(tag.key, tag.value, { applyToLaunchedInstances: false });
    Validations.of(this.group).acknowledge({
      id: 'AwsSolutions-AS3',
      reason:
        'Servers come and go with the load; a notice of each would bury the alarms, which say when there is something to do.',
    });
    // A server that boots before it may do anything would only fail.
    this.group.node.addDependency(role);
    if (props.targetGroup !== undefined) {
      this.group.attachToApplicationTargetGroup(props.targetGroup);
      // A target group says nothing of health before a load balancer asks it.
      this.group.node.addDependency(props.targetGroup.loadBalancerAttached);
      followLoad(this.group);
    }
  }
}

/** What a server runs first, filled with what it must know. */
function userData(stack: Stack, props: ServersProps, group: () => autoscaling.AutoScalingGroup): string {
  const server = props.connections.reduce<ServerSettings>(
    (settings, connection) => ({ ...settings, ...connection.server }),
    {
      STACK_NAME: stack.stackName,
      SIGNAL_RESOURCE: logicalIdOf(group),
      AWS_REGION: stack.region,
      METRIC_NAMESPACE: props.metricNamespace,
      DATABASE_ON_SERVER: 'false',
    },
  );
  const application = props.connections.reduce<ServerApplicationSettings>(
    (settings, connection) => ({ ...settings, ...connection.application }),
    props.application,
  );
  return Fn.sub(readFileSync(resolve(__dirname, '../../../server/user-data.sh'), 'utf8'), {
    BundleUrl: props.bundleUrl,
    ServerEnvironment: SERVER_SETTINGS.map((name) => `${name}=${server[name] ?? ''}`).join('\n'),
    ApplicationEnvironment: Object.entries(application)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join('\n'),
  });
}

/** The group's name in its template; it has none yet while its launch template is made. */
function logicalIdOf(group: () => autoscaling.AutoScalingGroup): string {
  return Lazy.string({
    produce: () => {
      const resource = group().node.defaultChild;
      return resource instanceof CfnElement ? Stack.of(resource).getLogicalId(resource) : '';
    },
  });
}
