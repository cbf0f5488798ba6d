import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** How whatever holds data is kept: the one place where sandbox and production differ. */
export interface Protection {
  /**
   * What becomes of data when its stack, or the resource, is removed. What a rolled-back deployment has just made holds none
   * and is never kept: it would cost money, and its name would stand in the way of the next attempt.
   */
  readonly removalPolicy: RemovalPolicy;
  /**
   * `true`: the service itself refuses a deletion, whoever asks. Never said in a template, for a first deployment that fails
   * could then not be rolled back: see standing-protection.ts.
   */
  readonly deletionProtection: boolean;
  /** How long the database can be taken back to any second. */
  readonly databaseBackups: Duration;
  /** Daily snapshots of volumes; they outlive a stack, so a sandbox takes none. */
  readonly volumeSnapshots: boolean;
  readonly logRetention: RetentionDays;
}

/** In a sandbox `cdk destroy` leaves nothing behind; in production whatever holds data is protected and retained. */
export function protectionOf(sandbox: boolean): Protection {
  return sandbox
    ? {
        removalPolicy: RemovalPolicy.DESTROY,
        deletionProtection: false,
        databaseBackups: Duration.days(1),
        volumeSnapshots: false,
        logRetention: RetentionDays.ONE_WEEK,
      }
    : {
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        deletionProtection: true,
        databaseBackups: Duration.days(7),
        volumeSnapshots: true,
        logRetention: RetentionDays.THREE_MONTHS,
      };
}
