/** The click message across versions: during a deployment released workers meet today's messages, and the reverse. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CLICK_MESSAGE_VERSION, decodeClickMessage, encodeClickMessage } from '../../contract/click-message';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { LOCAL_CREDENTIALS, startQueue, type Queue } from '../../local/parts/queue';
import { startServer, temporaryFolder } from '../app/support';
import { codeOf, countsIn, newClick, prepareDatabase } from '../lambda/click-worker/support';
import { ROOT } from '../support/synthesize';
import { releases, unpack } from './archive';

/** What a bundle leaves to its surroundings it finds among the project's packages. */
const SURROUNDINGS = { NODE_PATH: join(ROOT, 'node_modules'), ...LOCAL_CREDENTIALS };

/** Calls the bundle's handler with an event, both given as arguments, and ends its output with the answer. */
const CALL = `require(process.argv[1]).handler(JSON.parse(process.argv[2])).then((answer) => {
  process.stdout.write('\\n' + JSON.stringify(answer), () => process.exit(0));
});`;

let postgres: Postgres;
let queue: Queue;
beforeAll(async () => {
  [postgres, queue] = await Promise.all([startPostgres(), startQueue()]);
  await prepareDatabase(postgres.url, 1);
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
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '-e',
        CALL,
        join(folder.path, 'worker', 'index.js'),
        JSON.stringify({ Records: [{ messageId: 'm', body }] }),
      ],
      { env: { ...SURROUNDINGS, DATABASE_URL: postgres.url, CLICK_QUEUE_URL: queue.url } },
    );
    const known = versionOf(sent) === CLICK_MESSAGE_VERSION;
    expect(JSON.parse(stdout.split('\n').at(-1) ?? '')).toEqual({
      batchItemFailures: known ? [] : [{ itemIdentifier: 'm' }],
    });
    expect((await countsIn(postgres.url)).get(codeOf(0)) ?? 0).toBe(before + (known ? 7 : 0));
  });
});

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
