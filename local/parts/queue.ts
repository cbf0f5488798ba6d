/**
 * A server on this machine that speaks SQS (npm's fauxqs), with the click queue and its dead-letter queue: at rung 8.
 * Its messages are in memory only, which SQS's are not: killed or restarted, it comes back with both queues empty.
 */
import { join } from 'node:path';
import { superviseNode } from './node-process';
import { onPort } from './ports';
import type { Part } from './supervised';

export interface QueueOptions {
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** How long a message that was delivered and not deleted stays hidden, in seconds. Default 30, SQS's own. */
  readonly visibilityTimeout?: number;
  /** How often a message is delivered before it goes to the dead-letter queue. Default 5. */
  readonly maxReceiveCount?: number;
}

export interface Queue extends Part {
  readonly queue: 'sqs';
  readonly url: string;
  readonly deadLetterUrl: string;
  readonly port: number;
}

/** What the AWS SDK must find in its environment to talk to a queue on this machine: any credentials. */
export const LOCAL_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_REGION: 'us-east-1',
} as const;

/**
 * Starts the server on 127.0.0.1; resolves when both queues are there.
 *
 * @throws Error with the end of its log when it does not start.
 */
export function startQueue(options: QueueOptions = {}): Promise<Queue> {
  return onPort(options.port, async (port) => {
    const part = await superviseNode({
      name: 'Queue',
      file: join(__dirname, 'queue-server.ts'),
      environment: {
        PORT: String(port),
        VISIBILITY_TIMEOUT: String(options.visibilityTimeout ?? 30),
        MAX_RECEIVE_COUNT: String(options.maxReceiveCount ?? 5),
      },
      serves: /^The queue is serving/,
    });
    const urlOf = (name: string) => `http://127.0.0.1:${port}/000000000000/${name}`;
    return Object.assign(part, {
      queue: 'sqs' as const,
      url: urlOf('clicks'),
      deadLetterUrl: urlOf('dead-clicks'),
      port,
    });
  });
}
