// @ts-check

/**
 * The links that were made in this browser, the newest first, in its storage; where that is closed or full, for as long as
 * the page is open.
 *
 * @typedef {object} Link
 * @property {string} code
 * @property {string} shortUrl
 * @property {string} url
 * @property {string | null} expiresAt
 * @property {number | undefined} [unknownAt] when the server last said that it has no such link, in ms
 */

const KEY = 'zero-to-million.links';

/** Of earlier versions. Where programs share an origin, as on localhost, it may be another one's: it is read, not written. */
const OLD_KEY = 'links';

/** Links kept; the oldest are forgotten, not deleted. */
const MAX_LINKS = 50;

/** @param {(isKept: boolean) => void} tell hears whether the storage does its work */
export function createKept(tell) {
  /** Made on this page, and in no storage. @type {Link[]} */
  let unstored = [];

  function read() {
    try {
      return parse(localStorage.getItem(KEY) ?? localStorage.getItem(OLD_KEY) ?? '[]');
    } catch {
      tell(false);
      return [];
    }
  }

  /** @param {Link[]} links */
  function write(links) {
    try {
      localStorage.setItem(KEY, JSON.stringify(links.slice(0, MAX_LINKS)));
      unstored = [];
      tell(true);
    } catch {
      tell(false);
    }
  }

  function all() {
    return [...unstored, ...without(read(), unstored)].slice(0, MAX_LINKS);
  }

  return {
    all,
    /** @param {Link} link */
    add({ code, shortUrl, url, expiresAt }) {
      const link = { code, shortUrl, url, expiresAt };
      unstored = [link, ...without(unstored, [link])];
      write(all());
    },
    /** @param {Link} link */
    remove(link) {
      unstored = without(unstored, [link]);
      write(without(all(), [link]));
    },
    /** Remembers what the server says of a link. @param {string} code @param {number | undefined} unknownAt */
    note(code, unknownAt) {
      const links = all();
      if (links.some((link) => link.code === code && link.unknownAt !== unknownAt)) {
        write(links.map((link) => (link.code === code ? { ...link, unknownAt } : link)));
      }
    },
  };
}

/** @param {Link[]} links @param {Link[]} others */
function without(links, others) {
  return links.filter(({ code }) => !others.some((other) => other.code === code));
}

/** What is no link of ours is left out. @param {string} text @returns {Link[]} */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isLink) : [];
  } catch {
    return [];
  }
}

/** As stored, or as the server tells of one. @param {any} value @returns {value is Link} */
export function isLink(value) {
  return (
    typeof value?.code === 'string' &&
    /^[\w-]{1,64}$/.test(value.code) &&
    isWebUrl(value.shortUrl) &&
    isWebUrl(value.url) &&
    (value.expiresAt === null || typeof value.expiresAt === 'string') &&
    ['undefined', 'number'].includes(typeof value.unknownAt)
  );
}

/** @param {unknown} text */
function isWebUrl(text) {
  return typeof text === 'string' && /^https?:\/\//i.test(text) && URL.canParse(text);
}
