import type { SQSClient } from '@aws-sdk/client-sqs';
import { queueAddress } from '../../contract/queue-address';
import type { Send } from './pass-on';

/** How long a queue may take to answer, in ms. Of five data centers' queues, all could be silent within 10 s. */
const TIMEOUT_MS = 2_000;

/** Sends to queues of any region. The SDK is loaded at the first need, which in most invocations never comes. */
export function createSend(): Send {
  const clients = new Map<string, SQSClient>();
  return async (queueUrl, entries) => {
    const { SQSClient, SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
    const address = queueAddress(queueUrl);
    const client = clients.get(address.endpoint) ?? new SQSClient({ ...address, maxAttempts: 1 });
    clients.set(address.endpoint, client);
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: entries.map(({ id, body, delaySeconds }) => ({
          Id: id,
          MessageBody: body,
          DelaySeconds: delaySeconds,
        })),
      }),
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    return Failed.flatMap(({ Id }) => Id ?? []);
  };
}
