import { Duration, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';
import type { ProtectedDataProps } from '../protection';
import { explainMissingDeletionProtection } from '../termination-protection';
import {
  DATABASE_NAME,
  DATABASE_PORT,
  databaseAlarms,
  databaseConnection,
  databaseGraphs,
  databaseParameters,
  databaseUrl,
  instanceDefaults,
  type DataCenterDatabase,
  ENGINE,
} from './data-center-database';
import { PasswordRotation } from './password-rotation';
import { passwordOf } from './password';
import { grantReadOfSecret } from './secret-access';

export interface DatabaseProps extends ProtectedDataProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** Where the database runs, for life: RDS cannot change a subnet group. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Where the function that rotates the password runs. */
  readonly rotationSubnets: readonly ec2.ISubnet[];
  /** Security group of the servers: it and the rotation’s alone may connect. */
  readonly servers: ec2.ISecurityGroup;
  /** EC2’s name of the size, without `db.`. */
  readonly instanceType: string;
  /** Storage at its creation, in GiB. */
  readonly storageGiB: number;
  /** How far RDS may grow the storage, in GiB. */
  readonly maxStorageGiB: number;
  /** Whether a standby in the other zone takes over when the primary fails (Multi-AZ); changed in place. */
  readonly multiAz: boolean;
  /** Regions that get a replica of the password’s secret. */
  readonly replicaRegions: readonly string[];
}

/** RDS PostgreSQL, the database that is written to. What RDS cannot change in place is set as the highest rung needs it. */
export class Database extends Construct implements DataCenterDatabase {
  readonly instance: rds.IDatabaseInstance;
  readonly subnetGroup: rds.ISubnetGroup;
  readonly securityGroup: ec2.SecurityGroup;
  readonly parameterGroup: rds.ParameterGroup;
  /** User and password. */
  readonly secret: ISecret;
  readonly alarms: readonly AlarmDefinition[];
  readonly graphs: readonly Graph[];
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    this.key = props.key;
    const { removalPolicy, deletionProtection, databaseBackups } = props.protection;
    this.securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The database: reached by servers and by the rotation of its password',
      allowAllOutbound: false,
    });
    this.securityGroup.addIngressRule(props.servers, ec2.Port.tcp(DATABASE_PORT), 'Servers');
    this.secret = this.password(props);
    this.subnetGroup = new rds.SubnetGroup(this, 'Subnets', {
      vpc: props.vpc,
      vpcSubnets: { subnets: [...props.subnets] },
      description: 'The data tier',
      removalPolicy,
    });
    this.parameterGroup = databaseParameters(this, removalPolicy);
    const instance = new rds.DatabaseInstance(this, 'Resource', {
      engine: ENGINE,
      databaseName: DATABASE_NAME,
      credentials: rds.Credentials.fromSecret(this.secret),
      ...instanceDefaults(props),
      subnetGroup: this.subnetGroup,
      securityGroups: [this.securityGroup],
      port: DATABASE_PORT,
      parameterGroup: this.parameterGroup,
      allocatedStorage: props.storageGiB,
      storageEncrypted: true,
      storageEncryptionKey: props.key,
      multiAz: props.multiAz,
      backupRetention: databaseBackups,
      deleteAutomatedBackups: !deletionProtection,
      ...(deletionProtection ? {} : { deletionProtection }),
      removalPolicy,
    });
    this.instance = instance;
    this.alarms = databaseAlarms(instance, props.storageGiB);
    this.graphs = databaseGraphs(instance);
    new PasswordRotation(this, 'Rotation', {
      vpc: props.vpc,
      subnets: props.rotationSubnets,
      secret: instance.secret ?? this.secret,
      databaseSecurityGroup: this.securityGroup,
      port: DATABASE_PORT,
      interval: Duration.days(30),
      key: props.key,
      protection: props.protection,
    });
    this.explain(instance, props);
  }

  get url(): string {
    return databaseUrl(this.instance.dbInstanceEndpointAddress);
  }

  get secretArn(): string {
    return this.secret.secretArn;
  }

  get connection(): Connection {
    const { secret, key, url } = this;
    return databaseConnection(url, secret.secretArn, (servers) => {
      grantReadOfSecret(secret, key, servers);
    });
  }

  /** A secret of ours: RDS allows no read replicas of a database whose password it manages itself. */
  private password(props: DatabaseProps): ISecret {
    return passwordOf(this, {
      ...props,
      description: 'User and password of the database',
      username: DATABASE_NAME,
    });
  }

  private explain(instance: rds.DatabaseInstance, props: DatabaseProps): void {
    Validations.of(instance).acknowledge({
      id: 'AwsSolutions-RDS11',
      reason: 'The port is no secret: the security group admits servers alone, and TLS is forced.',
    });
    if (!props.multiAz) {
      Validations.of(instance).acknowledge({
        id: 'AwsSolutions-RDS3',
        reason: 'The standby comes with rung 4, database-replication, and is added in place.',
      });
    }
    explainMissingDeletionProtection(instance, props.protection);
  }
}
