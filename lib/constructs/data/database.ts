import { Duration, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';
import { acknowledgeDeletion } from '../standing-protection';
import { databaseParameters, ENGINE } from './database-parameters';
import { allowReading } from './read-secret';
import { PasswordRotation } from './password-rotation';

export interface DatabaseProps {
  readonly vpc: ec2.IVpc;
  /** Where the database stands; never changed after birth, for the subnet group cannot be. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Where the function that changes the password runs. */
  readonly rotationSubnets: readonly ec2.ISubnet[];
  /** The group that servers wear: none but they, and the rotation, reach the database. */
  readonly servers: ec2.ISecurityGroup;
  /** EC2's name of the size, without `db.`. */
  readonly instanceType: string;
  readonly storageGiB: number;
  /** How far RDS lets the storage grow by itself. */
  readonly maxStorageGiB: number;
  /** Whether a standby in the other zone takes over when the primary fails; changed in place. */
  readonly standby: boolean;
  /** Where else its password must be known: in regions that hold a replica of it. */
  readonly otherRegions: readonly string[];
  readonly key: IKey;
  readonly protection: Protection;
}

export const DATABASE_PORT = 5432;
const NAME = 'app';

/** Where a database of ours is reached; TLS is verified against RDS's own authorities. */
export function databaseUrl(host: string): string {
  return `postgresql://${host}:${DATABASE_PORT}/${NAME}?sslmode=verify-full`;
}

/** A data center's database, whether it is the first one's or a replica of that. */
export interface DataCenterDatabase {
  readonly instance: rds.IDatabaseInstance;
  /** Where it is reached; carries no password. */
  readonly url: string;
  /** ARN of the secret, in this region, with its user and password. */
  readonly secretArn: string;
  readonly connection: Connection;
}

/** Servers are told where the database is, and may read its password. */
export function databaseConnection(url: string, secretArn: string, grant: Connection['grant']): Connection {
  return {
    application: {
      DATABASE_URL: url,
      DATABASE_SECRET_ARN: secretArn,
      NODE_EXTRA_CA_CERTS: '/opt/zero-to-million/rds-ca.pem',
    },
    grant,
  };
}

/** The database of a data center, RDS PostgreSQL. What RDS cannot change in place is set as the highest rung needs it. */
export class Database extends Construct implements DataCenterDatabase {
  readonly instance: rds.IDatabaseInstance;
  readonly subnetGroup: rds.ISubnetGroup;
  readonly securityGroup: ec2.SecurityGroup;
  readonly parameterGroup: rds.ParameterGroup;
  /** User and password. */
  readonly secret: ISecret;
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
    // Of our own and not RDS's: a password that RDS keeps itself forbids read replicas.
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.secret = new Secret(this, 'Password', {
      description: 'User and password of the database',
      encryptionKey: props.key,
      ...(props.otherRegions.length === 0
        ? {}
        : { replicaRegions: props.otherRegions.map((region) => ({ region })) }),
      removalPolicy,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: NAME }),
        generateStringKey: 'password',
        passwordLength: 32,
        // Letters and digits alone need no quoting anywhere.
        excludePunctuation: true,
      },
    }) as ISecret;
    this.subnetGroup = new rds.SubnetGroup(this, 'Subnets', {
      vpc: props.vpc,
      vpcSubnets: { subnets: [...props.subnets] },
      description: 'The data tier',
      removalPolicy,
    });
    this.parameterGroup = databaseParameters(this, removalPolicy);
    const instance = new rds.DatabaseInstance(this, 'Resource', {
      engine: ENGINE,
      databaseName: NAME,
      credentials: rds.Credentials.fromSecret(this.secret),
      instanceType: new ec2.InstanceType(props.instanceType),
      vpc: props.vpc,
      subnetGroup: this.subnetGroup,
      securityGroups: [this.securityGroup],
      port: DATABASE_PORT,
      publiclyAccessible: false,
      parameterGroup: this.parameterGroup,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      storageType: rds.StorageType.GP3,
      allocatedStorage: props.storageGiB,
      maxAllocatedStorage: props.maxStorageGiB,
      storageEncrypted: true,
      storageEncryptionKey: props.key,
      multiAz: props.standby,
      backupRetention: databaseBackups,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: !deletionProtection,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightRetention: rds.PerformanceInsightRetention.DEFAULT,
      performanceInsightEncryptionKey: props.key,
      ...(deletionProtection ? {} : { deletionProtection }),
      removalPolicy,
    });
    this.instance = instance;
    new PasswordRotation(this, 'Rotation', {
      vpc: props.vpc,
      subnets: props.rotationSubnets,
      secret: instance.secret ?? this.secret,
      database: this.securityGroup,
      port: DATABASE_PORT,
      every: Duration.days(30),
      key: props.key,
      protection: props.protection,
    });
    this.acknowledge(instance, props);
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
      allowReading(secret, key, servers);
    });
  }

  private acknowledge(instance: rds.DatabaseInstance, props: DatabaseProps): void {
    Validations.of(instance).acknowledge({
      id: 'AwsSolutions-RDS11',
      reason: 'The port is no secret: the security group admits servers alone, and TLS is forced.',
    });
    if (!props.standby) {
      Validations.of(instance).acknowledge({
        id: 'AwsSolutions-RDS3',
        reason: 'The standby comes with rung 4, database-replication, and is added in place.',
      });
    }
    acknowledgeDeletion(instance, props.protection);
  }
}
