/** Clocks of a rung's servers that can be set apart while they run. */
import type { Part } from '../parts/supervised';

/** How far, in ms: more than any lifetime in the application that two machines compare. */
const AHEAD_MS = 3_600_000;

/**
 * What a server's process runs before its own code. Node tells the time by `Date` alone; timers go by a clock of their
 * own, as they do on a machine whose clock is set.
 */
const PRELOADED = `
let ahead = 0;
process.on('SIGUSR2', () => { ahead = ${AHEAD_MS} - ahead; });
const RealDate = Date;
globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) {
      super(RealDate.now() + ahead);
    } else {
      super(...given);
    }
  }
  static now() {
    return RealDate.now() + ahead;
  }
};
`;

/** Runs something whose Node processes, as long as they live, have a clock that {@link toggleClock} can set. */
export async function withClocks<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] =
    `${before ?? ''} --import=data:text/javascript,${encodeURIComponent(PRELOADED)}`;
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
