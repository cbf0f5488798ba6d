import { errorText, log } from '../log';
import type { Release } from './aws';
import { type PromotionRequest, readEvent } from './event';
import { isUnfinished, NOTHING_BEGUN, type Outcome, promoteReplica, type ReplicaRegion } from './promotion';

/** Notifies operators. */
export type Notify = (subject: string, message: string) => Promise<void>;

export interface Lock {
  /** Undefined while another invocation holds it. */
  take(): Promise<Release | undefined>;
}

/**
 * One invocation: reads its event, promotes, and notifies operators of the outcome. A failed step is an outcome like others, but an event
 * that cannot be used is an error. There is no notification when nothing was to be done, which is asked every few minutes, or while
 * another invocation promotes, which notifies itself.
 */
export async function invoke(
  event: unknown,
  region: ReplicaRegion,
  notify: Notify,
  lock: Lock,
): Promise<Outcome> {
  const request = readEvent(event);
  const result = await promoteLocked(region, request, lock).catch((error: unknown): Outcome => ({
    outcome: 'failed',
    what: `A step failed (${errorText(error)}). Invoking again goes on.`,
  }));
  log.info({ ...request, ...result }, 'Promotion');
  if (result.outcome !== 'nothing begun' && result.outcome !== 'under way') {
    const because = request.reason === undefined ? '' : ` It was asked because: "${request.reason}".`;
    await notify(
      `Promotion of ${region.region}: ${result.outcome}`,
      `${result.what}${because} See docs/runbook.md#a-region-is-gone`,
    ).catch((error: unknown) => {
      log.error({ err: error }, 'Nobody could be told.');
    });
  }
  return result;
}

/** One invocation at a time: otherwise one that gives up could delete the mark of another that promotes. */
async function promoteLocked(region: ReplicaRegion, request: PromotionRequest, lock: Lock): Promise<Outcome> {
  if (request.resume && !(await isUnfinished(region))) {
    return NOTHING_BEGUN;
  }
  const release = await lock.take();
  if (release === undefined) {
    return {
      outcome: 'under way',
      what: 'Another invocation is promoting, or was ended while it did, less than 16 minutes ago. This one did nothing; what was begun goes on by itself.',
    };
  }
  try {
    return await promoteReplica(region, request);
  } finally {
    await release().catch((error: unknown) => {
      log.warn({ err: error }, 'The lock could not be given back; it ends by itself.');
    });
  }
}
