/** What users of a rung ask for: links that are made beforehand, and the page's files. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, madeCode } from './client';
import { TIMEOUT_MS, now } from './requests';

export interface LinksOptions {
  readonly count: number;
  /** Begins the URL that each leads to. */
  readonly target: string;
  /** Calls it off. */
  readonly signal: AbortSignal;
}

/** Requests at a time. */
const AT_ONCE = 32;

/** How long a rung has for taking a link, in ms: it may just have been healed. */
const TAKEN_WITHIN_MS = 30_000;
const RETRY_MS = 250;

/**
 * Makes links by the API, which is there at every rung, from several addresses in turn.
 *
 * @returns where each leads, by its code
 * @throws Error where the rung does not take them, or the signal says so
 */
export async function makeLinks(
  url: string,
  addresses: readonly string[],
  { count, target, signal }: LinksOptions,
): Promise<ReadonlyMap<string, string>> {
  const clients = addresses.map((localAddress) => createClient(url, { localAddress }));
  const links = new Map<string, string>();
  let begun = 0;

  async function make(number: number, deadline: number): Promise<void> {
    const leadsTo = `${target}/${number}`;
    const code = await clients[number % clients.length]
      ?.ask({ kind: 'create', url: leadsTo }, TIMEOUT_MS)
      .then(madeCode)
      .catch(() => undefined);
    if (code !== undefined) {
      links.set(code, leadsTo);
      return;
    }
    if (now() > deadline) {
      throw new Error(`The rung takes no links, after ${TAKEN_WITHIN_MS / 1_000} s.`);
    }
    await sleep(RETRY_MS);
    signal.throwIfAborted();
    return make(number, deadline);
  }

  async function makeSome(): Promise<void> {
    while (begun < count) {
      signal.throwIfAborted();
      begun += 1;
      await make(begun - 1, now() + TAKEN_WITHIN_MS);
    }
  }

  try {
    await Promise.all(Array.from({ length: AT_ONCE }, makeSome));
    return links;
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
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
