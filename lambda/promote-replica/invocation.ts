import { log } from '../log';
import { describe } from './describe';
import { readEvent } from './event';
import { promoteReplica, type Outcome, type World } from './promotion';

/** Tells those who wait to hear of it. */
export type Tell = (subject: string, message: string) => Promise<void>;

/**
 * One invocation: what it was asked, what became of it, and who is told. Whatever goes wrong is an outcome like others; an
 * event that cannot be used is an error, and nothing is done. That nothing was begun is told to nobody: that is asked
 * every few minutes.
 */
export async function invoke(event: unknown, world: World, tell: Tell): Promise<Outcome> {
  const order = readEvent(event);
  const result = await promoteReplica(world, order).catch((error: unknown): Outcome => ({
    outcome: 'failed',
    what: `A step failed (${describe(error)}). Invoking again goes on.`,
  }));
  log.info({ ...order, ...result }, 'Promotion');
  if (result.outcome !== 'nothing begun') {
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
