import { LRUCache } from 'lru-cache';
import type { Cache } from '../adapters/cache/cache';
import type { Entry } from '../adapters/cache/entry';
import { MAX_DELETIONS, type DeletionReader } from '../adapters/database';
import type { Log } from '../adapters/log';

/** How often the database is asked, in ms: so much later than anybody a process hears of a deletion at most. */
const LOOK_INTERVAL_MS = 500;

/** How long the primary's last list counts as complete, in ms. */
const COMPLETE_FOR_MS = 2_000;

/**
 * By how much the list reaches further back than any entry lives, in ms: more than a replica lags that an entry was read
 * from, and more than the clocks of two database servers differ.
 */
const SLACK_MS = 60_000;

/** Which links were deleted lately, whatever the cache says of them. */
export interface Deletions {
  /** The entry, or, where it is older than the link's deletion, that deletion. */
  correct(code: string, entry: Entry): Entry;
  /** Whether the list has been read at all: until then, what is cached may lead to what was deleted. */
  isKnown(): boolean;
  /** Whether the primary has listed all deletions until a moment ago. */
  isComplete(): boolean;
  /** This process has just deleted a link. Resolves when the cache and the other servers were told. Never rejects. */
  add(code: string, version: number): Promise<void>;
  /** Hears of each deletion that the database lists, once. */
  onNew(listener: (code: string) => void): void;
  /** Reads the list from now on; resolves after the first attempt. Never rejects. */
  start(): Promise<void>;
  stop(): void;
}

export interface DeletionOptions {
  readonly reader: DeletionReader;
  readonly cache: Pick<Cache, 'put' | 'markDeleted' | 'longestLifetime'>;
  readonly log: Log;
}

/**
 * A cache may lose what it was told, be told too late, or by a process that ends before. The database forgets no deletion, so
 * every process keeps the list of those that are younger than any entry, and believes it rather than an entry or a
 * replica's row. It also tells the cache, for as long as that has not taken it.
 */
export function createDeletions({ reader, cache, log }: DeletionOptions): Deletions {
  const window = cache.longestLifetime + SLACK_MS;
  const bounds = { max: MAX_DELETIONS, ttl: window };
  const known = new LRUCache<string, number>(bounds);
  const pending = new LRUCache<string, number>(bounds);
  const listeners: ((code: string) => void)[] = [];
  let isKnown = false;
  let completeAt = -Infinity;
  let isFailing = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const startedAt = performance.now();
    try {
      const { value, confirmed } = await reader.deletions(window);
      // The latest last: they are dropped last.
      [...value].reverse().forEach(({ code, version }) => {
        learn(code, version);
      });
      isKnown = true;
      completeAt = confirmed ? startedAt : completeAt;
      isFailing = false;
    } catch (error) {
      if (!isFailing) {
        log.warn({ err: error }, 'The database does not say which links were deleted; it is asked again.');
      }
      isFailing = true;
    }
  }

  function learn(code: string, version: number): void {
    if (!known.has(code)) {
      known.set(code, version);
      pending.set(code, version);
      listeners.forEach((listener) => {
        listener(code);
      });
    }
  }

  async function tell(): Promise<void> {
    for (const [code, version] of [...pending.entries()]) {
      if (!(await cache.put(code, { kind: 'deleted', version }, true))) {
        // The next one would fare no better.
        return;
      }
      pending.delete(code);
    }
  }

  function goOn(): void {
    if (!isStopped) {
      timer = setTimeout(() => void look().then(tell).then(goOn), LOOK_INTERVAL_MS).unref();
    }
  }

  return {
    correct(code, entry) {
      const version = known.get(code);
      return version === undefined || version <= entry.version ? entry : { kind: 'deleted', version };
    },
    isKnown: () => isKnown,
    isComplete: () => performance.now() - completeAt <= COMPLETE_FOR_MS,
    async add(code, version) {
      known.set(code, version);
      if (!(await cache.markDeleted(code, version))) {
        pending.set(code, version);
      }
    },
    onNew(listener) {
      listeners.push(listener);
    },
    async start() {
      await look();
      void tell().then(goOn);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
