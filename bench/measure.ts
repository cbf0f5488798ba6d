/** One figure of the bench: what was measured, beside what it is measured against. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Median of the interleaved runs. */
  readonly value: number;
  readonly baseline: { readonly name: string; readonly value: number };
  /** value / baseline. */
  readonly ratio: number;
  /** What the ratio (or, without a baseline, the value) is meant to be. */
  readonly aim: string;
  readonly kept: boolean;
}

/** The middle value; the mean of the middle two of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) {
    throw new Error('median: expected at least one value, got none.');
  }
  return (upper + lower) / 2;
}

/**
 * Measures several things in turn (A B C, A B C, …), so that a machine that slows down slows them all,
 * after one round that is not counted.
 *
 * @param progress hears of each round as it begins
 * @returns the median of each, in the order given.
 */
export async function interleaved(
  rounds: number,
  measurements: readonly (() => Promise<number>)[],
  progress: (text: string) => void,
): Promise<number[]> {
  const values: number[][] = measurements.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    progress(round === 0 ? '  a round that is not counted' : `  round ${round} of ${rounds}`);
    for (const [index, measure] of measurements.entries()) {
      const value = await measure();
      if (round > 0) {
        values[index]?.push(value);
      }
    }
  }
  return values.map(median);
}
