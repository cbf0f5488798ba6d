import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS, startQueue, type Queue } from '../../local/parts/queue';
import { familyOf, running, settles, until } from './support';

Object.assign(process.env, LOCAL_CREDENTIALS);

const clients = new Map<string, SQSClient>();
const started: Queue[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((queue) => queue.stop()));
});

afterAll(() => {
  clients.forEach((client) => {
    client.destroy();
  });
});

/** For the queue's own address: the SDK warns of any other. */
function clientOf(queueUrl: string): SQSClient {
  const { origin: endpoint } = new URL(queueUrl);
  const client = clients.get(endpoint) ?? new SQSClient({ endpoint, maxAttempts: 1 });
  clients.set(endpoint, client);
  return client;
}

async function start(options: Parameters<typeof startQueue>[0] = {}): Promise<Queue> {
  const queue = await startQueue({ visibilityTimeout: 1, ...options });
  started.push(queue);
  return queue;
}

async function send(queue: Queue, body: string, delay = 0): Promise<void> {
  await clientOf(queue.url).send(
    new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body, DelaySeconds: delay }),
  );
}

async function receive(url: string, seconds = 3): Promise<readonly Message[]> {
  const { Messages = [] } = await clientOf(url).send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: seconds }),
  );
  return Messages;
}

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

describe('a queue on this machine', () => {
  test('delivers what it is sent, and not again once that is deleted', async () => {
    const queue = await start();
    await send(queue, 'hello');
    const [message] = await receive(queue.url);
    await clientOf(queue.url).send(
      new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: message?.ReceiptHandle ?? '' }),
    );
    expect(message?.Body).toBe('hello');
    expect(await receive(queue.url, 2)).toEqual([]);
  });

  test('delivers again what is not deleted within the visibility timeout', async () => {
    const queue = await start();
    await send(queue, 'hello');
    const first = await receive(queue.url);
    expect(await receive(queue.url, 0)).toEqual([]);
    expect(bodies([...first, ...(await receive(queue.url))])).toStrictEqual(['hello', 'hello']);
  });

  test('moves what is delivered too often to the dead-letter queue, untouched', async () => {
    const queue = await start({ maxReceiveCount: 2 });
    await send(queue, 'poison');
    expect(bodies(await receive(queue.url))).toStrictEqual(['poison']);
    expect(bodies(await receive(queue.url))).toStrictEqual(['poison']);
    expect(bodies(await receive(queue.url, 2))).toStrictEqual([]);
    expect(bodies(await receive(queue.deadLetterUrl))).toStrictEqual(['poison']);
  });

  test('holds a message back for as long as it is told', async () => {
    const queue = await start();
    await send(queue, 'later', 1);
    expect(await receive(queue.url, 0)).toEqual([]);
    expect(bodies(await receive(queue.url))).toStrictEqual(['later']);
  });

  test('accepts requests while frozen and answers none, until it is thawed', async () => {
    const queue = await start();
    await queue.freeze();
    const sending = send(queue, 'hello');
    expect(await settles(sending, 300)).toBe(false);
    await queue.thaw();
    await sending;
    expect(bodies(await receive(queue.url))).toStrictEqual(['hello']);
  });

  test('refuses requests once killed, and comes back empty on the same port', async () => {
    const queue = await start();
    await send(queue, 'lost');
    await queue.kill();
    // A connection that was kept open learns of the end first.
    await expect(send(queue, 'refused')).rejects.toThrow(/ECONNREFUSED|socket hang up/);
    await queue.restart();
    expect(await receive(queue.url, 0)).toEqual([]);
  });

  test('leaves no process once stopped', async () => {
    const queue = await start();
    const processes = familyOf(queue.pid);
    await queue.stop();
    await until(() => running(processes).length === 0);
    expect(running(processes)).toEqual([]);
  });
});
