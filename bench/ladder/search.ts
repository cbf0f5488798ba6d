/** The highest rate that something carries. */

export interface Search {
  /** Where it begins, requests a second. */
  readonly from: number;
  /** No higher rate is tried. */
  readonly most: number;
  /** How close the answer is to what is carried no more: 0.1 for within a tenth. */
  readonly within: number;
}

/** What is known of a rate. */
export interface Found {
  /** The highest rate that was carried; 0 where none was. */
  readonly rate: number;
  /** Whether a higher rate was tried, and not carried. */
  readonly isBounded: boolean;
}

/** From one try to the next, until one fails. */
const STEP = 2;

/** Halved so often below where it began until it is said that nothing is carried. */
const STEPS_DOWN = 4;

/**
 * Doubles the rate until it is carried no more (or halves it until it is), then halves the gap, by ratio, until it is small.
 *
 * @param isCarried tries a rate
 */
export async function highestRate(
  { from, most, within }: Search,
  isCarried: (rate: number) => Promise<boolean>,
): Promise<Found> {
  let rate = from;
  while (!(await isCarried(rate))) {
    rate = Math.floor(rate / STEP);
    if (rate < from / STEP ** STEPS_DOWN) {
      return { rate: 0, isBounded: true };
    }
  }
  // What failed on the way down is tried again: the first try meets what nothing has warmed.
  let good = rate;
  let bad = Math.min(most, rate * STEP);
  while (good < most && (await isCarried(bad))) {
    good = bad;
    bad = Math.min(most, bad * STEP);
  }
  if (good >= most) {
    return { rate: most, isBounded: false };
  }
  while (bad / good > 1 + within) {
    const middle = Math.round(Math.sqrt(good * bad));
    if (await isCarried(middle)) {
      good = middle;
    } else {
      bad = middle;
    }
  }
  return { rate: good, isBounded: true };
}
