import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';
import { databaseUrl, instanceDefaults } from './data-center-database';

export interface ReplicasProps {
  /** The database that they replicate. */
  readonly source: rds.IDatabaseInstance;
  /** The source’s subnet group. */
  readonly subnetGroup: rds.ISubnetGroup;
  /** The source’s security group. */
  readonly securityGroup: ec2.ISecurityGroup;
  /** How many there are; RDS allows 15. */
  readonly replicas: number;
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** One in each zone: replicas alternate between their zones. */
  readonly subnets: readonly ec2.ISubnet[];
  /** EC2’s name of the size, without `db.`: the source’s, because a smaller replica falls behind. */
  readonly instanceType: string;
  /** How far RDS may grow the storage, in GiB: the source’s, because a full replica stops replicating. */
  readonly maxStorageGiB: number;
  /** Encrypts Performance Insights; the storage has the source’s key. */
  readonly key: IKey;
}

/**
 * Read replicas of the database in its own region. Each construct id is a number, so that adding or removing one changes no other.
 * They are copies, so they are deleted in production too.
 */
export class Replicas extends Construct {
  readonly instances: readonly rds.IDatabaseInstance[];

  constructor(scope: Construct, id: string, props: ReplicasProps) {
    super(scope, id);
    this.instances = Array.from({ length: props.replicas }, (_, index) => this.replica(index + 1, props));
    // One after the other: RDS makes a replica from a snapshot, and the source is not `available` for the next one meanwhile.
    this.instances.slice(1).forEach((replica, index) => {
      replica.node.addDependency(...this.instances.slice(index, index + 1));
    });
  }

  /** `postgresql://…` of each, without a password. */
  get urls(): readonly string[] {
    return this.instances.map((instance) => databaseUrl(instance.dbInstanceEndpointAddress));
  }

  /** Servers read from them with the password of the database. */
  get connection(): Connection {
    return {
      application: { DATABASE_REPLICA_URLS: this.urls.join(',') },
      grant: () => {
        // The permission to read the password comes with the database’s connection.
      },
    };
  }

  get graphs(): readonly Graph[] {
    const { instances } = this;
    return [
      {
        title: 'Replicas: seconds behind',
        metrics: instances.map((replica, index) => replicaLag(replica, index + 1)),
      },
      { title: 'Replicas: CPU (%)', metrics: instances.map((replica) => replica.metricCPUUtilization()) },
      {
        title: 'Replicas: connections',
        metrics: instances.map((replica) => replica.metricDatabaseConnections()),
      },
    ];
  }

  private replica(number: number, props: ReplicasProps): rds.IDatabaseInstance {
    const { subnets } = props;
    const zone = subnets[(number - 1) % subnets.length]?.availabilityZone;
    const replica = new rds.DatabaseInstanceReadReplica(this, String(number), {
      sourceDatabaseInstance: props.source,
      ...instanceDefaults(props),
      ...(zone === undefined ? {} : { availabilityZone: zone }),
      subnetGroup: props.subnetGroup,
      securityGroups: [props.securityGroup],
      // Encryption, key and parameters are the source’s: within one region RDS rejects them here.
      deleteAutomatedBackups: true,
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(replica).acknowledge(
      {
        id: 'AwsSolutions-RDS2',
        reason:
          'A replica in its source’s region is encrypted with its source’s key, and RDS rejects a setting of its own.',
      },
      {
        id: 'AwsSolutions-RDS3',
        reason:
          'The other replicas and the primary are what stands in for a replica; it needs no standby of its own.',
      },
      {
        id: 'AwsSolutions-RDS10',
        reason: 'A copy of the database: removing it by lowering “replicas” is meant, and loses nothing.',
      },
      {
        id: 'AwsSolutions-RDS11',
        reason: 'The port is no secret: the security group admits servers alone, and TLS is forced.',
      },
    );
    return replica;
  }
}

/** @param number of the replica, from 1 */
export function replicaAlarms(replica: rds.IDatabaseInstance, number: number): readonly AlarmDefinition[] {
  return [
    {
      id: 'Lag',
      metric: replicaLag(replica, number),
      comparison: 'GreaterThanThreshold',
      // RDS reports up to five minutes for an idle primary, because nothing arrives by which the lag could be measured.
      threshold: 360,
      evaluationPeriods: 5,
      treatMissingData: 'breaching',
      meaning: `Replica ${number} has been more than six minutes behind for five minutes, or does not replicate at all: servers pass it over.`,
      firstStep: 'see whether the primary writes more than it can replay, or a long query holds it up.',
      runbook: 'replica-lag',
    },
    {
      id: 'Cpu',
      metric: replica.metricCPUUtilization({ period: Duration.minutes(5) }),
      comparison: 'GreaterThanThreshold',
      threshold: 80,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      meaning: `Replica ${number} has used over 80 % of its processors for 15 minutes.`,
      firstStep: 'raise replicas and deploy: reads spread over all of them.',
      runbook: 'replica-cpu',
    },
  ];
}

/**
 * Seconds that a replica is behind. RDS reports -1 for a replica that does not replicate; that counts as an hour.
 *
 * @param number of the replica, from 1
 */
export function replicaLag(replica: rds.IDatabaseInstance, number: number): IMetric {
  const period = Duration.minutes(1);
  const lag = `lag${number}`;
  return new MathExpression({
    expression: `IF(${lag} < 0, 3600, ${lag})`,
    usingMetrics: { [lag]: replica.metric('ReplicaLag', { period, statistic: 'Maximum' }) },
    period,
    label: `Replica ${number}`,
  });
}
