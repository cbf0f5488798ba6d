/** Promotes this region's replica: what Lambda calls by hand, by an alarm, or to go on with what was begun. */
import type { Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROMOTION_LOCK_KEY } from '../../contract/promotion';
import { createInstance, createLock, createMark, createTelling } from './aws';
import { invoke } from './invocation';
import { isShown, lookAtWrites } from './look';
import type { Outcome } from './promotion';
import { readSettings } from './settings';

const { databaseId, backupDays, domainName, mark, otherRegions, topicArn } = readSettings(process.env);

const instance = createInstance(databaseId);
const ownMark = createMark(mark);
const lock = createLock({ bucket: mark.bucket, key: PROMOTION_LOCK_KEY });
const tell = createTelling(topicArn);

/** The mark's path on the domain is its key in the bucket, and ends with its region. */
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
      writes: () => lookAtWrites({ domainName }),
      markIsThere: ownMark.isThere,
      writeMark: ownMark.write,
      removeMark: ownMark.remove,
      otherMarks: async () => {
        const shown = await Promise.all(
          otherRegions.map(async (region) =>
            (await isShown({ domainName }, markPath(region))) ? [region] : [],
          ),
        );
        return shown.flat();
      },
      sleep: (duration) => sleep(duration),
      remaining: () => context.getRemainingTimeInMillis(),
    },
    tell,
    lock,
  );
}
