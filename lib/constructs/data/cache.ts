import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CfnReplicationGroup, CfnSubnetGroup, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';
import type { ProtectedDataProps } from '../protection';
import { uniqueName } from '../unique-name';
import { passwordOf } from './password';
import { grantReadOfSecret } from './secret-access';

export interface CacheProps extends ProtectedDataProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** One in each zone, for life: ElastiCache cannot change a subnet group. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Security group of the servers: it alone may connect. */
  readonly servers: ec2.ISecurityGroup;
  /** ElastiCache’s name of the size, without `cache.`; changed in place, without an outage. */
  readonly nodeType: string;
}

const PORT = 6379;
const USER = 'app';

/** The two nodes, as ElastiCache numbers them in a replication group without shards. */
const NODES = ['001', '002'] as const;

/**
 * Valkey on ElastiCache: a primary and a replica in two zones, with automatic failover. It holds nothing that is not in the database,
 * so it is never retained. What ElastiCache cannot change in place is set as the highest rung needs it.
 */
export class Cache extends Construct {
  /** ElastiCache’s names of the nodes. */
  private readonly nodes: readonly string[];
  private readonly endpoint: string;
  private readonly secret: ISecret;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: CacheProps,
  ) {
    super(scope, id);
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The cache: reached by servers alone',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(props.servers, ec2.Port.tcp(PORT), 'Servers');
    this.secret = this.password(props);
    const group = new CfnReplicationGroup(this, 'Resource', {
      replicationGroupDescription: 'The cache in front of the database',
      engine: 'valkey',
      engineVersion: '8.1',
      autoMinorVersionUpgrade: true,
      cacheNodeType: `cache.${props.nodeType}`,
      numCacheClusters: NODES.length,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      port: PORT,
      cacheSubnetGroupName: new CfnSubnetGroup(this, 'Subnets', {
        description: 'The data tier',
        subnetIds: props.subnets.map((subnet) => subnet.subnetId),
      }).ref,
      securityGroupIds: [securityGroup.securityGroupId],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: props.key.keyArn,
      // From the creation on: a change between a user group and a token replaces the cache.
      userGroupIds: [this.users()],
      // Everything in it is in the database.
      snapshotRetentionLimit: 0,
    });
    group.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.nodes = NODES.map((node) => `${group.ref}-${node}`);
    this.endpoint = group.attrPrimaryEndPointAddress;
    Validations.of(group).acknowledge(
      {
        id: 'AwsSolutions-AEC5',
        reason:
          'The port is no secret: the security group admits servers alone, over TLS and with a password.',
      },
      {
        id: 'AwsSolutions-AEC6',
        reason:
          'Users of a user group have a password each, which excludes the token that this rule asks for.',
      },
    );
  }

  /** Servers get the cache’s address and may read its password; the boot script puts it into the address. */
  get connection(): Connection {
    const { secret } = this;
    return {
      server: { CACHE_SECRET_ARN: secret.secretArn },
      application: { CACHE_URL: `rediss://${this.endpoint}:${PORT}` },
      grant: (servers) => {
        grantReadOfSecret(secret, this.props.key, servers);
      },
    };
  }

  get alarms(): readonly AlarmDefinition[] {
    return [
      {
        id: 'Evictions',
        metric: this.metric('Evictions', 'SUM'),
        comparison: 'GreaterThanThreshold',
        // One a second. Fewer are the last of keys that are no longer asked for.
        threshold: 300,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning:
          'The cache has thrown out over 300 entries in five minutes, for 15 minutes: it is too small.',
        firstStep: 'set a larger cacheNodeType and deploy; it is changed while it serves.',
        runbook: 'cache-evictions',
      },
      {
        id: 'Memory',
        metric: this.metric('DatabaseMemoryUsagePercentage', 'MAX'),
        comparison: 'GreaterThanThreshold',
        threshold: 90,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning: 'The cache has used over 90 % of its memory for 15 minutes: soon it throws out entries.',
        firstStep: 'compare its hits and misses on the dashboard; set a larger cacheNodeType if misses grow.',
        runbook: 'cache-memory',
      },
      {
        id: 'Cpu',
        metric: this.metric('EngineCPUUtilization', 'MAX'),
        comparison: 'GreaterThanThreshold',
        threshold: 80,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning: 'The cache has used over 80 % of the one processor that runs its commands, for 15 minutes.',
        firstStep: 'set a cacheNodeType with faster processors and deploy.',
        runbook: 'cache-cpu',
      },
      {
        id: 'Lag',
        metric: this.metric('ReplicationLag', 'MAX'),
        comparison: 'GreaterThanThreshold',
        threshold: 10,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning:
          'The cache’s replica has been more than 10 s behind for 15 minutes: a failover would serve old entries.',
        firstStep: 'see whether its memory or its network is exhausted.',
        runbook: 'cache-replication-lag',
      },
    ];
  }

  get graphs(): readonly Graph[] {
    return [
      {
        title: 'Cache: hits and misses',
        metrics: [this.metric('CacheHits', 'SUM'), this.metric('CacheMisses', 'SUM')],
      },
      {
        title: 'Cache: CPU and memory (%)',
        metrics: [
          this.metric('EngineCPUUtilization', 'MAX'),
          this.metric('DatabaseMemoryUsagePercentage', 'MAX'),
        ],
      },
      { title: 'Cache: evictions', metrics: [this.metric('Evictions', 'SUM')] },
    ];
  }

  /** A metric of ElastiCache over both nodes, in periods of five minutes. */
  private metric(metricName: string, combine: 'SUM' | 'MAX'): IMetric {
    const period = Duration.minutes(5);
    // Ids must be unique on a graph and begin with a small letter.
    const metrics = this.nodes.map((node, index): readonly [string, IMetric] => [
      `of${metricName}${index + 1}`,
      new Metric({
        namespace: 'AWS/ElastiCache',
        metricName,
        dimensionsMap: { CacheClusterId: node, CacheNodeId: '0001' },
        statistic: combine === 'SUM' ? 'Sum' : 'Maximum',
        period,
      }),
    ]);
    return new MathExpression({
      expression: `${combine}([${metrics.map(([id]) => id).join(', ')}])`,
      usingMetrics: Object.fromEntries(metrics),
      label: metricName,
      period,
    });
  }

  private password(props: CacheProps): ISecret {
    const secret = passwordOf(this, {
      ...props,
      description: 'User and password of the cache',
      username: USER,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Servers read it only when they boot, so it is changed by hand, with two valid passwords meanwhile. See docs/runbook.md#change-the-caches-password.',
    });
    return secret;
  }

  /** Name of the user group: the application, and a default user without any permission. */
  private users(): string {
    const name = (what: string): string => uniqueName(this, what);
    const user = (constructId: string, userName: string, accessString: string): CfnUser =>
      new CfnUser(this, constructId, {
        engine: 'valkey',
        userId: name(userName),
        userName,
        accessString,
        authenticationMode: {
          Type: 'password',
          Passwords: [this.secret.secretValueFromJson('password').unsafeUnwrap()],
        },
      });
    const users = [
      // Clients use INFO to learn whether a node is ready.
      user('User', USER, 'on ~* &* +@all -@admin -@dangerous +info'),
      user('DefaultUser', 'default', 'off -@all'),
    ];
    const group = new CfnUserGroup(this, 'Users', {
      engine: 'valkey',
      userGroupId: name('servers'),
      userIds: users.map((one) => one.ref),
    });
    return group.ref;
  }
}
