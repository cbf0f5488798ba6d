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
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { callTimeout } from '../call-timeout';
import { errorText } from '../log';
import type { Instance, PromoteResult } from './promotion';

const CLIENT = { maxAttempts: 2 } as const;

/** For both attempts of a call together. */
const TIMEOUT_MS = 8_000;

/** A database instance of this region, by RDS’s identifier. */
export function createInstance(id: string): {
  readonly describe: () => Promise<Instance>;
  readonly promote: (backupDays: number) => Promise<PromoteResult>;
} {
  const client = new RDSClient(CLIENT);
  return {
    async describe() {
      const { DBInstances } = await client.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }),
        callTimeout(TIMEOUT_MS),
      );
      const instance = DBInstances?.[0];
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
          callTimeout(TIMEOUT_MS),
        );
        return { kind: 'accepted' };
      } catch (error) {
        const final = error instanceof Error && FINAL_ERRORS.has(error.name);
        return { kind: final ? 'never' : 'not now', why: errorText(error) };
      }
    },
  };
}

/**
 * Errors that RDS would answer again. All others are retried: a call without an answer may have succeeded, and while a region is down
 * RDS throttles.
 */
const FINAL_ERRORS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'DBInstanceNotFoundFault',
  'InvalidParameterCombination',
  'InvalidParameterValue',
  'ValidationError',
]);

/** PostgreSQL’s parameter that makes transactions read-only by default. It takes effect without a restart. */
const READ_ONLY = 'default_transaction_read_only';

/** A parameter group of another region, to make its databases read-only. */
export function createParameterGroup(
  region: string,
  group: string,
): { readonly isReadOnly: () => Promise<boolean>; readonly makeReadOnly: () => Promise<void> } {
  const client = new RDSClient({ ...CLIENT, region });
  return {
    async isReadOnly() {
      const { Parameters } = await client.send(
        new DescribeDBParametersCommand({ DBParameterGroupName: group, Source: 'user' }),
        callTimeout(TIMEOUT_MS),
      );
      const setting = Parameters?.find(({ ParameterName }) => ParameterName === READ_ONLY);
      return setting?.ParameterValue === '1';
    },
    async makeReadOnly() {
      await client.send(
        new ModifyDBParameterGroupCommand({
          DBParameterGroupName: group,
          Parameters: [{ ParameterName: READ_ONLY, ParameterValue: '1', ApplyMethod: 'immediate' }],
        }),
        callTimeout(TIMEOUT_MS),
      );
    },
  };
}

/** The mark of a promotion: an object that exists or not; its content does not matter. */
export function createMark({ bucket, key }: { readonly bucket: string; readonly key: string }): {
  readonly exists: () => Promise<boolean>;
  readonly write: () => Promise<void>;
  readonly remove: () => Promise<void>;
} {
  const client = new S3Client(CLIENT);
  const where = { Bucket: bucket, Key: key };
  return {
    async exists() {
      try {
        await client.send(new HeadObjectCommand(where), callTimeout(TIMEOUT_MS));
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
        callTimeout(TIMEOUT_MS),
      );
    },
    async remove() {
      await client.send(new DeleteObjectCommand(where), callTimeout(TIMEOUT_MS));
    },
  };
}

/** Releases a lock. */
export type Release = () => Promise<void>;

/** A minute longer than an invocation may run: a lock that is held for so long was never released. */
const LOCK_LIFETIME_MS = 16 * 60_000;

/** A lock that another invocation holds. */
interface HeldLock {
  readonly holder: string | undefined;
  readonly version: string | undefined;
  /** Time since it was taken, in ms, by S3’s clock alone. */
  readonly age: number;
}

/**
 * A lock for one invocation at a time: an object that S3 creates only if it does not exist. A lock that was never released is replaced by
 * the first invocation that finds it.
 */
export function createLock({ bucket, key }: { readonly bucket: string; readonly key: string }): {
  /** Undefined while another invocation holds it. Rejects without S3’s answer. */
  readonly take: () => Promise<Release | undefined>;
} {
  const client = new S3Client(CLIENT);
  const where = { Bucket: bucket, Key: key };

  async function put(
    holder: string,
    condition: { IfNoneMatch: '*' } | { IfMatch: string },
  ): Promise<boolean> {
    try {
      await client.send(
        new PutObjectCommand({ ...where, ...condition, ContentType: 'text/plain', Body: holder }),
        callTimeout(TIMEOUT_MS),
      );
      return true;
    } catch (error) {
      if (error instanceof S3ServiceException && CONDITION_FAILED.has(error.$metadata.httpStatusCode)) {
        return false;
      }
      throw error;
    }
  }

  async function find(): Promise<HeldLock | undefined> {
    const command = new GetObjectCommand(where);
    let answeredAt = NaN;
    command.middlewareStack.add(
      (next) => async (request) => {
        const result = await next(request);
        answeredAt = v.is(DATED, result.response) ? Date.parse(result.response.headers.date) : NaN;
        return result;
      },
      { step: 'deserialize' },
    );
    try {
      const { Body, ETag, LastModified } = await client.send(command, callTimeout(TIMEOUT_MS));
      return {
        holder: await Body?.transformToString(),
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
        await client.send(new DeleteObjectCommand(where), callTimeout(TIMEOUT_MS));
      };
      if (await put(holder, { IfNoneMatch: '*' })) {
        return release;
      }
      const found = await find();
      // Where the answer to the first attempt was lost, the second one is refused by our own lock.
      if (found?.holder === holder) {
        return release;
      }
      if (found?.version === undefined || !(found.age > LOCK_LIFETIME_MS)) {
        return undefined;
      }
      const replaced = await put(holder, { IfMatch: found.version });
      return replaced || (await find())?.holder === holder ? release : undefined;
    },
  };
}

/** S3’s answers where the condition does not hold, where another write runs at the same time, and where there is no object to replace. */
const CONDITION_FAILED: ReadonlySet<number | undefined> = new Set([412, 409, 404]);

/** S3’s answer as the client’s own layers see it. */
const DATED = v.object({ headers: v.object({ date: v.string() }) });

/** SNS’s limit, in characters. */
const MAX_SUBJECT = 100;

/** Notifies the subscribers of a topic. */
export function createNotifier(topicArn: string): (subject: string, message: string) => Promise<void> {
  const client = new SNSClient(CLIENT);
  return async (subject, message) => {
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject.slice(0, MAX_SUBJECT),
        Message: message,
      }),
      callTimeout(TIMEOUT_MS),
    );
  };
}
