import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** How data is protected against deletion: the one place where a sandbox and production differ. */
export interface Protection {
  /**
   * What becomes of data when its resource or its stack is deleted. A rollback deletes what it has just created in production
   * too: it holds no data yet, would cost money, and its name would block the next attempt.
   */
  readonly removalPolicy: RemovalPolicy;
  /**
   * `true`: databases and stacks refuse to be deleted. Never set in a template, because then a first deployment that fails
   * could not be rolled back: see termination-protection.ts.
   */
  readonly deletionProtection: boolean;
  /** How far back the database can be restored to any second. */
  readonly databaseBackups: Duration;
  /** Daily snapshots of volumes. They outlive their stack, so a sandbox takes none. */
  readonly volumeSnapshots: boolean;
  /** How many nodes RabbitMQ has: three survive the loss of one. */
  readonly rabbitMqNodes: 1 | 3;
  /** How long CloudWatch keeps logs. */
  readonly logRetention: RetentionDays;
}

/** Props of a construct that stores data. */
export interface ProtectedDataProps {
  /** Encrypts the data. */
  readonly key: IKey;
  /** How the data is protected against deletion. */
  readonly protection: Protection;
}

/** In a sandbox `cdk destroy` leaves nothing behind; in production data is protected and retained. */
export function protectionOf(sandbox: boolean): Protection {
  return sandbox
    ? {
        removalPolicy: RemovalPolicy.DESTROY,
        deletionProtection: false,
        databaseBackups: Duration.days(1),
        volumeSnapshots: false,
        rabbitMqNodes: 1,
        logRetention: RetentionDays.ONE_WEEK,
      }
    : {
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        deletionProtection: true,
        databaseBackups: Duration.days(7),
        volumeSnapshots: true,
        rabbitMqNodes: 3,
        logRetention: RetentionDays.THREE_MONTHS,
      };
}
