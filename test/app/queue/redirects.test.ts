/** The application with a real queue that breaks under load. */
import type { AddressInfo } from 'node:net';
import { decodeClickMessage } from '../../../contract/click-message';
import { openClickQueue } from '../../../app/adapters/queue/click-queue';
import { startQueue, type Queue } from '../../../local/parts/queue';
import { messagesIn } from '../../lambda/click-worker/queues';
import { totals } from '../../lambda/click-worker/support';
import { startLoad, type Load } from '../replicas/load';
import { createApp, eventually, openTemporaryPostgres, type OpenDatabase, type TestApp } from '../support';

let database: OpenDatabase;
let queue: Queue;
let application: TestApp;
let load: Load;

beforeAll(async () => {
  database = await openTemporaryPostgres();
});

afterAll(() => database.close());

afterEach(() => queue.stop());

beforeEach(async () => {
  queue = await startQueue();
  application = createApp(database.database, {
    clickQueue: openClickQueue({ address: { kind: 'sqs', url: queue.url } }),
  });
  await application.app.listen({ port: 0, host: '127.0.0.1' });
  application.services.clicks.start();
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  const { port } = application.app.server.address() as AddressInfo;
  load = startLoad([`http://127.0.0.1:${port}`]);
  await eventually(clicksInQueue, (clicks) => clicks > 0);
});

/** By id, as the worker counts: a request that timed out may have been taken, and was sent again. */
async function clicksInQueue(): Promise<number> {
  const clicks = (await messagesIn(queue))
    .map(decodeClickMessage)
    .flatMap((message) => (message.kind === 'clicks' ? message.clicks : []));
  return [...totals(clicks).values()].reduce((sum, count) => sum + count, 0);
}

const moment = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Ends the load, then the application as its process does. */
async function stop(): Promise<{
  readonly redirects: number;
  readonly failed: number;
  readonly slowest: number;
}> {
  await load.stop();
  await application.app.close();
  await application.services.clicks.stop(5_000);
  const answers = [...load.redirects, ...load.ownReads];
  return {
    redirects: answers.filter(({ status }) => status === 302).length,
    failed: answers.filter(({ status }) => status !== 302).length,
    slowest: Math.max(...answers.map(({ milliseconds }) => milliseconds)),
  };
}

test('every redirect is a click in the queue, and none in the database; a stop sends the last ones', async () => {
  const before = await clicksInQueue();
  await moment(1_500);
  const { redirects, failed } = await stop();
  expect(failed).toBe(0);
  expect(before).toBeLessThan(redirects);
  expect(await clicksInQueue()).toBe(redirects);
  const [code = ''] = load.acknowledged.keys();
  expect((await database.database.links.find(code)).value?.clicks).toBe(0);
});

test('a frozen queue fails and delays no redirect; the clicks are in it once it thaws', async () => {
  await queue.freeze();
  await moment(3_500);
  const waiting = application.services.clicks.state().waiting;
  await queue.thaw();
  const { redirects, failed, slowest } = await stop();
  expect(waiting).toBeGreaterThan(0);
  expect(failed).toBe(0);
  expect(slowest).toBeLessThan(2_000);
  expect(await clicksInQueue()).toBe(redirects);
});

test('a killed queue fails no redirect; what waited is in the new one', async () => {
  await queue.kill();
  await moment(2_500);
  const { waiting, dropped } = application.services.clicks.state();
  await queue.restart();
  const { failed } = await stop();
  expect(failed).toBe(0);
  expect(dropped).toBe(0);
  expect(waiting).toBeGreaterThan(0);
  expect(await clicksInQueue()).toBeGreaterThanOrEqual(waiting);
});
