/** Clocks of a rung's servers that can be set apart while they run. */
import { join } from 'node:path';
import type { Part } from '../parts/supervised';

/** Not `--import`: with that Node reads a bundle of several megabytes a second time, in search of what it exports. */
const PRELOADED = `--require ${JSON.stringify(join(__dirname, 'settable-clock.cjs'))}`;

/** Runs something whose Node processes, as long as they live, have a clock that {@link toggleClock} can set. */
export async function withClocks<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${before ?? ''} ${PRELOADED}`;
  try {
    return await work();
  } finally {
    if (before === undefined) {
      delete process.env['NODE_OPTIONS'];
    } else {
      process.env['NODE_OPTIONS'] = before;
    }
  }
}

/** Sets a server's clock an hour ahead; the second time, back. */
export function toggleClock({ pid }: Part): void {
  process.kill(pid, 'SIGUSR2');
}
