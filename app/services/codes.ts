import { randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 62^7 = 3.5 × 10^12 codes: with a million links, one guess in 3.5 million hits. */
export const CODE_LENGTH = 7;

/** What people may choose, and so the form of every code there is. Without a dot: no static file's name is one. */
export const CODE_PATTERN = '^[0-9A-Za-z][0-9A-Za-z_-]{2,63}$';

const CODE = new RegExp(CODE_PATTERN);

/** Bounded, so that no text takes long. */
const BEFORE_PUNCTUATION = /^([0-9A-Za-z][0-9A-Za-z_-]{2,63})[^0-9A-Za-z_-]{1,8}$/;

/**
 * Paths that are, or may become, the application's own; an alias that shadows one would never be reached. Compared
 * without case, so that none looks like one either.
 */
const RESERVED = new Set(
  `about account admin api app assets auth cdn contact css dashboard docs error favicon health healthz
    help home icon images index js legal link links login logout manifest metrics new page ping privacy
    public readyz register robots settings signup sitemap static status support terms web well-known
    writable www`.split(/\s+/),
);

/** A code that cannot be guessed from others; every character equally likely (`randomInt` rejects what would bias). */
export function randomCode(length: number): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
}

/** Whether a link may have this code; anything else needs no look-up. */
export function isCode(text: string): boolean {
  return CODE.test(text);
}

/**
 * A code at the beginning of a text from which it was pasted with what followed it there, `abc1234.` or `abc1234),`; undefined
 * where it is followed by nothing, or by more than a sentence ends with.
 */
export function codeBefore(text: string): string | undefined {
  return BEFORE_PUNCTUATION.exec(text)?.[1];
}

export function isReserved(alias: string): boolean {
  return RESERVED.has(alias.toLowerCase());
}
