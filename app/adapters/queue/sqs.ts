import { queueAddress } from '../../../contract/queue-address';
import type { Connection } from './send';

/** A client of SQS; it opens no connection before its first request. */
export async function openSqs(queueUrl: string): Promise<Connection> {
  const { SQSClient, SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({ ...queueAddress(queueUrl), maxAttempts: 1 });
  return {
    async send(bodies) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: bodies.map((body, index) => ({ Id: String(index), MessageBody: body })),
        }),
      );
      return Failed.flatMap(({ Id }) => bodies[Number(Id)] ?? []);
    },
    close() {
      client.destroy();
    },
  };
}
