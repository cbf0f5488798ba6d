/**
 * The click worker on this machine: Lambda's handler, and what Lambda's event source mapping does around it, in a
 * process of its own, so that it can be killed in the middle of a batch. Like an execution environment of Lambda it
 * works on one batch at a time: as many as are started is the mapping's `MaximumConcurrency`.
 */
import { join } from 'node:path';
import type { WorkerSettings } from '../../contract/click-worker';
import { superviseNode } from './node-process';
import { LOCAL_CREDENTIALS } from './queue';
import type { Part } from './supervised';

/** It listens nowhere. */
export interface Worker extends Part {
  readonly port?: undefined;
}

/**
 * Starts a worker; resolves when it polls its queue.
 *
 * @param settings as infrastructure sets them
 * @throws Error with the end of its log when it does not start.
 */
export function startWorker(settings: WorkerSettings): Promise<Worker> {
  return superviseNode({
    name: 'Worker',
    file: join(__dirname, 'worker-process.ts'),
    environment: { ...LOCAL_CREDENTIALS, ...settings },
    serves: /^The worker is polling/,
  });
}
