import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WRK, find } from '../local/machine';

/** Connections kept busy as a rule, and seconds a run takes. */
const CONNECTIONS = 64;
const SECONDS = 3;

/** What one run of the load saw. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Milliseconds: number;
}

interface LoadOptions {
  /** A wrk script that makes the requests, with its arguments. @default - the URL alone */
  readonly script?: { readonly file: string; readonly arguments: readonly string[] };
  /** Kept busy. @default 64 */
  readonly connections?: number;
}

/**
 * Loads one URL, or what a script makes of it, with wrk on a core of its own, where the machine can pin.
 *
 * @throws Error where wrk fails, or where any answer was not a success or a redirect.
 */
export async function load(
  url: string,
  { script, connections = CONNECTIONS }: LoadOptions = {},
): Promise<Load> {
  const wrk = find(WRK) ?? WRK.name;
  const command = [
    ...[wrk, '-t1', `-c${connections}`, `-d${SECONDS}s`, '--latency'],
    ...(script === undefined ? [url] : ['-s', join(__dirname, script.file), url, '--', ...script.arguments]),
  ];
  const [program, ...args] = pinned(1, command);
  const { stdout } = await promisify(execFile)(program, args);
  if (stdout.includes('Non-2xx or 3xx') || stdout.includes('Socket errors')) {
    throw new Error(`The load on ${url} met errors:\n${stdout}`);
  }
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Milliseconds: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
  };
}

/** The command, bound to one processor where `taskset` can do that (Linux); unbound elsewhere. */
export function pinned(processor: number, command: readonly string[]): [string, ...string[]] {
  const canPin = spawnSync('taskset', ['-c', String(processor), 'true']).status === 0;
  const [program = '', ...args] = command;
  return canPin ? ['taskset', '-c', String(processor), program, ...args] : [program, ...args];
}

function milliseconds(match: RegExpExecArray | null): number {
  const factor = { us: 0.001, ms: 1, s: 1000 }[match?.[2] ?? 'ms'] ?? 1;
  return Number(match?.[1]) * factor;
}
