import { CfnResource, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';
import { acknowledgeDeletion } from '../standing-protection';
import { DATABASE_PORT, databaseConnection, databaseUrl, type DataCenterDatabase } from './database';
import { databaseParameters } from './database-parameters';
import { allowReadingCopy } from './read-secret';

export interface RegionalReplicaProps {
  readonly vpc: ec2.IVpc;
  /** One in each zone. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The group that servers wear: none but they reach it. */
  readonly servers: ec2.ISecurityGroup;
  /** ARN of the database that it replicates, in another region. */
  readonly sourceArn: string;
  readonly sourceRegion: string;
  /** ARN of this region's copy of the database's secret. */
  readonly secretArn: string;
  /** EC2's name of the size, without `db.`; the source's own, for it may have to take its place. */
  readonly instanceType: string;
  /** How far RDS lets the storage grow by itself. */
  readonly maxStorageGiB: number;
  /** Of this region. */
  readonly key: IKey;
  readonly protection: Protection;
}

/**
 * The database of a further data center: a replica of the first one's across regions, with a standby of its own. Once
 * promoted it is a database by itself. Its template stays that of a replica, and RDS ignores it: `SourceDBInstanceIdentifier`
 * has the value that it was made with, so CloudFormation sees no change, whatever has become of the source.
 */
export class RegionalReplica extends Construct implements DataCenterDatabase {
  readonly instance: rds.IDatabaseInstance;
  readonly url: string;
  readonly secretArn: string;

  constructor(scope: Construct, id: string, props: RegionalReplicaProps) {
    super(scope, id);
    const { deletionProtection, removalPolicy } = props.protection;
    this.secretArn = props.secretArn;
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The database: reached by servers and by what counts clicks',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(props.servers, ec2.Port.tcp(DATABASE_PORT), 'Servers');
    const replica = new rds.DatabaseInstanceReadReplica(this, 'Resource', {
      sourceDatabaseInstance: rds.DatabaseInstance.fromDatabaseInstanceAttributes(this, 'Source', {
        instanceIdentifier: 'of-the-first-data-center',
        instanceEndpointAddress: '',
        port: DATABASE_PORT,
        securityGroups: [],
      }),
      instanceType: new ec2.InstanceType(props.instanceType),
      vpc: props.vpc,
      vpcSubnets: { subnets: [...props.subnets] },
      securityGroups: [securityGroup],
      port: DATABASE_PORT,
      publiclyAccessible: false,
      // RDS takes no group for such a replica when it is made; CloudFormation gives it afterwards and restarts it.
      parameterGroup: databaseParameters(this, removalPolicy),
      multiAz: true,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      storageType: rds.StorageType.GP3,
      maxAllocatedStorage: props.maxStorageGiB,
      storageEncryptionKey: props.key,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: !deletionProtection,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightRetention: rds.PerformanceInsightRetention.DEFAULT,
      performanceInsightEncryptionKey: props.key,
      ...(deletionProtection ? {} : { deletionProtection }),
      removalPolicy,
    });
    const resource = replica.node.defaultChild;
    if (CfnResource.isCfnResource(resource)) {
      resource.addPropertyOverride('SourceDBInstanceIdentifier', props.sourceArn);
      // RDS signs the request to copy an encrypted source for the region that it is told, and is told only at birth.
      resource.addPropertyOverride('SourceRegion', props.sourceRegion);
      // The source's own, with this region's key: CloudFormation refuses to hear it twice.
      resource.addPropertyDeletionOverride('StorageEncrypted');
    }
    this.instance = replica;
    this.url = databaseUrl(replica.dbInstanceEndpointAddress);
    this.acknowledge(replica, props.protection);
  }

  get connection(): Connection {
    const { secretArn, url } = this;
    return databaseConnection(url, secretArn, (servers) => {
      allowReadingCopy(secretArn, servers);
    });
  }

  private acknowledge(replica: rds.DatabaseInstanceReadReplica, protection: Protection): void {
    Validations.of(replica).acknowledge(
      {
        id: 'AwsSolutions-RDS2',
        reason:
          'A replica is encrypted as its source is, with this region’s key, and must not say so itself.',
      },
      {
        id: 'AwsSolutions-RDS11',
        reason: 'The port is no secret: the security group admits servers alone, and TLS is forced.',
      },
    );
    acknowledgeDeletion(replica, protection);
  }
}
