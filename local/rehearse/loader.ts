/** The process that makes load, from the side of the one that wants it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Load, Order, Report, Request } from './load';

export interface Loader {
  begin(load: Load): void;
  /** No further request is sent; resolves with all of them once the last one has ended. */
  end(): Promise<readonly Request[]>;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Limits per client let one address make 60 links a minute at each server: with these, ten a second, and some to begin with. */
const ADDRESSES = 40;

/** A process that does what it is told, and says what became of it. */
export interface OrderedProcess<Order, Report> {
  readonly tell: (order: Order) => void;
  /** The next thing that it says. @throws Error where it ends before */
  readonly next: () => Promise<Report>;
  /** Ends it; resolves when it is gone. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a TypeScript file in a process of its own, which ends with this one, however that ends: it has to exit when the
 * channel between the two closes.
 *
 * @param isReport what of its messages is meant for the one who started it
 */
export function startProcess<Order extends object, Report>(
  file: string,
  isReport: (message: unknown) => message is Report,
): OrderedProcess<Order, Report> {
  const child = fork(file, {
    execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const gone = once(child, 'exit');
  const next = async (): Promise<Report> => {
    const said: Promise<unknown[]> = once(child, 'message');
    const [message] = await Promise.race([
      said,
      gone.then(() => {
        throw new Error('The process that makes load has ended.');
      }),
    ]);
    return isReport(message) ? message : next();
  };
  return {
    tell: (order) => {
      child.send(order);
    },
    next,
    stop: async () => {
      child.disconnect();
      await gone;
    },
  };
}

/** Starts it; it ends with this process, however that ends. */
export async function startLoader(): Promise<Loader> {
  const { tell, next, stop } = startProcess<Order, Report>(join(__dirname, 'load-process.ts'), isReport);
  await next();
  return {
    begin: (load) => {
      tell({ order: 'begin', load });
    },
    async end() {
      const said = next();
      tell({ order: 'end' });
      const report = await said;
      return report.report === 'done' ? report.requests : [];
    },
    stop,
  };
}

function isReport(message: unknown): message is Report {
  return typeof message === 'object' && message !== null && 'report' in message;
}

/**
 * Addresses of this machine that a client can come from: many on Linux, elsewhere one unless somebody has added more.
 *
 * @param wanted 253 at most
 */
export async function clientAddresses(wanted = ADDRESSES): Promise<readonly string[]> {
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
