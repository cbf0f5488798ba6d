/** Deletions that the cache has not taken, tried again until it has. */
export interface Untold {
  add(code: string, version: number): void;
  /** How many wait. */
  size(): number;
  close(): void;
}

export interface UntoldOptions {
  /** True where the cache has taken it. */
  readonly tell: (code: string, version: number) => Promise<boolean>;
  /** For how long it is worth telling, in ms: as long as the cache may keep what is older. */
  readonly lifetime: number;
}

/** Bounds memory. People delete links one by one; of more, the oldest are given up, and live as long as their entries. */
const MAX_UNTOLD = 1_000;

const RETRY_INTERVAL_MS = 1_000;

/** A frozen cache keeps what it holds, and would lead to deleted links again once it thaws. */
export function createUntold({ tell, lifetime }: UntoldOptions): Untold {
  const waiting = new Map<string, { readonly version: number; readonly until: number }>();
  let timer: NodeJS.Timeout | undefined;

  async function tellAll(): Promise<void> {
    for (const [code, { version, until }] of waiting) {
      const isPast = performance.now() > until;
      if (!isPast && !(await tell(code, version))) {
        // The next one would fare no better.
        break;
      }
      waiting.delete(code);
    }
    timer = undefined;
    schedule();
  }

  function schedule(): void {
    if (timer === undefined && waiting.size > 0) {
      timer = setTimeout(() => void tellAll(), RETRY_INTERVAL_MS).unref();
    }
  }

  return {
    add(code, version) {
      const [oldest] = waiting.keys();
      if (oldest !== undefined && waiting.size >= MAX_UNTOLD) {
        waiting.delete(oldest);
      }
      waiting.set(code, { version, until: performance.now() + lifetime });
      schedule();
    },
    size: () => waiting.size,
    close() {
      waiting.clear();
      clearTimeout(timer);
    },
  };
}
