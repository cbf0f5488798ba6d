import { log } from '../log';
import { describe } from './describe';
import { type Order, readEvent } from './event';
import type { Release } from './aws';
import { isBegun, NOTHING_BEGUN, type Outcome, promoteReplica, type World } from './promotion';

/** Tells those who wait to hear of it. */
export type Tell = (subject: string, message: string) => Promise<void>;

/** Undefined where another invocation has it. */
export interface Lock {
  take(): Promise<Release | undefined>;
}

/**
 * One invocation: what it was asked, what became of it, and who is told. Whatever goes wrong is an outcome like others; an
 * event that cannot be used is an error, and nothing is done. That nothing was begun, or that another invocation is at
 * it, is told to nobody: that is asked every few minutes, and the other one tells.
 */
export async function invoke(event: unknown, world: World, tell: Tell, lock: Lock): Promise<Outcome> {
  const order = readEvent(event);
  const result = await alone(world, order, lock).catch((error: unknown): Outcome => ({
    outcome: 'failed',
    what: `A step failed (${describe(error)}). Invoking again goes on.`,
  }));
  log.info({ ...order, ...result }, 'Promotion');
  if (result.outcome !== 'nothing begun' && result.outcome !== 'under way') {
    const because = order.reason === undefined ? '' : ` It was asked because: "${order.reason}".`;
    await tell(
      `Promotion of ${world.region}: ${result.outcome}`,
      `${result.what}${because} See docs/runbook.md#a-region-is-gone`,
    ).catch((error: unknown) => {
      log.error({ err: error }, 'Nobody could be told.');
    });
  }
  return result;
}

/** One that gives up must not take away the mark of another that promotes: so they do it one after the other. */
async function alone(world: World, order: Order, lock: Lock): Promise<Outcome> {
  if (order.resume && !(await isBegun(world))) {
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
    return await promoteReplica(world, order);
  } finally {
    await release().catch((error: unknown) => {
      log.warn({ err: error }, 'The lock could not be given back; it ends by itself.');
    });
  }
}
