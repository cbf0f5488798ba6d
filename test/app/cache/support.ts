/** What the cache's tests share: caches that are closed after the test, and application servers over one. */
import type { AddressInfo } from 'node:net';
import { parseCacheUrl } from '../../../app/adapters/cache/address';
import type { Cache } from '../../../app/adapters/cache/cache';
import { openCache } from '../../../app/adapters/cache/valkey';
import type { Database, StoredLink } from '../../../app/adapters/database';
import type { Log } from '../../../app/adapters/log';
import { createApp, silent, storedLink } from '../support';

const TTL_SECONDS = 300;

/** Ends things in the reverse order of their beginnings. */
export function createEnds() {
  const ends: (() => unknown)[] = [];
  return {
    add(end: () => unknown) {
      ends.push(end);
    },
    async run() {
      for (const end of ends.splice(0).reverse()) {
        await end();
      }
    },
  };
}

export type Ends = ReturnType<typeof createEnds>;

export async function openCacheAt(
  url: string,
  ends: Ends,
  { log = silent, ttlSeconds = TTL_SECONDS }: { readonly log?: Log; readonly ttlSeconds?: number } = {},
): Promise<Cache> {
  const address = parseCacheUrl(url);
  if (address === undefined) {
    throw new Error(`not a cache's address: ${url}`);
  }
  const cache = await openCache({ address, ttlSeconds, log });
  ends.add(() => {
    cache.close();
  });
  return cache;
}

/** A server of the application; resolves with where it is reached. */
export async function startApplication(
  database: Database,
  cache: Cache | undefined,
  ends: Ends,
): Promise<string> {
  const { app, services } = createApp(database, { cache });
  await services.deletions?.start();
  ends.add(() => services.deletions?.stop());
  await app.listen({ port: 0, host: '127.0.0.1' });
  ends.add(() => app.close());
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  const { port } = app.server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

export const linkTo = (code: string): StoredLink => storedLink(code, `https://example.com/${code}`);

/** A database in memory that counts who reads; it holds what is in `rows`, or any code without them. */
export function createDatabase(rows?: Map<string, StoredLink>) {
  const reads: string[] = [];
  const database: Database = {
    links: {
      find: async (code) => {
        reads.push(code);
        await new Promise((resolve) => setTimeout(resolve, 2));
        const value = rows === undefined ? linkTo(code) : rows.get(code);
        return { value, source: 'primary', confirmed: true };
      },
      insert: ({ code, url, expiresAt }) => {
        const link = { ...linkTo(code), url, expiresAt };
        rows?.set(code, link);
        return Promise.resolve({ kind: 'created', link });
      },
      replay: () => Promise.resolve(undefined),
      markDeleted: (code) => {
        rows?.set(code, { ...linkTo(code), deletedAt: new Date(), version: 2 });
        return Promise.resolve({ version: 2 });
      },
      addClicks: () => Promise.resolve(),
      deletions: () => {
        const deleted = [...(rows?.values() ?? [])].filter(({ deletedAt }) => deletedAt !== null);
        return Promise.resolve({ value: deleted, source: 'primary', confirmed: true });
      },
    },
    health: { canRead: () => Promise.resolve(), canWrite: () => Promise.resolve(true) },
    close: () => Promise.resolve(),
  };
  return { database, reads };
}

export const moment = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
