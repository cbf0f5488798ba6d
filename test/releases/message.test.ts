/** The click message across versions: during a deployment released workers meet today's messages, and the reverse. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  CLICK_MESSAGE_VERSION,
  decodeClickMessage,
  encodeClickMessage,
  toMessageClicks,
} from '../../contract/click-message';
import { createDatabase } from '../../lambda/click-worker/database';
import { createWorker } from '../../lambda/click-worker/worker';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { LOCAL_CREDENTIALS, startQueue, type Queue } from '../../local/parts/queue';
import { startServer, temporaryFolder } from '../app/support';
import { codeOf, countsIn, newClick, prepareDatabase, silent } from '../lambda/click-worker/support';
import { ROOT } from '../support/synthesize';
import { releases, unpack } from './archive';

/** What a bundle leaves to its surroundings it finds among the project's packages. */
const SURROUNDINGS = { NODE_PATH: join(ROOT, 'node_modules'), ...LOCAL_CREDENTIALS };

/** Calls the bundle's handler with an event, both given as arguments, and ends its output with the answer. */
const CALL = `require(process.argv[1]).handler(JSON.parse(process.argv[2])).then((answer) => {
  process.stdout.write('\\n' + JSON.stringify(answer), () => process.exit(0));
});`;

const LINKS = 20;

let postgres: Postgres;
let queue: Queue;
beforeAll(async () => {
  [postgres, queue] = await Promise.all([startPostgres(), startQueue()]);
  await prepareDatabase(postgres.url, LINKS);
});
afterAll(() => Promise.all([postgres.stop(), queue.stop()]));

describe.each(releases())('of version %s', (version) => {
  const folder = temporaryFolder();
  let sent: string;
  beforeAll(async () => {
    unpack(version, 'server', join(folder.path, 'server'));
    unpack(version, 'click-worker', join(folder.path, 'worker'));
    sent = await messageOf(join(folder.path, 'server', 'server.js'));
  });
  afterAll(() => {
    folder.remove();
  });

  it('a released server’s message is counted by today’s worker', () => {
    expect(decodeClickMessage(sent)).toMatchObject({ kind: 'clicks' });
  });

  it('a released worker counts today’s message, or where its version is newer leaves it to the dead-letter queue', async () => {
    const body = encodeClickMessage([newClick(codeOf(0), 7)]);
    const before = (await countsIn(postgres.url)).get(codeOf(0)) ?? 0;
    const known = versionOf(sent) === CLICK_MESSAGE_VERSION;
    expect(await callReleased([body])).toEqual({
      batchItemFailures: known ? [] : [{ itemIdentifier: '0' }],
    });
    expect((await countsIn(postgres.url)).get(codeOf(0)) ?? 0).toBe(before + (known ? 7 : 0));
  });

  it('a released worker and today’s count each click once, whichever of them gets it, how often, and at once', async () => {
    const before = await countsIn(postgres.url);
    const counts = new Map(Array.from({ length: LINKS }, (_, index) => [codeOf(index), index + 1]));
    const messages = Array.from({ length: 12 }, () =>
      encodeClickMessage(toMessageClicks({ id: newClick('').id, counts })),
    );
    const known = versionOf(sent) === CLICK_MESSAGE_VERSION;
    const failed = await Promise.all([
      callReleased(messages.slice(0, 8)),
      callToday(messages.slice(4).toReversed()),
      callToday(messages.slice(2, 10)),
    ]);
    const batchItemFailures = known
      ? []
      : messages.slice(0, 8).map((_, index) => ({ itemIdentifier: String(index) }));
    expect(failed).toEqual([{ batchItemFailures }, [], []]);
    await callReleased(messages);
    expect(await callToday(messages)).toEqual([]);
    expect(await countsIn(postgres.url)).toEqual(
      new Map([...counts].map(([code, count]) => [code, (before.get(code) ?? 0) + messages.length * count])),
    );
  });

  async function callReleased(bodies: readonly string[]): Promise<unknown> {
    const Records = bodies.map((body, index) => ({ messageId: String(index), body }));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['-e', CALL, join(folder.path, 'worker', 'index.js'), JSON.stringify({ Records })],
      { env: { ...SURROUNDINGS, DATABASE_URL: postgres.url, CLICK_QUEUE_URL: queue.url } },
    );
    return JSON.parse(stdout.split('\n').at(-1) ?? '');
  }
});

/** Today's worker; it resolves with what it could not count. */
function callToday(bodies: readonly string[]): Promise<readonly string[]> {
  const work = createWorker({
    counter: createDatabase({ urls: [postgres.url], secretArn: undefined }),
    passOn: (messages) => Promise.resolve(messages),
    log: silent,
    now: () => Date.now(),
  });
  return work(bodies.map((body, index) => ({ id: String(index), body })));
}

/** What a released server sends to the queue when a link is followed. */
async function messageOf(bundle: string): Promise<string> {
  const server = await startServer(
    { ...SURROUNDINGS, DATABASE_URL: postgres.url, CLICK_QUEUE_URL: queue.url },
    bundle,
  );
  await fetch(`${server.url}/${codeOf(0)}`, { redirect: 'manual' });
  server.child.kill('SIGTERM');
  await server.ended;
  const client = new SQSClient({
    endpoint: new URL(queue.url).origin,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 5 }),
  );
  client.destroy();
  return Messages[0]?.Body ?? '';
}

function versionOf(body: string): unknown {
  const message: unknown = JSON.parse(body);
  return typeof message === 'object' && message !== null && 'version' in message
    ? message.version
    : undefined;
}
