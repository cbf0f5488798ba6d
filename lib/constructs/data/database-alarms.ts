import { Duration } from 'aws-cdk-lib';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { Alarms } from '../alarms';

export interface DatabaseAlarmsProps {
  readonly database: IDatabaseInstance;
  readonly alarms: Alarms;
  /** Storage when it was made, in GiB. */
  readonly storageGiB: number;
}

const MINUTES_5 = { period: Duration.minutes(5) };
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** What wears a database out, before it does. */
export class DatabaseAlarms extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseAlarmsProps) {
    super(scope, id);
    const { database, alarms } = props;
    alarms.raise(this, 'Cpu', {
      metric: database.metricCPUUtilization(MINUTES_5),
      when: 'above',
      threshold: 80,
      periods: 3,
      silence: 'is fine',
      meaning: 'The database has used over 80 % of its processors for 15 minutes.',
      first: 'look at its top queries in Database Insights.',
      runbook: 'database-cpu',
    });
    alarms.raise(this, 'Storage', {
      metric: database.metricFreeStorageSpace(MINUTES_5),
      when: 'below',
      // RDS itself adds storage when less than a tenth is left, but not above the ceiling that is set.
      threshold: 0.05 * props.storageGiB * GIB,
      periods: 3,
      silence: 'is fine',
      meaning: 'The database has nearly filled its storage, and RDS has not added any.',
      first: 'raise databaseMaxStorageGiB and deploy.',
      runbook: 'database-storage',
    });
    alarms.raise(this, 'Connections', {
      metric: database.metricDatabaseConnections(MINUTES_5),
      when: 'above',
      // RDS allows memory / 9,531,392 connections: about 100 with the smallest instance's 1 GiB.
      threshold: 80,
      periods: 3,
      silence: 'is fine',
      meaning: 'Over 80 connections are open on the database; its smallest size allows about 100.',
      first: 'see how many servers are running, and whether a deployment has left old ones behind.',
      runbook: 'database-connections',
    });
    alarms.raise(this, 'Memory', {
      metric: database.metricFreeableMemory(MINUTES_5),
      when: 'below',
      threshold: 100 * MIB,
      periods: 3,
      silence: 'is fine',
      meaning: 'Less than 100 MiB of the database’s memory has been free for 15 minutes.',
      first: 'look for queries that sort or hash a great deal, in Database Insights.',
      runbook: 'database-memory',
    });
    // Only burstable sizes measure it. They are born without credits and earn more than the threshold in half an
    // hour, hence the hour.
    alarms.raise(this, 'BurstCredits', {
      metric: database.metric('CPUCreditBalance', { ...MINUTES_5, statistic: 'Minimum' }),
      when: 'below',
      threshold: 5,
      periods: 12,
      silence: 'is fine',
      meaning: 'The database has had no burst credits for an hour: from here on every burst is paid for.',
      first:
        'compare its CPU with its size’s baseline; set a larger databaseInstanceType if it is not a passing peak.',
      runbook: 'database-burst-credits',
    });
  }
}
