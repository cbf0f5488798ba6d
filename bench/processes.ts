import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { NOT_GIVEN } from '../local/settings';
import { NODE_FLAGS } from '../server/node-flags';
import { type Load, pinned } from './load';

/** A server under measurement, alone on processor 0 where the machine can pin. */
export interface Server {
  readonly url: string;
  /** Resident memory in MB (10⁶ bytes). */
  residentMegabytes(): number;
  /** Processor time used so far, in seconds. */
  processorSeconds(): number;
  stop(): Promise<void>;
}

/** The barest server that redirects: what all others are measured against. */
export function startBare(): Promise<Server> {
  return startServer(['--import', 'tsx', join(__dirname, 'baselines/bare-http.ts')], {});
}

/**
 * Starts a Node program that listens on `PORT`, with the flags of every server, and waits until it answers.
 *
 * @throws Error where it ends, or answers nothing within 30 s.
 */
export async function startServer(
  nodeArguments: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Server> {
  const port = await freePort();
  const [program, ...args] = pinned(0, [process.execPath, ...NODE_FLAGS, ...nodeArguments]);
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...NOT_GIVEN, NODE_ENV: 'production', ...settings, PORT: String(port) },
  });
  const url = `http://127.0.0.1:${port}`;
  const pid = child.pid ?? 0;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  };
  const deadline = Date.now() + 30_000;
  while ((await fetch(`${url}/healthz`, { redirect: 'manual' }).catch(() => undefined)) === undefined) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${nodeArguments.join(' ')} did not answer on ${url}.`);
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return {
    url,
    residentMegabytes: () => residentBytes(pid) / 1e6,
    processorSeconds: () => processorSeconds(pid),
    stop,
  };
}

/** What a server did in a run of the load. */
export interface Done extends Load {
  /** Requests in a second of its processor time: what else the machine does distorts it least. */
  readonly perProcessorSecond: number;
}

export async function measure(server: Server, run: () => Promise<Load>): Promise<Done> {
  const before = server.processorSeconds();
  const done = await run();
  return { ...done, perProcessorSecond: done.requests / (server.processorSeconds() - before) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('Expected a TCP address.');
  }
  return address.port;
}

function residentBytes(pid: number): number {
  if (process.platform === 'linux') {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  }
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) * 1024;
}

/** `ps` counts in hundredths of a second everywhere; Linux's own file does too, and costs no process. */
function processorSeconds(pid: number): number {
  if (process.platform === 'linux') {
    // After the name, which may hold spaces: user and system time are the 12th and 13th fields, 100 ticks a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  const time = spawnSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return time.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}
