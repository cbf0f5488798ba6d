import { randomUUID } from 'node:crypto';
import {
  MAX_CLICKS_PER_MESSAGE,
  clickId,
  encodeClickMessage,
  type Click,
} from '../../../contract/click-message';

/**
 * The bodies of the messages that carry these counts, each with an id of its own under which it is counted once.
 *
 * @param time when the clicks happened, in ms since 1970
 */
export function toMessages(counts: ReadonlyMap<string, number>, time: number): readonly string[] {
  const clicks = Array.from(counts, ([code, count]): Click => ({
    id: clickId(time, randomUUID()),
    code,
    count,
  }));
  return chunks(clicks, MAX_CLICKS_PER_MESSAGE).map(encodeClickMessage);
}

export function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
