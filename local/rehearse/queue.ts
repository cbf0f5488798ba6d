/** The click queues of a running rung, as somebody who is neither a server nor a worker sees them. */
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS, type Queue } from '../parts/queue';
import type { Part } from '../parts/supervised';
import type { RunningRung } from '../rung';
import { all } from './parts';

/** The nearest data center's first; none below rung 8. */
export function queuesOf(rung: RunningRung): readonly Queue[] {
  return all(rung, 'queue')
    .map(({ part }) => part)
    .filter(isQueue);
}

function isQueue(part: Part): part is Queue {
  return 'deadLetterUrl' in part;
}

/** @throws Error where there is no queue, or it does not answer */
export async function send(queue: Queue | undefined, bodies: readonly string[]): Promise<void> {
  if (queue === undefined) {
    throw new Error('There is no queue here.');
  }
  await connected(queue, async (sqs) => {
    for (const body of bodies) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body }));
    }
  });
}

/** Messages that are neither counted nor given up: waiting, being worked on, or put off. NaN where it does not answer. */
export async function waitingIn(queue: Queue): Promise<number> {
  try {
    const { Attributes = {} } = await connected(queue, (sqs) =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] })),
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

async function connected<T>({ url }: Queue, work: (sqs: SQSClient) => Promise<T>): Promise<T> {
  const sqs = new SQSClient({
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
