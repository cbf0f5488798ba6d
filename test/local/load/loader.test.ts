import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientAddresses, startLoader, type Loader } from '../../../local/load/loader';
import { EDITED, percentile, waited, type Load, type Request } from '../../../local/load/requests';

const STOP_MS = 800;

const LOAD = {
  ...{ mix: EDITED, codes: ['known'], draw: 'evenly', adminToken: 'secret' },
  target: 'https://example.com/load',
} satisfies Partial<Load>;

function isApi(path = ''): boolean {
  return path.startsWith('/api');
}

/** Answers as the application does, but stands still for a while once. */
function startServer(): Promise<{ readonly server: Server; readonly url: string }> {
  const startedAt = performance.now();
  const server = createServer((request, response) => {
    const since = performance.now() - startedAt;
    const wait = since > 500 && since < 500 + STOP_MS ? 500 + STOP_MS - since : 0;
    setTimeout(() => {
      const status = { POST: 201, DELETE: 204 }[request.method ?? ''] ?? (isApi(request.url) ? 200 : 302);
      response.writeHead(status).end(JSON.stringify({ code: 'made' }));
    }, wait);
  });
  return once(server.listen(0, '127.0.0.1'), 'listening').then(() => {
    const address = server.address();
    return { server, url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}` };
  });
}

describe('the process that makes load', () => {
  let loader: Loader;
  let requests: readonly Request[];

  beforeAll(async () => {
    loader = await startLoader();
    const { server, url } = await startServer();
    loader.begin({ ...LOAD, url, rate: 100, addresses: await clientAddresses(40) });
    await sleep(2_000);
    requests = await loader.end();
    server.closeAllConnections();
    server.close();
  });

  afterAll(() => loader.stop());

  test('asks a server that stands still not once less', () => {
    const due = requests.map((request) => request.due).sort((a, b) => a - b);
    const gaps = due.slice(1).map((moment, index) => moment - (due[index] ?? 0));
    expect(requests.length).toBeGreaterThan(150);
    expect(Math.max(...gaps)).toBeCloseTo(10, 0);
  });

  test('counts the wait of each from when it was due', () => {
    expect(percentile(requests.map(waited), 0.95)).toBeGreaterThan(STOP_MS * 0.7);
  });

  test('takes what is right for an answer, and remembers what was made', () => {
    expect(new Set(requests.map(({ ending }) => ending))).toEqual(new Set(['answered']));
    expect(requests.find(({ kind }) => kind === 'create')).toMatchObject({
      code: 'made',
      url: 'https://example.com/load/2',
    });
  });

  test('says of each request that is not taken that it failed, and why', async () => {
    loader.begin({ ...LOAD, url: 'http://127.0.0.1:9', rate: 20, addresses: ['127.0.0.1'] });
    await sleep(300);
    const refused = await loader.end();
    expect(new Set(refused.map(({ ending, instead }) => `${ending} ${instead ?? ''}`))).toEqual(
      new Set(['failed ECONNREFUSED']),
    );
  });

  test('sends a load that ends by itself, and says in numbers what became of it', async () => {
    const { server, url } = await startServer();
    const done = await loader.run({
      ...{ ...LOAD, url, mix: ['redirect'], rate: 200, seconds: 0.3, addresses: [], shared: 8 },
    });
    server.closeAllConnections();
    server.close();
    expect(done).toMatchObject({ requests: 60, redirects: 60, failed: 0, isCutShort: false });
    expect(done.bytes).toBeGreaterThan(60 * 100);
    expect(done.processorSeconds).toBeGreaterThan(0);
  });

  test('ends such a load early where more than one in a hundred waits too long or fails', async () => {
    const done = await loader.run({
      ...{ ...LOAD, url: 'http://127.0.0.1:9', mix: ['redirect'], rate: 100, seconds: 30 },
      ...{ addresses: [], shared: 8, untilSlowerThan: 50 },
    });
    expect(done.isCutShort).toBe(true);
    expect(Object.keys(done.failures)).toEqual(['redirect ECONNREFUSED']);
    expect(done.seconds).toBeLessThan(20);
  });
});
