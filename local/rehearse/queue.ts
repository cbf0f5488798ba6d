/** The click queues of a running rung, seen from outside: by neither a server nor a worker. */
import type { SQS } from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS, type Queue } from '../parts/queue';

/** @throws Error where it does not answer */
export async function send(queue: Queue, bodies: readonly string[]): Promise<void> {
  await connected(queue, async (sqs) => {
    for (const body of bodies) {
      await sqs.sendMessage({ QueueUrl: queue.url, MessageBody: body });
    }
  });
}

/** Messages that are neither counted nor given up: waiting, being worked on, or put off. NaN where it does not answer. */
export async function waitingIn(queue: Queue): Promise<number> {
  try {
    const { Attributes = {} } = await connected(queue, (sqs) =>
      sqs.getQueueAttributes({ QueueUrl: queue.url, AttributeNames: ['All'] }),
    );
    return [
      Attributes.ApproximateNumberOfMessages,
      Attributes.ApproximateNumberOfMessagesNotVisible,
      Attributes.ApproximateNumberOfMessagesDelayed,
    ].reduce((sum, count) => sum + Number(count ?? 0), 0);
  } catch {
    return Number.NaN;
  }
}

async function connected<T>({ url }: Queue, work: (sqs: SQS) => Promise<T>): Promise<T> {
  // Loaded when it is needed: it takes longer than all else that a start loads.
  const sdk = await import('@aws-sdk/client-sqs');
  const sqs = new sdk.SQS({
    endpoint: new URL(url).origin,
    region: LOCAL_CREDENTIALS.AWS_REGION,
    credentials: {
      accessKeyId: LOCAL_CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: LOCAL_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
    maxAttempts: 1,
  });
  try {
    return await work(sqs);
  } finally {
    sqs.destroy();
  }
}
