/** The routes of the contract, over both databases. */
import { randomUUID } from 'node:crypto';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import {
  ADMIN_TOKEN,
  DATABASES,
  createApp,
  eventually,
  nextAddress,
  type OpenDatabase,
  type TestApp,
} from './support';

describe.each(DATABASES)('over $name', ({ open }) => {
  let opened: OpenDatabase;
  let test1: TestApp;

  beforeAll(async () => {
    opened = await open();
    test1 = createApp(opened.database);
    test1.services.clicks.start();
  });

  afterAll(async () => {
    await test1.app.close();
    await test1.services.clicks.stop(1_000);
    await opened.close();
  });

  /** Each request comes from another client, unless it says from which. */
  function ask(options: InjectOptions): Promise<LightMyRequestResponse> {
    return test1.app.inject({ remoteAddress: nextAddress(), ...options });
  }

  const create = (payload: object, headers: Record<string, string> = {}) =>
    ask({ method: 'POST', url: '/api/links', payload, headers });

  const remove = (code: string, token = ADMIN_TOKEN) =>
    ask({ method: 'DELETE', url: `/api/links/${code}`, headers: { authorization: `Bearer ${token}` } });

  function expectProblem(response: LightMyRequestResponse, status: number): void {
    expect(response.headers['content-type']).toMatch('application/problem+json');
    const { title, detail, ...rest } = response.json<{ title: string; detail: string }>();
    expect(rest).toEqual({ type: 'about:blank', status });
    expect(title).toMatch(/^[A-Z]/);
    expect(detail).toMatch(/^[A-Z"'].*\.$/);
    expect(response.statusCode).toBe(status);
  }

  describe('POST /api/links', () => {
    test('answers 201 with the link and where it is', async () => {
      const response = await create({ url: 'https://example.com/x' }, { host: 'go.example.com:8080' });
      expect(response.statusCode).toBe(201);
      const { code, createdAt, ...rest } = response.json<{ code: string; createdAt: string }>();
      expect(code).toMatch(/^[0-9A-Za-z]{7}$/);
      expect(Date.parse(createdAt)).toBeLessThanOrEqual(Date.now() + 1_000);
      expect(rest).toEqual({
        shortUrl: `http://go.example.com:8080/${code}`,
        url: 'https://example.com/x',
        clicks: 0,
        expiresAt: null,
      });
      expect(response.headers.location).toBe(`http://go.example.com:8080/${code}`);
    });

    test('takes an alias and an end', async () => {
      const response = await create({
        url: 'https://example.com/',
        alias: 'my-alias',
        expiresAt: '2100-01-01T02:00:00+02:00',
      });
      expect(response.json()).toMatchObject({ code: 'my-alias', expiresAt: '2100-01-01T00:00:00.000Z' });
    });

    test('answers 409 to an alias that is taken', async () => {
      await create({ url: 'https://example.com/1', alias: 'taken' });
      expectProblem(await create({ url: 'https://example.com/2', alias: 'taken' }), 409);
    });

    test('answers 409 to an alias that a deleted link had', async () => {
      await create({ url: 'https://example.com/1', alias: 'was-there' });
      await remove('was-there');
      expectProblem(await create({ url: 'https://example.com/2', alias: 'was-there' }), 409);
    });

    test.each(['api', 'healthz', 'Admin'])('answers 409 to the reserved alias %s', async (alias) => {
      expectProblem(await create({ url: 'https://example.com/', alias }), 409);
    });

    test.each([
      ['no URL', {}],
      ['a URL that is no string', { url: 1 }],
      ['an unknown member', { url: 'https://example.com/', user: 'x' }],
      ['an alias that is too short', { url: 'https://example.com/', alias: 'ab' }],
      ['an alias with a dot', { url: 'https://example.com/', alias: 'a.html' }],
      ['an end without an offset', { url: 'https://example.com/', expiresAt: '2100-01-01T00:00:00' }],
      ['an end that is no date', { url: 'https://example.com/', expiresAt: '2100-02-30T00:00:00Z' }],
      ['an end that has passed', { url: 'https://example.com/', expiresAt: '2020-01-01T00:00:00Z' }],
      ['a list', []],
    ])('answers 400 to %s', async (_what, payload) => {
      expectProblem(await create(payload), 400);
    });

    test.each([
      '9999-12-31T23:59:59-12:00',
      '+010000-01-01T00:00:00Z',
      '2100-01-01T00:00:00+02',
      '2100-12-31T23:60:00+00:01',
      '2100-12-31T23:59:60Z',
      '2100-02-29T00:00:00Z',
      '2100-01-01T24:00:00Z',
      'tomorrow',
    ])('answers 400 to the end %s, and says what an end looks like', async (expiresAt) => {
      const response = await create({ url: 'https://example.com/', expiresAt });
      expectProblem(response, 400);
      expect(response.json()).toMatchObject({
        detail:
          'The expiry (expiresAt) must be a date and time with an offset, such as 2030-01-31T12:00:00Z, before the year 10000.',
      });
    });

    test.each([
      ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
      ['2096-02-29t12:00:00.123456-00:30', '2096-02-29T12:30:00.123Z'],
    ])('takes the end %s', async (expiresAt, taken) => {
      const response = await create({ url: 'https://example.com/', expiresAt });
      expect(response.json()).toMatchObject({ expiresAt: taken });
    });

    test('answers 400 to half a character, written as an escape', async () => {
      const headers = { 'content-type': 'application/json' };
      const payload = '{"url":"https://example.com/\\ud83d"}';
      expectProblem(await ask({ method: 'POST', url: '/api/links', payload, headers }), 400);
    });

    test('answers 400 to a body that is not JSON', async () => {
      const headers = { 'content-type': 'application/json' };
      expectProblem(await ask({ method: 'POST', url: '/api/links', payload: '{"url', headers }), 400);
    });

    test('answers 400 to a Host header that is no host name', async () => {
      expectProblem(await create({ url: 'https://example.com/' }, { host: 'a b' }), 400);
    });

    test('answers 413 to a body of more than 16 KiB', async () => {
      expectProblem(await create({ url: `https://example.com/${'a'.repeat(17_000)}` }), 413);
    });

    test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
      'answers 415 to %s',
      async (type) => {
        const headers = { 'content-type': type };
        expectProblem(await ask({ method: 'POST', url: '/api/links', payload: 'url=x', headers }), 415);
      },
    );

    test.each(['javascript:alert(1)', 'https://a:b@example.com/', 'https://example.com/\n', 'nonsense'])(
      'answers 422 to %j',
      async (url) => {
        expectProblem(await create({ url }), 422);
      },
    );

    test('answers 422 to a link to the host that the request was sent to', async () => {
      expectProblem(await create({ url: 'https://go.example.com/x' }, { host: 'go.example.com:8080' }), 422);
    });

    test('answers the same to the same request with the same Idempotency-Key', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const first = await create({ url: 'https://example.com/', expiresAt: null }, key);
      await ask({ url: new URL(first.json<{ shortUrl: string }>().shortUrl).pathname });
      const again = await create({ expiresAt: null, url: 'https://example.com/' }, key);
      expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
    });

    test('answers 201 to a repeated request also after its link has expired', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const expiresAt = new Date(Date.now() + 300).toISOString();
      const payload = { url: 'https://example.com/', expiresAt };
      const first = await create(payload, key);
      await eventually(
        async () => (await create(payload)).statusCode,
        (status) => status === 400,
      );
      const again = await create(payload, key);
      expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
      expectProblem(await create({ ...payload, url: 'https://example.com/other' }, key), 422);
      expectProblem(await create(payload, { 'idempotency-key': randomUUID() }), 400);
    });

    test('answers 201 to a repeated request also where its URL is no longer allowed', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const payload = { url: 'https://later.example.com/' };
      const first = await create(payload, key);
      const again = await create(payload, { ...key, host: 'later.example.com' });
      expect([again.statusCode, again.json<{ code: string }>().code]).toEqual([
        201,
        first.json<{ code: string }>().code,
      ]);
    });

    test('makes one link of many equal requests with one Idempotency-Key', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const all = await Promise.all(
        Array.from({ length: 10 }, () => create({ url: 'https://example.com/' }, key)),
      );
      expect(new Set(all.map(({ body }) => body)).size).toBe(1);
    });

    test('answers 422 to another request with an Idempotency-Key that was used', async () => {
      const key = { 'idempotency-key': randomUUID() };
      await create({ url: 'https://example.com/1' }, key);
      expectProblem(await create({ url: 'https://example.com/2' }, key), 422);
    });

    test.each(['', 'a b', 'x'.repeat(256)])('answers 400 to the Idempotency-Key "%s"', async (key) => {
      expectProblem(await create({ url: 'https://example.com/' }, { 'idempotency-key': key }), 400);
    });

    test('answers 429 with Retry-After to the 61st link of a client in a minute, and serves other clients', async () => {
      const payload = { url: 'https://example.com/' };
      const post = (remoteAddress: string) =>
        ask({ method: 'POST', url: '/api/links', payload, remoteAddress });
      const client = nextAddress();
      const statuses = await Promise.all(
        Array.from({ length: 60 }, async () => (await post(client)).statusCode),
      );
      expect(new Set(statuses)).toEqual(new Set([201]));
      const refused = await post(client);
      expectProblem(refused, 429);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await post(nextAddress())).statusCode).toBe(201);
    });
  });

  describe('GET /:code', () => {
    test('redirects, and no cache may keep that', async () => {
      await create({ url: 'https://example.com/target?a=1', alias: 'redirects' });
      const response = await ask({ url: '/redirects' });
      expect(response.statusCode).toBe(302);
      expect(response.headers).toMatchObject({
        location: 'https://example.com/target?a=1',
        'cache-control': 'private, no-store',
      });
    });

    test('leads to the same target whatever the query says', async () => {
      await create({ url: 'https://example.com/target', alias: 'fixed' });
      const { headers } = await ask({ url: '/fixed?url=https://evil.example/&next=//evil.example' });
      expect(headers.location).toBe('https://example.com/target');
    });

    test('works at once for an alias that was asked for just before it was made', async () => {
      expectProblem(await ask({ url: '/awaited' }), 404);
      await create({ url: 'https://example.com/', alias: 'awaited' });
      expect((await ask({ url: '/awaited' })).statusCode).toBe(302);
    });

    test.each(['/unknown-code', '/a', '/favicon.ico', '/a/b', `/${'x'.repeat(200)}`])(
      'answers 404 to %s',
      async (url) => {
        expectProblem(await ask({ url }), 404);
      },
    );

    test('answers 410 once a link has expired, also from memory', async () => {
      const expiresAt = new Date(Date.now() + 400).toISOString();
      await create({ url: 'https://example.com/', alias: 'short-lived', expiresAt });
      expect((await ask({ url: '/short-lived' })).statusCode).toBe(302);
      await new Promise((resolve) => setTimeout(resolve, 450));
      expectProblem(await ask({ url: '/short-lived' }), 410);
      expectProblem(await ask({ url: '/api/links/short-lived' }), 410);
    });

    test('answers 410 to a link that is no longer allowed, as the API does', async () => {
      const { code } = (await create({ url: 'https://now-ours.example/x' })).json<{ code: string }>();
      const { app } = createApp(opened.database, { publicUrl: new URL('https://now-ours.example') });
      const [visited, shown] = await Promise.all([app.inject(`/${code}`), app.inject(`/api/links/${code}`)]);
      expectProblem(visited, 410);
      expectProblem(shown, 410);
      expect(shown.json()).toEqual(visited.json());
      await app.close();
    });

    test('counts a click within seconds, and HEAD is none', async () => {
      await create({ url: 'https://example.com/', alias: 'counted' });
      await Promise.all(Array.from({ length: 7 }, () => ask({ url: '/counted' })));
      const head = await ask({ method: 'HEAD', url: '/counted' });
      expect([head.statusCode, head.headers.location, head.body]).toEqual([302, 'https://example.com/', '']);
      const clicks = await eventually(
        async () => (await ask({ url: '/api/links/counted' })).json<{ clicks: number }>().clicks,
        (count) => count >= 7,
        4_000,
      );
      expect(clicks).toBe(7);
    });

    test('no longer looks codes up for a client that guessed wrong 120 times in a minute', async () => {
      await create({ url: 'https://example.com/', alias: 'guessed-right' });
      const remoteAddress = nextAddress();
      const guesses = Array.from({ length: 120 }, (_, index) =>
        ask({ url: `/guess-${index}`, remoteAddress }),
      );
      expect(new Set((await Promise.all(guesses)).map(({ statusCode }) => statusCode))).toEqual(
        new Set([404]),
      );
      expectProblem(await ask({ url: '/guess-120', remoteAddress }), 429);
      expectProblem(await ask({ url: '/guessed-right', remoteAddress }), 429);
      expectProblem(await ask({ url: '/api/links/guessed-right', remoteAddress }), 429);
      expect((await ask({ url: '/guessed-right' })).statusCode).toBe(302);
    });
  });

  describe('DELETE /api/links/:code', () => {
    test('answers 204 with the admin token; from then on the link is gone', async () => {
      await create({ url: 'https://example.com/', alias: 'to-delete' });
      expect((await ask({ url: '/to-delete' })).statusCode).toBe(302);
      expect((await remove('to-delete')).statusCode).toBe(204);
      expectProblem(await ask({ url: '/to-delete' }), 410);
      expectProblem(await ask({ url: '/api/links/to-delete' }), 410);
    });

    test.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded'])(
      'answers 204 without a body, although its type is said to be %s',
      async (type) => {
        const { code } = (await create({ url: 'https://example.com/' })).json<{ code: string }>();
        const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': type };
        expect((await ask({ method: 'DELETE', url: `/api/links/${code}`, headers })).statusCode).toBe(204);
      },
    );

    test('answers 204 again, and 404 to an unknown code', async () => {
      await create({ url: 'https://example.com/', alias: 'delete-twice' });
      expect((await remove('delete-twice')).statusCode).toBe(204);
      expect((await remove('delete-twice')).statusCode).toBe(204);
      expectProblem(await remove('delete-never'), 404);
    });

    test.each([
      {},
      { authorization: 'Bearer wrong' },
      { authorization: ADMIN_TOKEN },
      { authorization: 'Bearer ' },
    ])('answers 401 to %j, and the link stays', async (headers) => {
      const { code } = (await create({ url: 'https://example.com/' })).json<{ code: string }>();
      const response = await ask({ method: 'DELETE', url: `/api/links/${code}`, headers });
      expectProblem(response, 401);
      expect(response.headers['www-authenticate']).toBe('Bearer');
      expect((await ask({ url: `/${code}` })).statusCode).toBe(302);
    });

    test('is open to nobody without an ADMIN_TOKEN', async () => {
      const { app } = createApp(opened.database, { adminToken: undefined });
      const response = await app.inject({
        method: 'DELETE',
        url: '/api/links/some-code',
        headers: { authorization: 'Bearer undefined' },
      });
      expectProblem(response, 401);
      await app.close();
    });

    test('reaches another process within a second', async () => {
      const other = createApp(opened.database);
      await create({ url: 'https://example.com/', alias: 'everywhere' });
      const statusElsewhere = async () => (await other.app.inject({ url: '/everywhere' })).statusCode;
      expect(await statusElsewhere()).toBe(302);
      await remove('everywhere');
      const deletedAt = Date.now();
      expect(await eventually(statusElsewhere, (status) => status === 410, 3_000)).toBe(410);
      expect(Date.now() - deletedAt).toBeLessThan(1_100);
      await other.app.close();
    });
  });

  describe('probes', () => {
    test('say that it is alive, ready and writable', async () => {
      const all = await Promise.all(['/healthz', '/readyz', '/writable'].map((url) => ask({ url })));
      expect(all.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    });
  });
});
