/**
 * What the cache holds of a code, and its form there: `code version what`, where `what` is `?` for unknown, `x` for
 * deleted, or `expiry url`, the expiry in ms since 1970 or `-` for never. An entry names its own code, so that an
 * answer to another question, wherever they were mixed up, is not believed.
 */

/** A row's state at a version; of two entries the one of the higher version is newer. */
export type Entry =
  | {
      readonly kind: 'link';
      readonly version: number;
      readonly url: string;
      /** In ms since 1970; Infinity where it never expires. */
      readonly expiresAt: number;
    }
  | { readonly kind: 'deleted'; readonly version: number }
  /** The primary had no such row: older than any row. */
  | { readonly kind: 'unknown'; readonly version: 0 };

/** Raised when the form changes: during a rolling deployment old and new servers then read keys of their own. */
const FORMAT = 1;

const PREFIX = `link:${FORMAT}:`;

/** Where the codes of deleted links are published. */
export const DELETIONS = `${PREFIX}deleted`;

/**
 * Numbers as long as JavaScript holds them exactly; a URL as it stands in `Location`, visible ASCII. The script that
 * stores entries knows the same form, in Lua's patterns.
 */
const FORM = /^(\S+) (\d{1,15}) (?:([?x])|(-|\d{1,15}) ([!-~]+))$/;

export function keyOf(code: string): string {
  return PREFIX + code;
}

export function encode(code: string, entry: Entry): string {
  return `${code} ${entry.version} ${encodeState(entry)}`;
}

function encodeState(entry: Entry): string {
  switch (entry.kind) {
    case 'link':
      return `${entry.expiresAt === Infinity ? '-' : entry.expiresAt} ${entry.url}`;
    case 'deleted':
      return 'x';
    case 'unknown':
      return '?';
  }
}

/** Undefined for anything but an entry of this code. */
export function decode(code: string, value: unknown): Entry | undefined {
  const [, owner, digits, mark, expiry, url] = FORM.exec(typeof value === 'string' ? value : '') ?? [];
  if (owner !== code) {
    return undefined;
  }
  const version = Number(digits);
  if (url !== undefined) {
    return { kind: 'link', version, url, expiresAt: expiry === '-' ? Infinity : Number(expiry) };
  }
  if (mark === 'x') {
    return { kind: 'deleted', version };
  }
  return version === 0 ? { kind: 'unknown', version } : undefined;
}
