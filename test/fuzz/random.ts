/** Random choices that a seed decides: the same seed makes the same choices. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** @throws Error where there is nothing to choose from */
  one<Item>(items: readonly Item[]): Item;
  bytes(length: number): Buffer;
}

/** Mulberry32: 32 bits of state, good enough to choose by, and the same on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    one(items) {
      const item = items[below(items.length)];
      if (item === undefined) {
        throw new Error('There is nothing to choose from.');
      }
      return item;
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
