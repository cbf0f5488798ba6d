/**
 * The click worker on this machine: Lambda's handler, and what Lambda's event source mapping does around it, in a
 * process of its own, so that it can be killed in the middle of a batch.
 */
import { join } from 'node:path';
import type { WorkerSettings } from '../../contract/click-worker';
import { superviseNode } from './node-process';
import { LOCAL_CREDENTIALS } from './queue';
import type { Part } from './supervised';

export interface WorkerOptions {
  /** As infrastructure sets them. */
  readonly settings: WorkerSettings;
  /** How many batches are worked on at a time (Lambda's `MaximumConcurrency`). Default 2, Lambda's least. */
  readonly concurrency?: number;
}

/**
 * Starts the worker; resolves when it polls its queue.
 *
 * @throws Error with the end of its log when it does not start.
 */
export function startWorker({ settings, concurrency = 2 }: WorkerOptions): Promise<Part> {
  return superviseNode({
    name: 'Worker',
    file: join(__dirname, 'worker-process.ts'),
    environment: { ...LOCAL_CREDENTIALS, ...settings, CONCURRENCY: String(concurrency) },
    serves: /^The worker is polling/,
  });
}
