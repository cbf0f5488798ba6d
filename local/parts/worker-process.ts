/**
 * The process behind `startWorker`. Like an event source mapping it receives up to ten messages, calls the handler, and
 * deletes what did not fail; what failed is delivered again once its visibility timeout is over.
 */
import { setTimeout } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { endedBy } from '../../contract/ended-by';
import { handler } from '../../lambda/click-worker/handler';

const { CLICK_QUEUE_URL: queueUrl = '' } = process.env;

/** Long polling, in seconds: SQS's most is 20. */
const WAIT_SECONDS = 5;

/** For a request that is not answered, beyond its long poll, in ms. */
const TIMEOUT_MS = 3_000;

/** Before a queue that does not answer is asked again, in ms. */
const RETRY_MS = 200;

const stopping = new AbortController();
const sqs = new SQSClient({ endpoint: new URL(queueUrl).origin, maxAttempts: 1 });

async function poll(): Promise<void> {
  const receive = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: WAIT_SECONDS,
  });
  const { Messages = [] } = await endedBy(
    [stopping.signal],
    (abortSignal) => sqs.send(receive, { abortSignal }),
    WAIT_SECONDS * 1_000 + TIMEOUT_MS,
  );
  if (Messages.length === 0) {
    return;
  }
  const { batchItemFailures } = await handler({ Records: Messages.map(toRecord) });
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const done = Messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
  if (done.length > 0) {
    const Entries = done.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

async function pollUntilStopped(): Promise<void> {
  while (!stopping.signal.aborted) {
    await poll().catch(async (error: unknown) => {
      if (!stopping.signal.aborted) {
        console.error(error);
        await setTimeout(RETRY_MS);
      }
    });
  }
}

function toRecord({ MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '' }: Message): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    md5OfBody: MD5OfBody,
    attributes: {
      ApproximateReceiveCount: '',
      SentTimestamp: '',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '',
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}

process.on('SIGTERM', () => {
  stopping.abort();
});
console.log('The worker is polling.');
pollUntilStopped().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
