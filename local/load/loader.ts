/** The process that makes load, from the side of the one that wants it; and where clients come from. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { compile } from '../parts/compile';
import type { Load, Numbers, Request, TimedLoad } from './requests';

/** What became of a load that ends by itself. */
export interface TimedDone extends Numbers {
  /** Whether it was ended before all requests were sent and answered. */
  readonly isCutShort: boolean;
  /** That users received, headers included. */
  readonly bytes: number;
  /** From the first request until the last answer. */
  readonly seconds: number;
  /** Processor time of the load itself, in seconds. */
  readonly processorSeconds: number;
}

/** What is sent to the process. */
export type Order =
  | { readonly order: 'run'; readonly load: TimedLoad }
  | { readonly order: 'begin'; readonly load: Load }
  | { readonly order: 'end' };

/** What it answers: that it stands ready, and what became of a load. */
export type Report =
  | { readonly report: 'ready' }
  | { readonly report: 'numbers'; readonly numbers: TimedDone }
  | { readonly report: 'requests'; readonly requests: readonly Request[] };

export interface Loader {
  /** Resolves when the last request has ended. @throws Error where the process ends, or was called off */
  run(load: TimedLoad): Promise<TimedDone>;
  /** One that goes on until it is ended. */
  begin(load: Load): void;
  /** No further request is sent; resolves with all of them once the last one has ended. */
  end(): Promise<readonly Request[]>;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts it; it ends with this process, however that ends. @param signal calls off what is waited for */
export async function startLoader(signal = new AbortController().signal): Promise<Loader> {
  const program = await compile(join(__dirname, 'load-process.ts'));
  // From its standard input; the name is for those who look at what runs.
  const child = spawn(process.execPath, ['-', 'load-process'], {
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  child.stdin?.end(program);
  const gone = once(child, 'exit');
  const next = async (order?: Order): Promise<Report> => {
    const said: Promise<unknown[]> = once(child, 'message', { signal });
    if (order !== undefined) {
      child.send(order);
    }
    const [message] = await Promise.race([
      said,
      gone.then(() => {
        throw new Error('The process that makes load has ended.');
      }),
    ]);
    return isReport(message) ? message : next();
  };
  await next();
  return {
    async run(load) {
      const said = await next({ order: 'run', load });
      if (said.report !== 'numbers') {
        throw new Error('The process that makes load has begun anew.');
      }
      return said.numbers;
    },
    begin: (load) => {
      child.send({ order: 'begin', load } satisfies Order);
    },
    async end() {
      const said = await next({ order: 'end' });
      return said.report === 'requests' ? said.requests : [];
    },
    stop: async () => {
      child.disconnect();
      await gone;
    },
  };
}

/** What comes from another process has no type of its own. */
function isReport(message: unknown): message is Report {
  return typeof message === 'object' && message !== null && 'report' in message;
}

/**
 * Addresses of this machine that a client can come from: many on Linux, elsewhere one unless more were added.
 *
 * @param wanted 253 at most
 */
export async function clientAddresses(wanted: number): Promise<readonly string[]> {
  const addresses = Array.from({ length: wanted }, (_, index) => `127.0.0.${index + 2}`);
  const usable = await Promise.all(addresses.map(isOurs));
  const ours = addresses.filter((_, index) => usable[index]);
  return ours.length === 0 ? ['127.0.0.1'] : ours;
}

async function isOurs(address: string): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(0, address), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
