import { setTimeout } from 'node:timers/promises';

/** In ms: the pause after the first failure, doubled with each further one up to the most. */
export interface Backoff {
  readonly first: number;
  readonly most: number;
}

/** Of a database or a queue that is away. */
export const BACKOFF: Backoff = { first: 500, most: 10_000 };

/** None before the first attempt. Jitter keeps many workers from coming back at once; the signal ends it early. */
export async function pause(failures: number, { first, most }: Backoff, until: AbortSignal): Promise<void> {
  const longest = failures === 0 ? 0 : Math.min(first * 2 ** (failures - 1), most);
  await setTimeout(longest * (0.5 + Math.random() / 2), undefined, { signal: until }).catch(() => undefined);
}

/** Resolves when the signal comes. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
