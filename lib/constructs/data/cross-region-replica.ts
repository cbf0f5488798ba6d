import { CfnResource, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';
import type { ProtectedDataProps, Protection } from '../protection';
import { explainMissingDeletionProtection } from '../termination-protection';
import {
  DATABASE_PORT,
  databaseAlarms,
  databaseConnection,
  databaseGraphs,
  databaseParameters,
  databaseUrl,
  instanceDefaults,
  type DataCenterDatabase,
} from './data-center-database';
import { grantReadOfReplicaSecret } from './secret-access';

export interface CrossRegionReplicaProps extends ProtectedDataProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** One in each zone. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Security group of the servers. */
  readonly servers: ec2.ISecurityGroup;
  /** ARN of the database that it replicates. */
  readonly sourceArn: string;
  /** Region of that database. */
  readonly sourceRegion: string;
  /** ARN of this region’s replica of the database’s secret. */
  readonly secretArn: string;
  /** EC2’s name of the size, without `db.`: the source’s, because the replica may have to replace it. */
  readonly instanceType: string;
  /** Storage of the source at its creation, in GiB. */
  readonly storageGiB: number;
  /** How far RDS may grow the storage, in GiB. */
  readonly maxStorageGiB: number;
}

/**
 * A replica of another region’s database, with a standby in the other zone.
 *
 * A promotion makes it a database of its own. Its template stays that of a replica, and that is safe: `SourceDBInstanceIdentifier`
 * keeps the value of its creation, so CloudFormation sees no change, whatever happens to the source.
 */
export class CrossRegionReplica extends Construct implements DataCenterDatabase {
  readonly instance: rds.IDatabaseInstance;
  readonly url: string;
  readonly secretArn: string;
  readonly alarms: readonly AlarmDefinition[];
  readonly graphs: readonly Graph[];

  constructor(scope: Construct, id: string, props: CrossRegionReplicaProps) {
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
      // A placeholder: the CDK demands an instance. The ARN is set below.
      sourceDatabaseInstance: rds.DatabaseInstance.fromDatabaseInstanceAttributes(this, 'Source', {
        instanceIdentifier: 'of-the-first-data-center',
        instanceEndpointAddress: '',
        port: DATABASE_PORT,
        securityGroups: [],
      }),
      ...instanceDefaults(props),
      vpcSubnets: { subnets: [...props.subnets] },
      securityGroups: [securityGroup],
      port: DATABASE_PORT,
      // RDS takes no parameter group when it creates such a replica; CloudFormation sets it afterwards and restarts the replica.
      parameterGroup: databaseParameters(this, removalPolicy),
      multiAz: true,
      storageEncryptionKey: props.key,
      deleteAutomatedBackups: !deletionProtection,
      ...(deletionProtection ? {} : { deletionProtection }),
      removalPolicy,
    });
    const resource = replica.node.defaultChild;
    if (CfnResource.isCfnResource(resource)) {
      resource.addPropertyOverride('SourceDBInstanceIdentifier', props.sourceArn);
      // RDS needs it to copy an encrypted source, at the creation alone.
      resource.addPropertyOverride('SourceRegion', props.sourceRegion);
      // CloudFormation rejects it beside a key.
      resource.addPropertyDeletionOverride('StorageEncrypted');
    }
    this.instance = replica;
    this.url = databaseUrl(replica.dbInstanceEndpointAddress);
    this.alarms = databaseAlarms(replica, props.storageGiB);
    this.graphs = databaseGraphs(replica);
    this.explain(replica, props.protection);
  }

  get connection(): Connection {
    const { secretArn, url } = this;
    return databaseConnection(url, secretArn, (servers) => {
      grantReadOfReplicaSecret(secretArn, servers);
    });
  }

  private explain(replica: rds.DatabaseInstanceReadReplica, protection: Protection): void {
    Validations.of(replica).acknowledge(
      {
        id: 'AwsSolutions-RDS2',
        reason:
          'A replica is encrypted as its source is, with this region’s key, and CloudFormation rejects a setting of its own.',
      },
      {
        id: 'AwsSolutions-RDS11',
        reason: 'The port is no secret: the security group admits servers alone, and TLS is forced.',
      },
    );
    explainMissingDeletionProtection(replica, protection);
  }
}
