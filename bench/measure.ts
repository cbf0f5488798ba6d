/** One figure of the bench: what was measured, beside what it is measured against. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Median of the interleaved runs. */
  readonly value: number;
  readonly baseline: Baseline;
  /** value / baseline. */
  readonly ratio: number;
  /** What the ratio (or, against an aim, the value) is meant to be. */
  readonly aim: string;
  readonly kept: boolean;
}

interface Baseline {
  readonly name: string;
  readonly value: number;
}

/** What a ratio is meant to be. */
interface Aim {
  readonly text: string;
  readonly isKept: (ratio: number) => boolean;
}

/** Hears of each round as it begins. */
export type Progress = (text: string) => void;

export function atLeast(aim: number): Aim {
  return { text: `≥ ${aim.toFixed(2)} ×`, isKept: (ratio) => ratio >= aim };
}

export function atMost(aim: number): Aim {
  return { text: `≤ ${aim.toFixed(1)} ×`, isKept: (ratio) => ratio <= aim };
}

const NONE: Aim = { text: 'none', isKept: () => true };

/** A figure against its baseline. @param what its name and its unit */
export function row(
  what: Pick<Row, 'name' | 'unit'>,
  value: number,
  baseline: Baseline,
  { text, isKept }: Aim = NONE,
): Row {
  const ratio = value / baseline.value;
  return { ...what, value, baseline, ratio, aim: text, kept: isKept(ratio) };
}

/** A figure that is to stay below a number. */
export function below(what: Pick<Row, 'name' | 'unit'>, value: number, aim: number): Row {
  return row(
    what,
    value,
    { name: 'aim', value: aim },
    { text: `< ${aim} ${what.unit}`, isKept: (ratio) => ratio < 1 },
  );
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
 * @returns the median of each, in the order given.
 */
export async function interleaved(
  rounds: number,
  measurements: readonly (() => Promise<number>)[],
  progress: Progress,
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
