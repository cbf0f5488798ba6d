/** A hot link's visitors are answered before the framework sees them, and as it would answer. */
import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, storedLink, type TestApp } from './support';
import { createDatabase } from './cache/support';

const EXPIRES_AT = Date.now() + 3_600_000;

let application: TestApp;
let port: number;
/** Requests that the framework has seen. */
let routed = 0;

beforeAll(async () => {
  const rows = new Map([
    ['abc', storedLink('abc', 'https://example.com/somewhere')],
    ['ends', { ...storedLink('ends'), expiresAt: new Date(EXPIRES_AT) }],
  ]);
  application = createApp(createDatabase(rows).database, { serverTiming: false });
  application.app.addHook('onRequest', (_request, _reply, done) => {
    routed += 1;
    done();
  });
  await application.app.listen({ port: 0, host: '127.0.0.1' });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  ({ port } = application.app.server.address() as AddressInfo);
});

afterAll(() => application.app.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Whether the framework has seen the request. */
  readonly isRouted: boolean;
}

function visit(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  const before = routed;
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      response.resume();
      const { date, ...rest } = response.headers;
      expect(date).toBeDefined();
      resolve({ status: response.statusCode, headers: rest, isRouted: routed > before });
    })
      .on('error', reject)
      .end();
  });
}

/** Brings a link into memory. */
const warm = (path: string): Promise<Answer> => visit(path, { prefer: 'server-timing' });

const waiting = (): number => application.services.clicks.state().waiting;

test('what memory holds is answered without the framework, with the same headers, and counted', async () => {
  const before = waiting();
  const first = await visit('/abc');
  const second = await visit('/abc');
  expect([first.isRouted, second.isRouted]).toEqual([true, false]);
  expect([second.status, second.headers]).toEqual([302, first.headers]);
  expect(second.headers).toMatchObject({
    location: 'https://example.com/somewhere',
    'cache-control': 'private, no-store',
  });
  expect(waiting() - before).toBe(2);
});

test('a preview is led on without the framework, and is no click', async () => {
  await warm('/abc');
  const before = waiting();
  const { status, isRouted } = await visit('/abc', { 'user-agent': 'Twitterbot/1.0' });
  expect([status, isRouted, waiting() - before]).toEqual([302, false, 0]);
});

test.each([
  { what: 'who prefers to be told the path', path: '/abc', headers: { prefer: 'server-timing' } },
  { what: 'a HEAD', path: '/abc', method: 'HEAD' },
  { what: 'a query', path: '/abc?utm_source=x' },
  { what: 'a trailing slash', path: '/abc/' },
])('$what is the framework’s, and led on as well', async ({ path, headers, method }) => {
  await warm('/abc');
  const { status, headers: told, isRouted } = await visit(path, headers, method);
  expect([status, told.location, isRouted]).toEqual([302, 'https://example.com/somewhere', true]);
  expect(told['server-timing'] === undefined).toBe(headers === undefined);
});

test('what leads to the very name that the visitor has used is gone, hot or not', async () => {
  await warm('/abc');
  expect(await visit('/abc', { host: 'example.com' })).toMatchObject({ status: 410, isRouted: true });
});

test('what ends while it is in memory is gone from that moment on', async () => {
  await warm('/ends');
  expect(await visit('/ends')).toMatchObject({ status: 302, isRouted: false });
  const now = jest.spyOn(Date, 'now').mockReturnValue(EXPIRES_AT);
  expect(await visit('/ends')).toMatchObject({ status: 410, isRouted: true });
  now.mockRestore();
});

test('what memory knows to be unknown is refused by the framework', async () => {
  await warm('/nobody');
  expect(await visit('/nobody')).toMatchObject({ status: 404, isRouted: true });
});
