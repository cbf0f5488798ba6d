/** Real queues: filled, and looked into without receiving anything. */
import { SQSClient, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS, type Queue } from '../../../local/parts/queue';

Object.assign(process.env, LOCAL_CREDENTIALS);

/** Sends messages ten at a time; `fetch` would do, but the SDK's own protocol is what is used in earnest. */
export async function sendAll(queue: Queue, bodies: readonly string[]): Promise<void> {
  const sqs = new SQSClient({ endpoint: new URL(queue.url).origin });
  for (let start = 0; start < bodies.length; start += 10) {
    const Entries = bodies
      .slice(start, start + 10)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
  }
  sqs.destroy();
}

interface Inspected {
  readonly messages: {
    readonly ready: readonly { readonly body: string }[];
    readonly delayed: readonly { readonly body: string }[];
    readonly inflight: readonly { readonly message: { readonly body: string } }[];
  };
}

/** The bodies of all messages in a queue, also of those that are delayed or being worked on. */
export async function messagesIn(queue: Queue, url = queue.url): Promise<readonly string[]> {
  const { ready, delayed, inflight } = await inspect(queue, url);
  return [...ready, ...delayed, ...inflight.map(({ message }) => message)].map(({ body }) => body);
}

/** How many messages in a queue were passed on to it, to be counted later. */
export async function passedOnTo(queue: Queue): Promise<number> {
  return (await inspect(queue, queue.url)).delayed.length;
}

async function inspect(queue: Queue, url: string): Promise<Inspected['messages']> {
  const name = new URL(url).pathname.split('/').at(-1) ?? '';
  const response = await fetch(`http://127.0.0.1:${queue.port}/_fauxqs/queues/${name}`);
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- fauxqs's own answer, of a documented shape
  return ((await response.json()) as Inspected).messages;
}
