import { createHash } from 'node:crypto';
import type { Client } from './connection';
import { decode, encode, keyOf, type Entry } from './entry';
import { STORE_UNLESS_OLDER } from './store-unless-older';

/** Undefined where there is no entry of that code, whatever else is in its place. */
export async function read(client: Client, code: string): Promise<Entry | undefined> {
  try {
    return decode(code, await client.get(keyOf(code)));
  } catch (error) {
    // A list, say: the next entry replaces it.
    if (startsWith(error, 'WRONGTYPE')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * What there is of these codes, in one question. What is in the place of an entry, a list, say, is nothing: `MGET` says so itself.
 * Of one node alone: it refuses codes of different slots of a cluster.
 */
export async function readAll(client: Client, codes: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
  const values = await client.mget(codes.map(keyOf));
  return new Map(
    codes.flatMap((code, index) => {
      const entry = decode(code, values[index]);
      return entry === undefined ? [] : [[code, entry]];
    }),
  );
}

/** Stores unless a newer entry is there; true once either is so. @param lifetime in ms */
export type Store = (client: Client, code: string, entry: Entry, lifetime: number) => Promise<boolean>;

/** The script is sent whole to a server that has not seen it yet, and by its hash from then on. */
export function createStore(): Store {
  const hash = createHash('sha1').update(STORE_UNLESS_OLDER).digest('hex');
  return async (client, code, entry, lifetime) => {
    const words = [keyOf(code), code, entry.version, encode(code, entry), Math.ceil(lifetime)];
    const stored = await client.evalsha(hash, 1, ...words).catch((error: unknown) => {
      if (startsWith(error, 'NOSCRIPT')) {
        return client.eval(STORE_UNLESS_OLDER, 1, ...words);
      }
      throw error;
    });
    return stored === 0 || stored === 1;
  };
}

function startsWith(error: unknown, word: string): boolean {
  return error instanceof Error && error.message.startsWith(word);
}
