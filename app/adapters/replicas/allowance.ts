/** Takes one of what is allowed; false where nothing is left for now. */
export type Allowance = () => boolean;

/** `perSecond` on average, and as many at once. */
export function createAllowance(perSecond: number, clock: () => number): Allowance {
  let left = perSecond;
  let countedAt = clock();
  return () => {
    const now = clock();
    left = Math.min(perSecond, left + ((now - countedAt) / 1_000) * perSecond);
    countedAt = now;
    if (left < 1) {
      return false;
    }
    left -= 1;
    return true;
  };
}
