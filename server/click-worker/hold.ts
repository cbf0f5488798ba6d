import type { Left, Message } from '../../lambda/click-worker/counting';
import { BACKOFF, pause, type Backoff } from './pause';

/** What is left of a batch when it is counted, or when it cannot be held any longer. */
interface Held {
  /** These belong into the dead-letter queue, once. */
  readonly poison: readonly Message[];
  /** Not counted, as far as is known: for the queue to deliver again. None unless the signal came. */
  readonly left: readonly Message[];
}

/** Never rejects. */
export type Hold = (messages: readonly Message[], until: AbortSignal) => Promise<Held>;

/** One after another, in the order of the calls: a connection to the database does one thing at a time. */
export function oneAtATime<Item, Result>(
  work: (item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (item) => {
    const next = last.then(() => work(item));
    last = next.catch(() => undefined);
    return next;
  };
}

/**
 * Counts a batch, however long the database is away: the messages wait here, and are neither taken off the queue nor
 * delivered again, which would count as if they were to blame. `until` ends the waiting, not a transaction.
 */
export function createHold(
  count: (messages: readonly Message[]) => Promise<Left>,
  backoff: Backoff = BACKOFF,
): Hold {
  return async (messages, until) => {
    const poison: Message[] = [];
    let left = messages;
    for (let failures = 0; left.length > 0; failures += 1) {
      await pause(failures, backoff, until);
      if (until.aborted) {
        break;
      }
      const outcome = await count(left);
      poison.push(...outcome.poison);
      left = outcome.away;
    }
    return { poison, left };
  };
}
