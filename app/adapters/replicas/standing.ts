/** How many probes in a row must be good until a server that was left out is taken back. */
const GOOD_PROBES = 3;

/** What one probe found; `unproven`: it answers, and whether it lags is not known yet. */
export type Finding = 'good' | 'unproven' | 'lagging' | 'silent';

/** Whether a server is relied on. One bad probe leaves it out, several good ones take it back: it must not flap. */
export interface Standing {
  readonly inService: boolean;
  /** Whether its last probe was answered: one that only lags is better than none. */
  readonly answers: boolean;
  /** Whether a request has failed on it since the last probe; the next one tells what that means. */
  readonly isDoubted: boolean;
  readonly goodInARow: number;
}

/** Nothing speaks against it yet, so the first good probe takes it in. */
export const UNKNOWN: Standing = {
  inService: false,
  answers: false,
  isDoubted: false,
  goodInARow: GOOD_PROBES - 1,
};

export function probed(standing: Standing, finding: Finding): Standing {
  switch (finding) {
    case 'good': {
      const goodInARow = standing.goodInARow + 1;
      return { inService: goodInARow >= GOOD_PROBES, answers: true, isDoubted: false, goodInARow };
    }
    case 'unproven':
      return { ...standing, answers: true, isDoubted: false };
    case 'lagging':
      return { inService: false, answers: true, isDoubted: false, goodInARow: 0 };
    case 'silent':
      return { inService: false, answers: false, isDoubted: false, goodInARow: 0 };
  }
}
