import {
  MAX_CLICK_AGE_MS,
  clickTime,
  decodeClickMessage,
  type Click,
  type Decoded,
} from '../../contract/click-message';
import { POISON_MESSAGES } from '../../contract/log-fields';
import type { ClickCounter } from './database';
import type { Log } from '../log';

/** A message as the queue delivers it. */
export interface Message {
  /** The queue's own. */
  readonly id: string;
  readonly body: string;
}

export interface CountingOptions {
  readonly counter: ClickCounter;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** In ms since 1970. */
  readonly now: () => number;
}

/** A message that was read. */
interface Readable extends Message {
  readonly clicks: readonly [Click, ...Click[]];
}

interface Uncounted {
  readonly refused: readonly Readable[];
  readonly away: readonly Readable[];
}

/** What is left of messages that were given to be counted. */
export interface Left {
  /** Nothing counts these, now or later: they belong into the dead-letter queue. */
  readonly poison: readonly Message[];
  /** The database takes no clicks now; these may have been counted all the same. */
  readonly away: readonly Readable[];
}

/**
 * Counts messages, whichever queue they came from, each clicks' id once; resolves with what could not be counted. Never
 * rejects.
 */
export function createCounting({
  counter,
  log,
  now,
}: CountingOptions): (messages: readonly Message[]) => Promise<Left> {
  function read(message: Message): (Message & Decoded) | (Readable & { readonly kind: 'clicks' }) {
    const decoded = decodeClickMessage(message.body);
    const oldest = now() - MAX_CLICK_AGE_MS;
    return decoded.kind === 'clicks' && decoded.clicks.some(({ id }) => clickTime(id) < oldest)
      ? { ...message, kind: 'poison', reason: 'so old that it may have been counted and forgotten' }
      : { ...message, ...decoded };
  }

  /** Together first. Where the data of one message is wrong, by halves down to that one, so that its neighbors count. */
  async function count(messages: readonly Readable[]): Promise<Uncounted> {
    if (messages.length === 0) {
      return { refused: [], away: [] };
    }
    const outcome = await counter.count(messages.flatMap(({ clicks }) => clicks));
    switch (outcome.kind) {
      case 'counted':
        return { refused: [], away: [] };
      case 'away':
        log.warn({ err: outcome.reason }, 'The database takes no clicks now.');
        return { refused: [], away: messages };
      case 'refused':
        if (messages.length > 1) {
          return countHalves(messages);
        }
        log.error({ err: outcome.reason }, 'The database refuses the clicks of a message.');
        return { refused: messages, away: [] };
    }
  }

  /** A database that went away during the first half is not asked about the second. */
  async function countHalves(messages: readonly Readable[]): Promise<Uncounted> {
    const middle = Math.ceil(messages.length / 2);
    const first = await count(messages.slice(0, middle));
    const rest = messages.slice(middle);
    const second = first.away.length > 0 ? { refused: [], away: rest } : await count(rest);
    return { refused: [...first.refused, ...second.refused], away: [...first.away, ...second.away] };
  }

  return async (messages) => {
    const all = messages.map(read);
    const poison = all.filter((message) => message.kind === 'poison');
    const { refused, away } = await count(all.filter((message) => message.kind === 'clicks'));
    if (poison.length + refused.length > 0) {
      log.error(
        { [POISON_MESSAGES]: poison.length + refused.length, reasons: poison.map(({ reason }) => reason) },
        'Messages cannot be counted; they are left to the dead-letter queue.',
      );
    }
    return { poison: [...poison, ...refused], away };
  };
}
