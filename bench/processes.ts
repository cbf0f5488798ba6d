/** Servers under measurement, what their links are, and what they use. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleServer } from '../lib/constructs/compute/bundle';
import { connected } from '../local/parts/postgres';
import { freePort } from '../local/parts/ports';
import { NOT_GIVEN } from '../local/settings';
import { NODE_FLAGS } from '../server/node-flags';
import { treeSeconds } from './ladder/processor-time';
import { pinned, type Load } from './wrk';

export const ROOT = resolve(__dirname, '..');

/** A server under measurement, alone on processor 0 where the machine can pin. */
export interface Server {
  readonly url: string;
  /** Resident memory in MB (10⁶ bytes). */
  residentMegabytes(): number;
  /** Processor time used so far, in seconds. */
  processorSeconds(): number;
  stop(): Promise<void>;
}

/** What a measurement starts; all of it is ended with it. */
export interface Bench {
  /** A temporary folder. */
  readonly folder: string;
  /** Waits for something that was started, and ends it at the end, the last one first. */
  readonly started: <P extends { stop(): Promise<unknown> }>(starting: Promise<P>) => Promise<P>;
}

/** Runs a measurement, and ends all that it has started, however it ends. */
export async function withBench<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-bench-'));
  const stops: (() => Promise<unknown>)[] = [];
  try {
    return await work({
      folder,
      started: async (starting) => {
        const part = await starting;
        stops.unshift(() => part.stop());
        return part;
      },
    });
  } finally {
    for (const stop of stops) {
      await stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bundles the application, or another entry, as servers run it. @returns the file that Node runs */
export function bundle(folder: string, name: string, entry?: string): string {
  const target = join(folder, name);
  mkdirSync(target);
  bundleServer({ root: ROOT, entry, folder: target });
  return join(target, 'server.js');
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
    await sleep(50);
  }
  return {
    url,
    residentMegabytes: () => residentBytes(pid) / 1e6,
    processorSeconds: () => treeSeconds([pid])[0] ?? 0,
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

function residentBytes(pid: number): number {
  if (process.platform === 'linux') {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  }
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) * 1024;
}

/** Links `bench000001` … in a database whose servers have started. @param made how many of them there are already */
export async function makeLinks(url: string, count: number, made = 0): Promise<void> {
  await connected({ url }, async (client) => {
    await client.query(
      `INSERT INTO links (code, url, alias)
       SELECT 'bench' || lpad(n::text, greatest(6, length(n::text)), '0'), 'https://example.com/' || n, false FROM generate_series($2::int + 1, $1::int) AS n`,
      [count, made],
    );
    await client.query('VACUUM ANALYZE links');
  });
}

/** @param rank from 1 */
export function codeOf(rank: number): string {
  return `bench${String(rank).padStart(6, '0')}`;
}
