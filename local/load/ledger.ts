/** What the users of a rung were told, against what its database holds in the end. */
import type { Request } from './requests';

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
  /** Links whose deletion was acknowledged. */
  readonly deleted: ReadonlySet<string>;
  readonly ledOn: readonly LedOn[];
}

/** A link that led on although it was deleted. */
interface LedOn {
  /** When a user was first told that it was, in ms since 1970. */
  readonly since: number;
  /** For how long, in seconds. */
  readonly seconds: number;
}

interface Clicks {
  /** Redirects that were answered. */
  readonly answered: number;
  /** Redirects whose answer was lost: a server may have counted them before, or not. */
  readonly open: number;
}

export interface Verdict {
  /** Acknowledged links that are not there, or lead elsewhere, and acknowledged deletions that are not there. */
  readonly lostWrites: number;
  /** Answered redirects that were not counted. */
  readonly lostClicks: number;
  /** Clicks that were counted and not made. */
  readonly doubledClicks: number;
  readonly ledOn: readonly LedOn[];
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
  const deletions = requests.filter(({ kind }) => kind === 'delete');
  const isAcknowledged = ({ ending }: Request) => ending === 'answered';
  // Where the answer was lost, it may be there or not.
  deletions.forEach(({ code = '' }) => links.delete(code));
  const deleted = new Set(deletions.filter(isAcknowledged).map(({ code = '' }) => code));
  return { links, clicks, deleted, ledOn: findLedOn(requests) };
}

/** A link is known to be deleted once a user was told so: the one who deleted it, or one who asked for it since. */
function findLedOn(requests: readonly Request[]): readonly LedOn[] {
  const since = new Map<string, number>();
  requests.forEach(({ kind, ending, ledOn, code = '', ended }) => {
    if (ending === 'answered' && (kind === 'delete' || ledOn === false)) {
      since.set(code, Math.min(ended, since.get(code) ?? Infinity));
    }
  });
  return requests.flatMap(({ ledOn, code = '', sent }) => {
    const known = since.get(code) ?? Infinity;
    return ledOn === true && sent > known ? [{ since: known, seconds: (sent - known) / 1_000 }] : [];
  });
}

export function settle({ links, clicks, deleted, ledOn }: Ledger, rows: Rows): Verdict {
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
    lostWrites:
      codes.filter((code) => rows.get(code)?.url !== links.get(code)).length +
      [...deleted].filter((code) => rows.has(code)).length,
    ledOn,
    lostClicks: differences.reduce((sum, { lost }) => sum + lost, 0),
    doubledClicks: differences.reduce((sum, { doubled }) => sum + doubled, 0),
  };
}
