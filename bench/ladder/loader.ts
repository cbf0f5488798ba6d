/** The process that makes load on a rung, from the side of the one that measures. */
import { join } from 'node:path';
import { startProcess } from '../../local/rehearse/loader';
import type { Load, Meeting } from './mix';

export interface LoadDone extends Meeting {
  readonly report: 'done';
  /** Whether it was ended before all requests were sent and answered. */
  readonly isCutShort: boolean;
  /** From the first request until the last answer. */
  readonly seconds: number;
  /** Processor time of the load itself, in seconds. */
  readonly processorSeconds: number;
}

export interface Loader {
  /** Resolves when the last request has ended. @throws Error where the process ends, or the signal says so */
  run(load: Load): Promise<LoadDone>;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

type Report = { readonly report: 'ready' } | LoadDone;

/** Starts it; it ends with this process, however that ends. */
export async function startLoader(signal: AbortSignal): Promise<Loader> {
  const { tell, next, stop } = startProcess<Load, Report>(join(__dirname, 'load-process.ts'), isReport);
  const calledOff = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new DOMException('Called off.', 'AbortError'));
    });
  });
  // Whoever waits hears of it.
  calledOff.catch(() => undefined);
  await next();
  return {
    async run(load) {
      signal.throwIfAborted();
      const said = Promise.race([next(), calledOff]);
      tell(load);
      const report = await said;
      if (report.report !== 'done') {
        throw new Error('The process that makes load has begun anew.');
      }
      return report;
    },
    stop,
  };
}

function isReport(message: unknown): message is Report {
  return typeof message === 'object' && message !== null && 'report' in message;
}
