import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { AlarmDefinition } from '../alarms';
import type { Connection } from '../compute/connection';
import type { Graph } from '../dashboard';

/** The database of a data center: the primary, or a replica of it in another region. */
export interface DataCenterDatabase {
  readonly instance: rds.IDatabaseInstance;
  /** `postgresql://…`, without a password. */
  readonly url: string;
  /** ARN of the secret with user and password, in this region. */
  readonly secretArn: string;
  /** How servers connect to it. */
  readonly connection: Connection;
  readonly alarms: readonly AlarmDefinition[];
  readonly graphs: readonly Graph[];
}

export const DATABASE_PORT = 5432;

/** Name of the database and of its user. */
export const DATABASE_NAME = 'app';

/**
 * Only the major version is set: RDS chooses the minor version and upgrades it by itself. 18 is the newest that
 * aws-cdk-lib 2.276 knows on RDS.
 */
export const ENGINE = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 });

/** The URL of a database, without a password. TLS is verified against RDS’s certificate authorities. */
export function databaseUrl(host: string): string {
  return `postgresql://${host}:${DATABASE_PORT}/${DATABASE_NAME}?sslmode=verify-full`;
}

/** Servers get the address of the database and may read its password. */
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

/** A parameter group of our own from the creation on, because parameters then change in place. */
export function databaseParameters(scope: Construct, removalPolicy: RemovalPolicy): rds.ParameterGroup {
  return new rds.ParameterGroup(scope, 'Parameters', {
    engine: ENGINE,
    description: 'TLS is forced; a week of logs',
    parameters: {
      'rds.force_ssl': '1',
      // Logs queries that take over a second. RDS keeps the logs: exported to CloudWatch, they would go to a log group that
      // RDS makes by itself, which never expires and outlives a sandbox.
      log_min_duration_statement: '1000',
      'rds.log_retention_period': String(Duration.days(7).toMinutes()),
    },
    removalPolicy,
  });
}

interface InstanceOptions {
  /** EC2’s name of the size, without `db.`. */
  readonly instanceType: string;
  /** How far RDS may grow the storage, in GiB. */
  readonly maxStorageGiB: number;
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** Encrypts Performance Insights. */
  readonly key: IKey;
}

/** What every instance has: the primary, its replicas, and those in other regions. */
export function instanceDefaults({ instanceType, maxStorageGiB, vpc, key }: InstanceOptions) {
  return {
    instanceType: new ec2.InstanceType(instanceType),
    vpc,
    publiclyAccessible: false,
    caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
    storageType: rds.StorageType.GP3,
    maxAllocatedStorage: maxStorageGiB,
    copyTagsToSnapshot: true,
    autoMinorVersionUpgrade: true,
    enablePerformanceInsights: true,
    performanceInsightRetention: rds.PerformanceInsightRetention.DEFAULT,
    performanceInsightEncryptionKey: key,
  };
}

const EVERY_5_MINUTES = { period: Duration.minutes(5) };
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** @param storageGiB storage at its creation */
export function databaseAlarms(
  database: rds.IDatabaseInstance,
  storageGiB: number,
): readonly AlarmDefinition[] {
  return [
    {
      id: 'Cpu',
      metric: database.metricCPUUtilization(EVERY_5_MINUTES),
      comparison: 'GreaterThanThreshold',
      threshold: 80,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      meaning: 'The database has used over 80 % of its processors for 15 minutes.',
      firstStep: 'look at its top queries in Database Insights.',
      runbook: 'database-cpu',
    },
    {
      id: 'Storage',
      metric: database.metricFreeStorageSpace(EVERY_5_MINUTES),
      comparison: 'LessThanThreshold',
      // RDS adds storage when less than a tenth is left, up to the maximum.
      threshold: 0.05 * storageGiB * GIB,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      meaning: 'The database has nearly filled its storage, and RDS has not added any.',
      firstStep: 'raise databaseMaxStorageGiB and deploy.',
      runbook: 'database-storage',
    },
    {
      id: 'Connections',
      metric: database.metricDatabaseConnections(EVERY_5_MINUTES),
      comparison: 'GreaterThanThreshold',
      // RDS allows memory / 9,531,392 connections: about 100 with the smallest instance’s 1 GiB.
      threshold: 80,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      meaning: 'Over 80 connections are open on the database; its smallest size allows about 100.',
      firstStep: 'see how many servers are running, and whether a deployment has left old ones behind.',
      runbook: 'database-connections',
    },
    {
      id: 'Memory',
      metric: database.metricFreeableMemory(EVERY_5_MINUTES),
      comparison: 'LessThanThreshold',
      threshold: 100 * MIB,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      meaning: 'Less than 100 MiB of the database’s memory has been free for 15 minutes.',
      firstStep: 'look for queries that sort or hash a great deal, in Database Insights.',
      runbook: 'database-memory',
    },
    {
      // Only burstable sizes have this metric. A new instance starts without credits and earns more than the threshold in half
      // an hour, hence the hour.
      id: 'BurstCredits',
      metric: database.metric('CPUCreditBalance', { ...EVERY_5_MINUTES, statistic: 'Minimum' }),
      comparison: 'LessThanThreshold',
      threshold: 5,
      evaluationPeriods: 12,
      treatMissingData: 'notBreaching',
      meaning: 'The database has had no burst credits for an hour: from here on every burst is paid for.',
      firstStep:
        'compare its CPU with its size’s baseline; set a larger databaseInstanceType if it is not a passing peak.',
      runbook: 'database-burst-credits',
    },
  ];
}

export function databaseGraphs(database: rds.IDatabaseInstance): readonly Graph[] {
  return [
    { title: 'Database: CPU (%)', metrics: [database.metricCPUUtilization()] },
    { title: 'Database: connections', metrics: [database.metricDatabaseConnections()] },
    { title: 'Database: free storage (bytes)', metrics: [database.metricFreeStorageSpace()] },
  ];
}
