import { chunks } from '../../contract/chunks';

/** A message that cannot be counted here and now. */
interface Waiting {
  /** The queue's own. */
  readonly id: string;
  readonly body: string;
  /** When its clicks happened, in ms since 1970. */
  readonly since: number;
}

/**
 * Sends messages on to where they may be counted, and resolves with those that no queue took; never rejects. A caller that is
 * told that one was taken deletes the original; a copy that is left by a crash in between is counted once all the same.
 */
export type PassOn = (messages: readonly Waiting[]) => Promise<readonly Waiting[]>;

export interface Entry {
  readonly id: string;
  readonly body: string;
  readonly delaySeconds: number;
}

/** Sends up to {@link ENTRIES_PER_REQUEST} messages; resolves with the ids of those that were not taken. */
export type Send = (queueUrl: string, entries: readonly Entry[]) => Promise<readonly string[]>;

export interface PassOnOptions {
  /** In the order in which they are tried, the worker's own last. */
  readonly queueUrls: readonly string[];
  readonly send: Send;
  readonly now: () => number;
}

/** SQS's. */
const ENTRIES_PER_REQUEST = 10;
const MAX_DELAY_SECONDS = 900;

/**
 * A worker that cannot count a message sends it on to the next data center, and if that one is gone to the one after it; the
 * last in line is the worker's own queue. So a message goes round until it comes to a database that takes writes:
 * no worker has to know which one that is, and none has to be told after a promotion. With one data center the ring
 * is its own queue. Sent, and not just left to be delivered again: that would count towards the dead-letter
 * queue, and an outage is not the message's fault.
 */
export function createPassOn({ queueUrls, send, now }: PassOnOptions): PassOn {
  const toEntry = ({ id, body, since }: Waiting): Entry => ({
    id,
    body,
    delaySeconds: delaySeconds(now() - since),
  });

  return async (messages) => {
    const stranded: Waiting[] = [];
    // One that does not answer is waited for once, not for every ten messages.
    const silent = new Set<string>();
    for (const request of chunks(messages, ENTRIES_PER_REQUEST)) {
      let left = request;
      for (const queueUrl of queueUrls.filter((url) => !silent.has(url))) {
        if (left.length > 0) {
          const refused = await send(queueUrl, left.map(toEntry)).catch(() => {
            silent.add(queueUrl);
            return left.map(({ id }) => id);
          });
          left = left.filter(({ id }) => refused.includes(id));
        }
      }
      stranded.push(...left);
    }
    return stranded;
  };
}

/**
 * A quarter to half of a message's age, which therefore grows by that with each attempt: what is a second old is tried
 * again after one, and in a long outage each message about every ten minutes. Jitter spreads what became due at once.
 */
function delaySeconds(age: number): number {
  const seconds = Math.min(MAX_DELAY_SECONDS, age / 2_000) * (0.5 + Math.random() / 2);
  return Math.max(1, Math.round(seconds));
}
