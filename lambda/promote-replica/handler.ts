/** Promotes this region’s replica: invoked by a person, by an alarm, or by a schedule to continue an unfinished promotion. */
import type { Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROMOTION_LOCK_KEY } from '../../contract/promotion';
import { createInstance, createLock, createMark, createNotifier } from './aws';
import { invoke } from './invocation';
import { isServed, probeWrites } from './probe';
import type { Outcome } from './promotion';
import { readSettings } from './settings';

const { databaseId, backupDays, domainName, mark, otherRegions, topicArn } = readSettings(process.env);

const instance = createInstance(databaseId);
const ownMark = createMark(mark);
const lock = createLock({ bucket: mark.bucket, key: PROMOTION_LOCK_KEY });
const notify = createNotifier(topicArn);

/** A mark’s path on the domain is its key in the bucket, and ends with its region. */
const markPath = (region: string): string => `/${mark.key.slice(0, mark.key.lastIndexOf('/'))}/${region}`;

/** Lambda's entry. */
export function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Outcome> {
  return invoke(
    event,
    {
      region: process.env['AWS_REGION'] ?? '',
      instance: instance.describe,
      promote: () => instance.promote(backupDays),
      writes: () => probeWrites({ domainName }),
      markIsThere: ownMark.exists,
      writeMark: ownMark.write,
      removeMark: ownMark.remove,
      otherMarks: async () => {
        const found = await Promise.all(
          otherRegions.map(async (region) =>
            (await isServed({ domainName }, markPath(region))) ? [region] : [],
          ),
        );
        return found.flat();
      },
      sleep: (duration) => sleep(duration),
      remaining: () => context.getRemainingTimeInMillis(),
    },
    notify,
    lock,
  );
}
