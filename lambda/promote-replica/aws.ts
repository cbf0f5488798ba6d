import {
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  ModifyDBParameterGroupCommand,
  PromoteReadReplicaCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe } from './describe';
import type { Instance, Promoted } from './promotion';

/** How long any of AWS's services may take to answer, in ms, and how often it is asked: a region that is gone is silent. */
const PATIENCE = { maxAttempts: 2 } as const;
const TIMEOUT_MS = 8_000;

const soon = (): { readonly abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });

/** RDS of this region, of one instance. */
export function createInstance(id: string): {
  readonly describe: () => Promise<Instance>;
  readonly promote: (backupDays: number) => Promise<Promoted>;
} {
  const client = new RDSClient(PATIENCE);
  return {
    async describe() {
      const { DBInstances: [instance] = [] } = await client.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }),
        soon(),
      );
      if (instance?.DBInstanceStatus === undefined) {
        throw new Error(`RDS does not say how ${id} is.`);
      }
      return {
        isReplica: Boolean(instance.ReadReplicaSourceDBInstanceIdentifier),
        status: instance.DBInstanceStatus,
      };
    },
    async promote(backupDays) {
      try {
        await client.send(
          new PromoteReadReplicaCommand({ DBInstanceIdentifier: id, BackupRetentionPeriod: backupDays }),
          soon(),
        );
        return { kind: 'accepted' };
      } catch (error) {
        const final = error instanceof Error && FINAL.has(error.name);
        return { kind: final ? 'never' : 'not now', why: describe(error) };
      }
    },
  };
}

/**
 * What RDS refuses, and would refuse again. All else is asked anew: what got lost may have been heard, and where a region
 * is gone RDS is asked too much by many.
 */
const FINAL: ReadonlySet<string> = new Set([
  'AccessDenied',
  'DBInstanceNotFoundFault',
  'InvalidParameterCombination',
  'InvalidParameterValue',
  'ValidationError',
]);

/** PostgreSQL's parameter that makes each transaction read-only that does not say otherwise. It takes effect at once. */
const READ_ONLY = 'default_transaction_read_only';

/** RDS of another region: whether, and how, databases with that parameter group take no writes. */
export function createParameters(
  region: string,
  group: string,
): { readonly isReadOnly: () => Promise<boolean>; readonly makeReadOnly: () => Promise<void> } {
  const client = new RDSClient({ ...PATIENCE, region });
  return {
    async isReadOnly() {
      const { Parameters = [] } = await client.send(
        new DescribeDBParametersCommand({ DBParameterGroupName: group, Source: 'user' }),
        soon(),
      );
      return Parameters.some(({ ParameterName, ParameterValue }) => {
        return ParameterName === READ_ONLY && ParameterValue === '1';
      });
    },
    async makeReadOnly() {
      await client.send(
        new ModifyDBParameterGroupCommand({
          DBParameterGroupName: group,
          Parameters: [{ ParameterName: READ_ONLY, ParameterValue: '1', ApplyMethod: 'immediate' }],
        }),
        soon(),
      );
    },
  };
}

/** The mark of a promotion: an object that is there or not, whatever its content. */
export function createMark({ bucket, key }: { readonly bucket: string; readonly key: string }): {
  readonly isThere: () => Promise<boolean>;
  readonly write: () => Promise<void>;
  readonly remove: () => Promise<void>;
} {
  const client = new S3Client(PATIENCE);
  const where = { Bucket: bucket, Key: key };
  return {
    async isThere() {
      try {
        await client.send(new HeadObjectCommand(where), soon());
        return true;
      } catch (error) {
        if (error instanceof NotFound) {
          return false;
        }
        throw error;
      }
    },
    async write() {
      await client.send(
        new PutObjectCommand({ ...where, ContentType: 'text/plain', Body: 'promoted' }),
        soon(),
      );
    },
    async remove() {
      await client.send(new DeleteObjectCommand(where), soon());
    },
  };
}

/** What gives a lock back. */
export type Release = () => Promise<void>;

/** A minute longer than Lambda lets an invocation run: whoever has a lock for so long has ended without giving it back. */
const LOCK_LIFE_MS = 16 * 60_000;

/** The lock as one look found it. */
interface FoundLock {
  readonly holder: string;
  readonly version: string | undefined;
  /** Since it was taken, in ms, by S3's clock at both ends: no function's clock matters. */
  readonly age: number;
}

/**
 * A lock that one invocation has at a time: an object that S3 makes only where there is none. One whose holder has ended
 * without giving it back is replaced, by the first of those who find it so.
 */
export function createLock({ bucket, key }: { readonly bucket: string; readonly key: string }): {
  /** Undefined where another one has it. Rejects where S3 cannot say. */
  readonly take: () => Promise<Release | undefined>;
} {
  const client = new S3Client(PATIENCE);
  const where = { Bucket: bucket, Key: key };

  async function put(
    holder: string,
    condition: { IfNoneMatch: '*' } | { IfMatch: string },
  ): Promise<boolean> {
    try {
      await client.send(
        new PutObjectCommand({ ...where, ...condition, ContentType: 'text/plain', Body: holder }),
        soon(),
      );
      return true;
    } catch (error) {
      if (error instanceof S3ServiceException && REFUSED.has(error.$metadata.httpStatusCode)) {
        return false;
      }
      throw error;
    }
  }

  async function find(): Promise<FoundLock | undefined> {
    const command = new GetObjectCommand(where);
    let answeredAt = NaN;
    command.middlewareStack.add(
      (next) => async (request) => {
        const result = await next(request);
        answeredAt = Date.parse(dateOf(result.response));
        return result;
      },
      { step: 'deserialize' },
    );
    try {
      const { Body, ETag, LastModified } = await client.send(command, soon());
      return {
        holder: (await Body?.transformToString()) ?? '',
        version: ETag,
        age: answeredAt - (LastModified?.getTime() ?? NaN),
      };
    } catch (error) {
      if (error instanceof NoSuchKey) {
        return undefined;
      }
      throw error;
    }
  }

  return {
    async take() {
      const holder = randomUUID();
      const release = async (): Promise<void> => {
        await client.send(new DeleteObjectCommand(where), soon());
      };
      if (await put(holder, { IfNoneMatch: '*' })) {
        return release;
      }
      const found = await find();
      // What S3 took, and whose answer was lost, is refused when the client asks again.
      if (found?.holder === holder) {
        return release;
      }
      if (found?.version === undefined || !(found.age > LOCK_LIFE_MS)) {
        return undefined;
      }
      const replaced = await put(holder, { IfMatch: found.version });
      return replaced || (await find())?.holder === holder ? release : undefined;
    },
  };
}

/** S3's answers where the condition does not hold, where another one writes at the same time, and where there is nothing to replace. */
const REFUSED: ReadonlySet<number | undefined> = new Set([412, 409, 404]);

/** When S3 sent an answer, as it says itself. */
function dateOf(response: unknown): string {
  const headers =
    typeof response === 'object' && response !== null && 'headers' in response ? response.headers : undefined;
  return typeof headers === 'object' && headers !== null && 'date' in headers ? String(headers.date) : '';
}

/** SNS's limit. */
const LONGEST_SUBJECT = 100;

/** Tells those who subscribed to the topic. */
export function createTelling(topicArn: string): (subject: string, message: string) => Promise<void> {
  const client = new SNSClient(PATIENCE);
  return async (subject, message) => {
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject.slice(0, LONGEST_SUBJECT),
        Message: message,
      }),
      soon(),
    );
  };
}
