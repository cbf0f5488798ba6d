/** The whole way of a click at rung 8, with each part in its own process. */
import { LOCAL_CREDENTIALS, startQueue, type Queue } from '../../../local/parts/queue';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import type { Part } from '../../../local/parts/supervised';
import { startWorker } from '../../../local/parts/worker';
import { countsIn } from '../../lambda/click-worker/support';
import { eventually, startServer, type ServerProcess } from '../support';

let postgres: Postgres;
let queue: Queue;
let worker: Part;
let server: ServerProcess;

beforeAll(async () => {
  [postgres, queue] = await Promise.all([startPostgres(), startQueue()]);
  const settings = { DATABASE_URL: postgres.url, CLICK_QUEUE_URL: queue.url };
  [server, worker] = await Promise.all([
    startServer({ ...settings, ...LOCAL_CREDENTIALS }),
    startWorker(settings),
  ]);
});

afterAll(async () => {
  server.child.kill('SIGKILL');
  await Promise.all([worker, queue, postgres].map((part) => part.stop()));
});

async function clicksOf(path: string): Promise<unknown> {
  const link: unknown = await (await fetch(`${server.url}/api/links${path}`)).json();
  return typeof link === 'object' && link !== null && 'clicks' in link ? link.clicks : undefined;
}

async function visit(path: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await fetch(server.url + path, { redirect: 'manual' });
  }
}

test('clicks reach the database by queue and worker within seconds; those before a SIGTERM too', async () => {
  const created = await fetch(`${server.url}/api/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'https://example.com/' }),
  });
  const { pathname } = new URL(created.headers.get('location') ?? '', server.url);
  await visit(pathname, 3);
  await eventually(
    () => clicksOf(pathname),
    (clicks) => clicks === 3,
  );
  expect(await clicksOf(pathname)).toBe(3);

  await visit(pathname, 2);
  server.child.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  const stored = () => countsIn(postgres.url).then((counts) => counts.get(pathname.slice(1)));
  expect(await eventually(stored, (clicks) => clicks === 5)).toBe(5);
});
