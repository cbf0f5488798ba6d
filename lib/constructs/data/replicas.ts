import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import { type Database, databaseUrl } from './database';

export interface ReplicasProps {
  readonly source: Database;
  /** How many there are; RDS allows 15. */
  readonly replicas: number;
  readonly vpc: ec2.IVpc;
  /** One in each zone, for their zones: replicas alternate between them. */
  readonly subnets: readonly ec2.ISubnet[];
  /** EC2's name of the size, without `db.`; the source's own, for a smaller replica falls behind. */
  readonly instanceType: string;
  /** How far RDS lets the storage grow by itself; the source's own, for a replica that is full replays nothing. */
  readonly maxStorageGiB: number;
  readonly key: IKey;
}

/**
 * Read replicas of the database. Each is known by its number alone, so that adding or removing one touches no other.
 * They are copies: what removes one takes it away in production too.
 */
export class Replicas extends Construct {
  readonly instances: readonly rds.IDatabaseInstance[];

  constructor(scope: Construct, id: string, props: ReplicasProps) {
    super(scope, id);
    this.instances = Array.from({ length: props.replicas }, (_, index) => this.replica(index + 1, props));
    // One after the other: RDS copies a source by a snapshot, and is not `available` for the next one meanwhile.
    this.instances.slice(1).forEach((replica, index) => {
      replica.node.addDependency(...this.instances.slice(index, index + 1));
    });
  }

  /** `postgresql://…`, without a password. */
  get urls(): readonly string[] {
    return this.instances.map((instance) => databaseUrl(instance.dbInstanceEndpointAddress));
  }

  /** Servers read from them as they read from the database, with the same password. */
  get connection(): Connection {
    return {
      application: { DATABASE_REPLICA_URLS: this.urls.join(',') },
      grant: () => {
        // Whoever may read the database's password may read from its replicas.
      },
    };
  }

  private replica(number: number, props: ReplicasProps): rds.IDatabaseInstance {
    const { source, subnets } = props;
    const zone = subnets[(number - 1) % subnets.length]?.availabilityZone;
    const replica = new rds.DatabaseInstanceReadReplica(this, String(number), {
      sourceDatabaseInstance: source.instance,
      instanceType: new ec2.InstanceType(props.instanceType),
      vpc: props.vpc,
      ...(zone === undefined ? {} : { availabilityZone: zone }),
      subnetGroup: source.subnetGroup,
      securityGroups: [source.securityGroup],
      publiclyAccessible: false,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      storageType: rds.StorageType.GP3,
      maxAllocatedStorage: props.maxStorageGiB,
      // Encrypted as its source is, with the same key, and with its parameters: in one region RDS refuses to be told.
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: true,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightRetention: rds.PerformanceInsightRetention.DEFAULT,
      performanceInsightEncryptionKey: props.key,
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(replica).acknowledge(
      {
        id: 'AwsSolutions-RDS2',
        reason:
          'A replica in its source’s region is encrypted with its source’s key, and must not say so itself.',
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
