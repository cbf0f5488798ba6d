/**
 * The click worker on this machine, in a process of its own, so that it can be killed in the middle of a batch. Of RabbitMQ
 * and Kafka it is the process that runs on servers. Of SQS it is Lambda's handler, and what Lambda's event source mapping
 * does around it: like an execution environment of Lambda it works on one batch at a time, and as many as are started is
 * the mapping's `MaximumConcurrency`.
 */
import { join } from 'node:path';
import { readQueueUrl } from '../../contract/click-queue';
import type { WorkerSettings } from '../../contract/click-worker';
import { READS } from '../../server/click-worker/queue';
import { superviseNode } from './node-process';
import { LOCAL_CREDENTIALS } from './queue';
import type { Part } from './supervised';

/** It listens nowhere. */
export interface Worker extends Part {
  readonly port?: undefined;
}

/**
 * Starts a worker; resolves when it reads its queue.
 *
 * @param settings as infrastructure sets them
 * @throws Error with the end of its log when it does not start.
 */
export function startWorker(settings: WorkerSettings): Promise<Worker> {
  const isLambdas = readQueueUrl(settings.CLICK_QUEUE_URL ?? '')?.kind === 'sqs';
  return superviseNode({
    name: 'Worker',
    ...(isLambdas
      ? { file: join(__dirname, 'worker-process.ts'), serves: /^The worker is polling/ }
      : { file: join(__dirname, '../../server/click-worker/main.ts'), serves: new RegExp(READS) }),
    environment: { ...LOCAL_CREDENTIALS, ...settings },
  });
}
