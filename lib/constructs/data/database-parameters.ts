import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';

/**
 * The major version alone: RDS chooses its current minor version at birth and moves on by itself, and the template
 * never fights it. 18 is the newest that aws-cdk-lib 2.276 knows on RDS.
 */
export const ENGINE = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 });

/** What a data center's database is set to. A group of our own from birth: settings then change in place. */
export function databaseParameters(scope: Construct, removalPolicy: RemovalPolicy): rds.ParameterGroup {
  return new rds.ParameterGroup(scope, 'Parameters', {
    engine: ENGINE,
    description: 'TLS is forced; a week of logs',
    parameters: {
      'rds.force_ssl': '1',
      // Queries that take over a second are logged. The logs stay with RDS: exported to CloudWatch they go to a
      // log group that RDS makes by itself, kept for ever and left behind by a sandbox.
      log_min_duration_statement: '1000',
      'rds.log_retention_period': String(Duration.days(7).toMinutes()),
    },
    removalPolicy,
  });
}
