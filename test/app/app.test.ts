/** What needs no real database: probes of a broken one, Server-Timing, the page, and whose forwarded headers are believed. */
import { gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { DatabaseReadOnly, DatabaseUnavailable, type Database } from '../../app/adapters/database';
import { CREATE_SCHEMA, FORMATS } from '../../app/routes/links';
import { createApp, listen, storedLink, type TestApp } from './support';

/** A database that does whatever the test says, and otherwise knows one link. */
function createDatabase(overrides: Partial<Database['links'] & Database['health']> = {}): Database {
  const link = storedLink('known');
  return {
    links: {
      find: (code) =>
        Promise.resolve({ value: code === 'known' ? link : undefined, source: 'primary', confirmed: true }),
      insert: (wanted) => Promise.resolve({ kind: 'created', link: { ...link, ...wanted } }),
      replay: () => Promise.resolve(undefined),
      markDeleted: () => Promise.resolve({ version: 2 }),
      addClicks: () => Promise.resolve(),
      deletions: () => Promise.resolve({ value: [], source: 'primary', confirmed: true }),
      ...overrides,
    },
    health: { canRead: () => Promise.resolve(), canWrite: () => Promise.resolve(true), ...overrides },
    close: () => Promise.resolve(),
  };
}

const unavailable = () => Promise.reject(new DatabaseUnavailable(new Error('connection refused')));

test.each([
  ['GET', '/known'],
  ['GET', '/api/links/known'],
  ['POST', '/api/links'],
] as const)('%s %s answers 503 with Retry-After while the database is away', async (method, url) => {
  const log = listen();
  const { app } = createApp(createDatabase({ find: unavailable, insert: unavailable }), { log });
  const response = await app.inject({
    method,
    url,
    ...(method === 'POST' ? { payload: { url: 'https://a.example' } } : {}),
  });
  expect(response.statusCode).toBe(503);
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  expect(response.headers['content-type']).toMatch('application/problem+json');
  expect(log.sentences).toEqual(['The database was unavailable to a request.']);
  await app.close();
});

test('a write to a read-only database is told from an outage, and when to try again', async () => {
  const insert = () => Promise.reject(new DatabaseReadOnly('no primary is in reach'));
  const { app } = createApp(createDatabase({ insert }));
  const response = await app.inject({
    method: 'POST',
    url: '/api/links',
    payload: { url: 'https://a.example' },
  });
  expect(response.statusCode).toBe(503);
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  expect(response.body).toMatch('This data center is read-only at the moment');
  await app.close();
});

test('a mistake of ours is a 500 that tells the client nothing, and the log everything', async () => {
  const log = listen();
  const { app } = createApp(createDatabase({ find: () => Promise.reject(new Error('secret detail')) }), {
    log,
  });
  const response = await app.inject('/known');
  expect(response.statusCode).toBe(500);
  expect(response.body).not.toContain('secret detail');
  expect(log.sentences).toEqual(['A request failed.']);
  await app.close();
});

test('without reads it is not ready, yet alive', async () => {
  const { app } = createApp(createDatabase({ canRead: unavailable }));
  const statuses = await Promise.all(
    ['/readyz', '/healthz'].map(async (url) => (await app.inject(url)).statusCode),
  );
  expect(statuses).toEqual([503, 200]);
  await app.close();
});

test('with a read-only database it is ready, and not writable', async () => {
  const { app } = createApp(createDatabase({ canWrite: () => Promise.resolve(false) }));
  const statuses = await Promise.all(
    ['/readyz', '/writable'].map(async (url) => (await app.inject(url)).statusCode),
  );
  expect(statuses).toEqual([200, 503]);
  await app.close();
});

test('any number of probes asks the database once a second', async () => {
  let asked = 0;
  const canRead = () => {
    asked += 1;
    return Promise.resolve();
  };
  const { app } = createApp(createDatabase({ canRead }));
  await Promise.all(Array.from({ length: 50 }, () => app.inject('/readyz')));
  expect(asked).toBe(1);
  await app.close();
});

test('while stopping it is neither ready nor writable', async () => {
  const { app, services } = createApp(createDatabase());
  services.health.stop();
  const statuses = await Promise.all(
    ['/readyz', '/writable'].map(async (url) => (await app.inject(url)).statusCode),
  );
  expect(statuses).toEqual([503, 503]);
  await app.close();
});

test('Server-Timing tells a miss with its read, then a hit', async () => {
  const { app } = createApp(createDatabase());
  const told = async () => (await app.inject('/known')).headers['server-timing'];
  const where = 'server;desc="test-server", region;desc="test-region", ';
  expect(await told()).toMatch(new RegExp(`^${where}cache;desc=miss, db;desc=primary;dur=\\d+\\.\\d$`));
  expect(await told()).toBe(`${where}cache;desc=hit`);
  await app.close();
});

test('Server-Timing is told in production only to a request that prefers it', async () => {
  const { app } = createApp(createDatabase(), { serverTiming: false });
  const told = async (headers: Record<string, string>) =>
    (await app.inject({ url: '/known', headers })).headers['server-timing'];
  expect(await told({})).toBeUndefined();
  expect(await told({ prefer: 'respond-async' })).toBeUndefined();
  expect(await told({ prefer: 'respond-async, server-timing' })).toMatch('cache;desc=hit');
  await app.close();
});

test('short URLs are made of PUBLIC_URL where there is one, and no link leads to it', async () => {
  const { app } = createApp(createDatabase(), { publicUrl: new URL('https://go.example.com') });
  const create = (url: string) =>
    app.inject({ method: 'POST', url: '/api/links', payload: { url, alias: 'abc' } });
  expect((await create('https://example.com/')).json()).toMatchObject({
    shortUrl: 'https://go.example.com/abc',
  });
  expect((await create('http://go.example.com/x')).statusCode).toBe(422);
  await app.close();
});

test('the load balancer, a private neighbor, is believed where a user came from and by which scheme', async () => {
  const { app } = createApp(createDatabase());
  const response = await app.inject({
    method: 'POST',
    url: '/api/links',
    remoteAddress: '10.0.1.7',
    headers: { host: 'go.example.com', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' },
    payload: { url: 'https://example.com/', alias: 'abc' },
  });
  expect(response.json()).toMatchObject({ shortUrl: 'https://go.example.com/abc' });
  await app.close();
});

/** Makes links until refused, with another forged X-Forwarded-For each time; resolves with how many were made. */
async function countLinksOf(
  remoteAddress: string,
  forwardedFor: (index: number) => string,
  options: Parameters<typeof createApp>[1] = {},
): Promise<number> {
  const { app } = createApp(createDatabase(), options);
  const statuses = [];
  for (let index = 0; index < 100; index += 1) {
    const response = await app.inject({
      method: 'POST',
      url: '/api/links',
      remoteAddress,
      headers: { 'x-forwarded-for': forwardedFor(index) },
      payload: { url: 'https://example.com/' },
    });
    statuses.push(response.statusCode);
  }
  await app.close();
  return statuses.filter((status) => status === 201).length;
}

test('a public peer is limited by its own address, whatever X-Forwarded-For it sends', async () => {
  expect(await countLinksOf('203.0.113.9', (index) => `198.51.100.${index}`)).toBe(60);
});

test('behind the load balancer a client is limited by the address that the load balancer saw', async () => {
  expect(await countLinksOf('10.0.1.7', (index) => `198.51.100.${index}, 203.0.113.9`)).toBe(60);
});

test('behind the load balancer each client has a limit of its own', async () => {
  expect(await countLinksOf('10.0.1.7', (index) => `198.51.100.${index}`)).toBe(100);
});

test('behind CloudFront a client is limited by the address that CloudFront saw', async () => {
  const viaCloudFront = (index: number) => `198.51.100.${index}, 203.0.113.9, 130.176.0.${index}`;
  expect(await countLinksOf('10.0.1.7', viaCloudFront, { trustedProxies: 2 })).toBe(60);
});

test('behind CloudFront short URLs have the scheme by which the user came', async () => {
  const { app } = createApp(createDatabase(), { trustedProxies: 2 });
  const response = await app.inject({
    method: 'POST',
    url: '/api/links',
    remoteAddress: '10.0.1.7',
    headers: {
      host: 'go.example.com',
      'cloudfront-forwarded-proto': 'https',
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '203.0.113.9, 130.176.0.9',
    },
    payload: { url: 'https://example.com/', alias: 'abc' },
  });
  expect(response.json()).toMatchObject({ shortUrl: 'https://go.example.com/abc' });
  await app.close();
});

test('X-Forwarded-Host, which no proxy of ours sends, is not believed', async () => {
  const { app } = createApp(createDatabase());
  const response = await app.inject({
    method: 'POST',
    url: '/api/links',
    headers: { host: 'go.example.com', 'x-forwarded-host': 'evil.example' },
    payload: { url: 'https://example.com/', alias: 'abc' },
  });
  expect(response.json()).toMatchObject({ shortUrl: 'http://go.example.com/abc' });
  await app.close();
});

test('an IPv6 client is limited by its network, not by each of its addresses', async () => {
  expect(await countLinksOf('::1', (index) => `2001:db8:1:2::${index.toString(16)}`)).toBe(60);
});

test('the page is served with a strict policy, compressed, and not sent again unchanged', async () => {
  const { app } = createApp(createDatabase());
  const response = await app.inject({ url: '/', headers: { 'accept-encoding': 'gzip' } });
  expect(response.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-encoding': 'gzip',
    'x-content-type-options': 'nosniff',
  });
  expect(response.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  const again = await app.inject({
    url: '/',
    headers: { 'accept-encoding': 'gzip', 'if-none-match': String(response.headers.etag) },
  });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  await app.close();
});

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['br, GZIP;q=0.5', 'gzip'],
  ['*', 'gzip'],
  ['gzip;q=0', 'identity'],
  ['gzip;q=0, *;q=1', 'identity'],
  ['gzip;q=0.2, identity;q=0.9', 'identity'],
  ['identity;q=0, gzip;q=0.001', 'gzip'],
  ['not-gzip-at-all', 'identity'],
])('to "Accept-Encoding: %s" the page is sent as %s, with a tag of its own', async (accepted, encoding) => {
  const { app } = createApp(createDatabase());
  const ask = (headers: Record<string, string>) =>
    app.inject({
      url: '/',
      headers: { ...(accepted === undefined ? {} : { 'accept-encoding': accepted }), ...headers },
    });
  const { headers } = await ask({});
  expect(headers['content-encoding'] ?? 'identity').toBe(encoding);
  expect(headers.vary).toBe('accept-encoding');
  expect(String(headers.etag)).toMatch(encoding === 'gzip' ? /^"[^"]+-gzip"$/ : /^"[\w-]{16}"$/);
  const tag = String(headers.etag);
  const known = ['*', tag, `W/${tag}`, `"other", W/${tag} , "another"`];
  const unknown = ['"other"', tag.slice(1, -1), `"x${tag.slice(1)}`];
  const statuses = (values: readonly string[]) =>
    Promise.all(values.map(async (value) => (await ask({ 'if-none-match': value })).statusCode));
  expect(await statuses(known)).toEqual([304, 304, 304, 304]);
  expect(await statuses(unknown)).toEqual([200, 200, 200]);
  await app.close();
});

test.each(['identity;q=0', '*;q=0', 'identity;q=0, br'])(
  'to "Accept-Encoding: %s" there is nothing to send: 406',
  async (accepted) => {
    const { app } = createApp(createDatabase());
    const { statusCode, headers } = await app.inject({ url: '/', headers: { 'accept-encoding': accepted } });
    expect([statusCode, headers['content-type']]).toEqual([406, PROBLEM_TYPE]);
    await app.close();
  },
);

/** As Chromium asks for a page. */
const BROWSER =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8';

test('a person who follows a mistyped link sees a page in the look of the other', async () => {
  const { app } = createApp(createDatabase());
  const { statusCode, headers, body } = await app.inject({ url: '/mistyped', headers: { accept: BROWSER } });
  const page = await app.inject('/');
  expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
    404,
    'text/html; charset=utf-8',
    'no-store',
  ]);
  expect(headers['content-security-policy']).toBe(page.headers['content-security-policy']);
  expect(body).toContain('<h1>There is no such link.</h1>');
  expect(body).toContain('404 Not Found');
  expect(body).toContain('<link rel="stylesheet" href="/static/page.css" />');
  expect(body).not.toMatch(/\{\{|<script|<style|\son\w+=|\sstyle=/);
  await app.close();
});

test.each(['/nothing/here', '/no-code!', '/static/none.css'])('so does one at %s', async (url) => {
  const { app } = createApp(createDatabase());
  const { statusCode, headers } = await app.inject({ url, headers: { accept: BROWSER } });
  expect([statusCode, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
  await app.close();
});

test('a person who follows a deleted link, or one while the database is away, sees a page', async () => {
  const deleted = { ...storedLink('deleted'), deletedAt: new Date() };
  const find = (code: string) =>
    code === 'deleted'
      ? Promise.resolve({ value: deleted, source: 'primary', confirmed: true } as const)
      : unavailable();
  const { app } = createApp(createDatabase({ find }));
  const ask = (url: string) => app.inject({ url, headers: { accept: BROWSER } });
  const [gone, away] = [await ask('/deleted'), await ask('/any')];
  expect(gone.statusCode).toBe(410);
  expect(gone.body).toContain('<h1>This link was deleted.</h1>');
  expect([away.statusCode, away.headers['retry-after']]).toEqual([503, '2']);
  expect(away.body).toContain('<h1>The database does not answer at the moment.');
  await app.close();
});

test.each([
  ['/mistyped', '*/*'],
  ['/mistyped', 'application/json, text/html;q=0.5'],
  ['/mistyped', 'application/problem+json, text/html;q=0.9'],
  ['/mistyped', 'text/html;q=0'],
  ['/mistyped', 'nonsense'],
  ['/api/links/mistyped', BROWSER],
])('a program that asks for %s with "Accept: %s" gets a problem document', async (url, accept) => {
  const { app } = createApp(createDatabase());
  const { statusCode, headers } = await app.inject({ url, headers: { accept } });
  expect([statusCode, headers['content-type']]).toEqual([404, PROBLEM_TYPE]);
  await app.close();
});

test('the page for problems has no address of its own', async () => {
  const { app } = createApp(createDatabase());
  expect((await app.inject('/problem.html')).statusCode).toBe(404);
  await app.close();
});

test.each(['/known/', '/known.', '/known)', '/known),', '/known%22', '/known%E2%80%9D.', '/known%20'])(
  '%s, as it is pasted from a text, leads to the link and is its click',
  async (url) => {
    const { app, services } = createApp(createDatabase());
    const [cold, hot] = [await app.inject(url), await app.inject(url)];
    expect([cold.statusCode, cold.headers.location]).toEqual([302, 'https://example.com/']);
    expect([hot.statusCode, hot.headers.location]).toEqual([302, 'https://example.com/']);
    expect(services.clicks.state().waiting).toBe(2);
    await app.close();
  },
);

test.each(['/known.html', '/known/x', '/known.........', '/.known', '/un.'])('%s does not', async (url) => {
  const { app } = createApp(createDatabase());
  expect((await app.inject(url)).statusCode).toBe(404);
  await app.close();
});

test.each([
  ['a visitor', {}, 1],
  [
    'a browser',
    { 'user-agent': 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 Chrome/140 Safari/537.36' },
    1,
  ],
  ['a browser that says that it does not look ahead', { 'sec-purpose': '', purpose: 'navigation' }, 1],
  ['a prefetch', { 'sec-purpose': 'prefetch' }, 0],
  ['a prerendering', { 'sec-purpose': 'prefetch;prerender' }, 0],
  ['a prefetch of an older browser', { purpose: 'prefetch' }, 0],
  ['a prefetch of an older Firefox', { 'x-moz': 'Prefetch' }, 0],
  ['a preview of Safari', { 'x-purpose': 'preview' }, 0],
  ['a preview in Slack', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }, 0],
  ['a preview in a message', { 'user-agent': 'facebookexternalhit/1.1 Facebot Twitterbot/1.0' }, 0],
])('%s with %j is led on, and counts %i', async (_who, headers, clicks) => {
  const { app, services } = createApp(createDatabase());
  expect((await app.inject({ url: '/known', headers })).statusCode).toBe(302);
  expect(services.clicks.state().waiting).toBe(clicks);
  await app.close();
});

test.each([
  ['other.example', 410],
  ['other.example:8080', 410],
  ['go.example.com', 302],
  ['ther.example', 302],
  ['other.example.org', 302],
  ['other', 302],
])('a link to other.example, asked for at %s, is answered with %i', async (host, status) => {
  const find = () =>
    Promise.resolve({
      value: storedLink('round', 'https://other.example/round'),
      source: 'primary',
      confirmed: true,
    } as const);
  const { app } = createApp(createDatabase({ find }), { publicUrl: new URL('https://go.example.com') });
  const ask = async (url: string) => (await app.inject({ url, headers: { host } })).statusCode;
  expect(await ask('/round')).toBe(status);
  expect(await ask('/round')).toBe(status);
  expect(await ask('/api/links/round')).toBe(status === 410 ? 410 : 200);
  await app.close();
});

const FINGERPRINTED = '/static/page.0123456789abcdef.css';

/** The application with a page of one file besides index.html. */
function createPage(path: string): TestApp {
  const content = Buffer.from('body { margin: 0 }');
  const file = { type: 'text/css; charset=utf-8', etag: '"e"', content, gzipped: gzipSync(content) };
  return createApp(createDatabase(), { page: [{ ...file, path }] });
}

test.each([
  ['/static/page.css', 'no-cache'],
  ['/', 'no-cache'],
  ['/page.0123456789abcdef.css', 'no-cache'],
  ['/static/page.0123456789abcde.css', 'no-cache'],
  [FINGERPRINTED, 'public, max-age=31536000, immutable'],
  ['/static/fonts/text.0123456789abcdef.woff2', 'public, max-age=31536000, immutable'],
])('%s is to be cached as %s', async (path, cacheControl) => {
  const { app } = createPage(path);
  const { headers } = await app.inject(path);
  expect(headers['cache-control']).toBe(cacheControl);
  const again = await app.inject({ url: path, headers: { 'if-none-match': String(headers.etag) } });
  expect([again.statusCode, again.headers['cache-control']]).toEqual([304, cacheControl]);
  await app.close();
});

test.each(['identity', 'gzip'])(
  'HEAD of a static file (%s) has the headers of GET and no body',
  async (encoding) => {
    const { app } = createPage(FINGERPRINTED);
    const ask = (method: 'GET' | 'HEAD') =>
      app.inject({ method, url: FINGERPRINTED, headers: { 'accept-encoding': encoding } });
    const [get, head] = [await ask('GET'), await ask('HEAD')];
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    await app.close();
  },
);

test('a static file that is not there is a 404 that nobody may keep', async () => {
  const { app } = createPage(FINGERPRINTED);
  const { statusCode, headers } = await app.inject('/static/page.fedcba9876543210.css');
  expect([statusCode, headers['cache-control']]).toEqual([404, 'no-store']);
  await app.close();
});

test('no link can be called static', async () => {
  const { app } = createApp(createDatabase());
  const payload = { url: 'https://example.com/', alias: 'static' };
  expect((await app.inject({ method: 'POST', url: '/api/links', payload })).statusCode).toBe(409);
  await app.close();
});

test('the page runs no inline script and no inline style', async () => {
  const { app } = createApp(createDatabase());
  const { body } = await app.inject('/');
  expect(body).toContain('<script src="/static/page.js" type="module">');
  expect(body).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/);
  await app.close();
});

test('what the schema of a new link says is a schema: a start does not look', async () => {
  const app = Fastify({ ajv: { customOptions: { formats: FORMATS } } });
  app.post('/', { schema: CREATE_SCHEMA }, () => '');
  await expect(app.ready()).resolves.toBe(app);
});
