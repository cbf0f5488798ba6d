/** Longer ones break browsers and proxies; also bounds what a cached link may weigh. */
const MAX_URL_LENGTH = 2_048;

/** C0, DEL and C1: the URL parser drops some of them silently, so that what is checked is not what was sent. */
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

const ALLOWED_SCHEMES = ['http:', 'https:'];

export type CheckedUrl =
  | { readonly allowed: true; readonly href: string }
  /** A sentence for the person who entered the URL. */
  | { readonly allowed: false; readonly reason: string };

/**
 * Whether a link may lead to `text`: an absolute http or https URL without credentials, not on one of `ownHosts`. The
 * answer's `href` is what the parser understood, in ASCII: that is stored and sent, so that nothing reads it
 * differently from what was checked here. The target itself is never asked.
 *
 * @param ownHosts host names on which this application is reached; ports are ignored
 */
export function checkUrl(text: string, ownHosts: readonly string[]): CheckedUrl {
  if (CONTROL_CHARACTER.test(text)) {
    return refuse('The URL contains a control character.');
  }
  const url = parseUrl(text);
  if (url === undefined) {
    return refuse('This is not a complete URL. It starts with https:// or http://.');
  }
  const problem = [
    { found: !ALLOWED_SCHEMES.includes(url.protocol), reason: 'Only http and https URLs can be shortened.' },
    {
      found: url.username !== '' || url.password !== '',
      reason: 'A URL with a user name or password is not allowed.',
    },
    {
      found: ownHosts.map(comparable).includes(comparable(url.hostname)),
      reason: 'A link to this site is not allowed.',
    },
    {
      found: url.href.length > MAX_URL_LENGTH,
      reason: `The URL is longer than ${MAX_URL_LENGTH} characters.`,
    },
  ].find(({ found }) => found);
  return problem === undefined ? { allowed: true, href: url.href } : refuse(problem.reason);
}

/** The name in a `Host` header, without its port, as the URL parser writes it; undefined where it is none. */
export function hostName(host: string): string | undefined {
  return /^[\w.:[\]-]+$/.test(host) ? parseUrl(`http://${host}`)?.hostname : undefined;
}

/**
 * Whether a URL as it is stored leads to the host, with or without a port, of a `Host` header. Cheap, and only as sharp as it must be: a
 * browser that is led to a URL sends its host name letter by letter.
 */
export function leadsTo(href: string, host: string): boolean {
  const port = host.lastIndexOf(':');
  const name = port > host.lastIndexOf(']') ? host.slice(0, port) : host;
  const start = href.indexOf('//') + 2;
  const next = href.charAt(start + name.length);
  return (next === '/' || next === ':') && href.startsWith(name, start);
}

/** Not `URL.canParse`: once Node 20 has optimized it, it refuses whatever is not ASCII. */
function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** `example.com.` is `example.com`. */
function comparable(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function refuse(reason: string): CheckedUrl {
  return { allowed: false, reason };
}
