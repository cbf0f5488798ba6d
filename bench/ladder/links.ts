/** What users of a rung ask for: links, and the page's files. */
import { ask, madeCode } from '../../local/rehearse/ask';
import { PATIENCE_MS } from '../../local/rehearse/load';

/** More than a server's memory holds of them for its one second at the rates measured here; some megabytes of database. */
const LINKS = 5_000;

/** A third of what one address may make in a minute: the load makes more. */
const LINKS_PER_ADDRESS = 20;

/** Requests at a time. */
const AT_ONCE = 32;

/** How many links can be made from so many addresses. */
export function linksOf(addresses: readonly string[]): number {
  return Math.min(LINKS, addresses.length * LINKS_PER_ADDRESS);
}

/**
 * Makes them by the API, which is there at every rung.
 *
 * @returns their codes
 * @throws Error where one cannot be made, or the signal says so
 */
export async function makeLinks(
  url: string,
  addresses: readonly string[],
  count: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const codes: string[] = [];
  let begun = 0;
  async function makeSome(): Promise<void> {
    while (begun < count) {
      signal.throwIfAborted();
      const number = begun;
      begun += 1;
      const answer = await ask(
        url,
        { kind: 'create', url: `https://example.com/${number}` },
        { localAddress: addresses[number % addresses.length] ?? '127.0.0.1', patience: PATIENCE_MS },
      );
      const code = madeCode(answer);
      if (code === undefined) {
        throw new Error(`A link could not be made: ${answer.status} ${answer.body}`);
      }
      codes.push(code);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, makeSome));
  return codes;
}

/** Where a page names its files, and where they name each other. */
const FILE = /(?:\/static\/|\.\/)[\w./-]+\.(?:css|js|svg)/g;

/** Paths of all that a browser loads with the page. */
export async function pageFiles(url: string): Promise<readonly string[]> {
  const found = new Set(await namedIn(`${url}/`));
  for (const path of found) {
    (await namedIn(url + path)).forEach((other) => found.add(other));
  }
  return [...found];
}

async function namedIn(url: string): Promise<readonly string[]> {
  const text = await (await fetch(url)).text();
  return [...text.matchAll(FILE)].map(([name]) => new URL(name, url).pathname);
}
