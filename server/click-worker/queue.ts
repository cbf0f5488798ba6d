import type { Log } from '../../lambda/log';
import type { Hold } from './hold';
import { BACKOFF, pause } from './pause';

/** What a consumer of any kind is given. */
export interface Reading {
  readonly hold: Hold;
  readonly log: Log;
  /** Ends it in good order: what is being counted is finished, the rest given back. */
  readonly signal: AbortSignal;
}

/**
 * Reads a queue until the signal comes; a batch is off the queue when it is committed, and not before.
 *
 * @throws Error where the connection was lost, or none could be made
 */
export type ReadQueue = (reading: Reading) => Promise<void>;

/** How many messages are counted together at most: some thousand clicks in one transaction. */
export const MOST_MESSAGES = 300;

/** How long messages wait for others to be counted with, in ms. */
export const GATHER_MS = 250;

/** What tells that a worker reads its queue; tests and laboratory wait for it. */
export const READS = 'The click worker reads the queue.';

/** A connection that lasted for so long, in ms, was a good one: the next failure is the first again. */
const LASTED_MS = 60_000;

/** Reads again after each failure, until the signal comes. Never rejects. */
export async function readUntilStopped(read: ReadQueue, reading: Reading): Promise<void> {
  const { log, signal } = reading;
  for (let failures = 0; !signal.aborted;) {
    const started = performance.now();
    try {
      await read(reading);
    } catch (error) {
      failures = performance.now() - started > LASTED_MS ? 1 : failures + 1;
      log.warn({ err: error, failures }, 'The queue is away; the worker connects again.');
      await pause(failures, BACKOFF, signal);
    }
  }
}
