import { setTimeout as sleep } from 'node:timers/promises';

/** The carry-over's steps, in order. Their names are printed, and tests interrupt at each. */
export const STEPS = [
  'connect-target',
  'wait-turn',
  'check-target',
  'open-source',
  'inspect-source',
  'create-tables',
  'copy-rows',
  'add-constraints',
  'verify',
  'commit',
  'close-source',
] as const;

export type Step = (typeof STEPS)[number];

/** A log that stands still looks dead: during a boot it has a line at least this often, in ms. */
const HEARTBEAT_MS = 2000;

export function say(line: string): void {
  process.stdout.write(`carry-over ${line}\n`);
}

/**
 * Runs a step between a line at its start and one at its end; in between a line every two seconds says what `work`
 * last reported.
 */
export async function step<T>(
  name: Step,
  work: (report: (detail: string) => void) => Promise<T>,
): Promise<T> {
  const start = Date.now();
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  let detail = 'working';
  say(`${name}: started`);
  const heartbeat = setInterval(() => {
    say(`${name}: ${detail}, ${seconds()}`);
  }, HEARTBEAT_MS);
  try {
    const result = await work((text) => {
      detail = text;
    });
    say(`${name}: done, ${detail === 'working' ? '' : `${detail}, `}${seconds()}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Waits 0.5–1.5 s: several servers that wait for the same thing should not ask in step. */
export async function pause(signal: AbortSignal): Promise<void> {
  await sleep(500 + Math.random() * 1000, undefined, { signal });
}
