/** What a question found out: data, which the report words and orders. */

/** As needed; in the way; or not to be found out. */
export type Verdict = 'ok' | 'wrong' | 'unasked';

export interface Finding {
  readonly verdict: Verdict;
  /** What is there, or why it could not be asked. */
  readonly found: string;
  /** What the rung needs, where that is not plain from what was found. */
  readonly needed?: string;
  /** The one command, setting or page that mends it. */
  readonly mend?: string;
}

export function ok(found: string, needed?: string): Finding {
  return { verdict: 'ok', found, ...(needed === undefined ? {} : { needed }) };
}

export function wrong(found: string, needed: string, mend: string): Finding {
  return { verdict: 'wrong', found, needed, mend };
}

/** @param why as the rest of the sentence "could not be asked: …" */
export function unasked(why: string, mend?: string): Finding {
  return {
    verdict: 'unasked',
    found: `could not be asked: ${why}`,
    ...(mend === undefined ? {} : { mend }),
  };
}
