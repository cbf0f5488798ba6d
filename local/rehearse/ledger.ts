/** What the users of a rung were told, against what its database holds in the end. */
import type { Request } from './load';

export interface Row {
  readonly url: string;
  readonly clicks: number;
}

/** Links in the database, by code. */
export type Rows = ReadonlyMap<string, Row>;

/** What must be in the database. */
export interface Ledger {
  /** Where each acknowledged link leads, by code. */
  readonly links: ReadonlyMap<string, string>;
  /** By code. */
  readonly clicks: ReadonlyMap<string, Clicks>;
}

interface Clicks {
  /** Redirects that were answered. */
  readonly answered: number;
  /** Redirects of which nobody knows whether a server counted them before the answer was lost. */
  readonly open: number;
}

export interface Verdict {
  /** Acknowledged links that are not there, or lead elsewhere. */
  readonly lostWrites: number;
  /** Answered redirects that were not counted. */
  readonly lostClicks: number;
  /** Counted clicks that nobody made. */
  readonly doubledClicks: number;
}

/**
 * @param given links that were there before, and where they lead; none of their clicks are counted yet
 */
export function keepLedger(given: ReadonlyMap<string, string>, requests: readonly Request[]): Ledger {
  const links = new Map(given);
  const clicks = new Map<string, Clicks>();
  requests.forEach(({ kind, ending, code, url }) => {
    if (kind === 'create' && ending === 'answered' && code !== undefined && url !== undefined) {
      links.set(code, url);
    }
    // A refusal says that nothing was done.
    if (kind === 'redirect' && ending !== 'refused' && code !== undefined) {
      const { answered, open } = clicks.get(code) ?? { answered: 0, open: 0 };
      clicks.set(
        code,
        ending === 'answered' ? { answered: answered + 1, open } : { answered, open: open + 1 },
      );
    }
  });
  return { links, clicks };
}

export function settle({ links, clicks }: Ledger, rows: Rows): Verdict {
  const codes = [...links.keys()];
  const differences = codes.map((code) => {
    const counted = rows.get(code)?.clicks ?? 0;
    const { answered, open } = clicks.get(code) ?? { answered: 0, open: 0 };
    return {
      lost: Math.max(0, answered - counted),
      doubled: Math.max(0, counted - answered - open),
    };
  });
  return {
    lostWrites: codes.filter((code) => rows.get(code)?.url !== links.get(code)).length,
    lostClicks: differences.reduce((sum, { lost }) => sum + lost, 0),
    doubledClicks: differences.reduce((sum, { doubled }) => sum + doubled, 0),
  };
}
