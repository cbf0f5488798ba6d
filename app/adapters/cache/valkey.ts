import type { Log } from '../log';
import type { CacheAddress } from './address';
import { createBreaker } from './breaker';
import type { Cache } from './cache';
import { createStore, read, readAll } from './commands';
import { keepConnected, loadClients, saysServerHasChanged, type Client } from './connection';
import { withDeadline } from '../deadline';
import { gather } from '../gather';
import { DELETIONS, type Entry } from './entry';

export interface CacheOptions {
  readonly address: CacheAddress;
  /** How long a link is kept, in seconds, on average. */
  readonly ttlSeconds: number;
  readonly log: Log;
}

/** How long a request waits for the cache, in ms: a hundred times what it takes, and less than anybody notices. */
const COMMAND_TIMEOUT_MS = 50;

/** How long a start waits for the cache, in ms, so that its first requests do not all go to the database. */
const CONNECT_PATIENCE_MS = 1_000;

/** Lifetimes are spread by this share to either side: what was stored together does not run out together. */
const JITTER = 0.1;

/**
 * How long an unknown code is kept, in ms: enough to hold a storm of one misspelt link off the database. A link made
 * under that code replaces it at once. As long what may be out of date, with the primary away.
 */
const BRIEF_TTL_MS = 1_500;

/** A deletion is kept as long as any older entry may live, and longer than any replica lags, in ms. */
const MIN_DELETED_TTL_MS = 60_000;

/** Valkey or Redis, one node or a cluster. Resolves whether it answers or not. */
export async function openCache({ address, ttlSeconds, log }: CacheOptions): Promise<Cache> {
  const open = await loadClients(address);
  const breaker = createBreaker({ clock: () => performance.now(), random: Math.random });
  const connection = keepConnected(open, () => undefined);
  const listeners: ((code: string) => void)[] = [];
  const subscription = keepConnected(open, (client) => {
    client.on('message', (_channel: string, code: string) => {
      listeners.forEach((listener) => {
        listener(code);
      });
    });
    client.subscribe(DELETIONS).catch(() => {
      subscription.renew();
    });
  });
  const store = createStore();
  const ttl = ttlSeconds * 1_000;
  const deletedTtl = Math.max(ttl * (1 + JITTER), MIN_DELETED_TTL_MS);
  const lifetimes: Readonly<Record<Entry['kind'], (isCertain: boolean) => number>> = {
    link: (isCertain) => jittered(isCertain ? ttl : Math.min(ttl, BRIEF_TTL_MS)),
    unknown: () => jittered(BRIEF_TTL_MS),
    // It is never unmarked.
    deleted: () => deletedTtl,
  };
  /** Calls that came to nothing since the breaker opened. */
  let unanswered = 0;

  /** Undefined where it is not made, fails or takes too long. */
  async function call<Result>(command: (client: Client) => Promise<Result>): Promise<Result | undefined> {
    const ticket = breaker.admit();
    if (ticket === undefined) {
      unanswered += 1;
      return undefined;
    }
    try {
      const client = connection.client();
      if (client === undefined) {
        throw new Error(`there is no connection: ${connection.trouble()}`);
      }
      const result = await withDeadline(command(client), COMMAND_TIMEOUT_MS);
      if (breaker.settle(ticket, true) === 'closed') {
        log.info({ unanswered }, 'The cache answers again.');
      }
      return result;
    } catch (error) {
      failed(ticket, error);
      return undefined;
    }
  }

  function failed(ticket: number, error: unknown): void {
    const change = breaker.settle(ticket, false);
    unanswered += 1;
    if (change === 'opened') {
      unanswered = 0;
      log.warn(
        { reason: describe(error, address) },
        'The cache does not answer; the database is asked instead.',
      );
    }
    if (change !== undefined || saysServerHasChanged(error)) {
      connection.renew();
    }
  }

  async function put(code: string, entry: Entry, isCertain: boolean): Promise<boolean> {
    const lifetime = lifetimes[entry.kind](isCertain);
    return (await call((client) => store(client, code, entry, lifetime))) === true;
  }

  const readOne = (code: string): Promise<Entry | undefined> => call((client) => read(client, code));
  const readTogether = gather<string, Entry>(
    async (codes) => (await call((client) => readAll(client, codes))) ?? new Map(),
  );

  await connection.settled(CONNECT_PATIENCE_MS);
  return {
    // In a cluster, codes lie in different slots: there the library sends to each node what it is asked in one turn.
    get: address.cluster ? readOne : readTogether,
    put,
    async markDeleted(code, version) {
      const isStored = await put(code, { kind: 'deleted', version }, true);
      if (isStored) {
        void call((client) => client.publish(DELETIONS, code));
      }
      return isStored;
    },
    longestLifetime: deletedTtl,
    onDeleted(listener) {
      listeners.push(listener);
    },
    close() {
      connection.close();
      subscription.close();
    },
  };
}

function jittered(lifetime: number): number {
  return lifetime * (1 - JITTER + 2 * JITTER * Math.random());
}

/** The message alone, without the password: the library's errors carry the command, and servers repeat what they were sent. */
function describe(error: unknown, { password = '' }: CacheAddress): string {
  const message = error instanceof Error ? error.message : String(error);
  return password === '' ? message : message.replaceAll(password, '…');
}
