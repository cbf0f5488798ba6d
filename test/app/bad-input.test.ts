/** Whatever arrives, the application answers as its contract says: no 500, problem documents, and no redirect elsewhere. */
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { createApp, nextAddress, openTemporaryPostgres, type OpenDatabase } from './support';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** What the application answers by its contract, and what HTTP itself asks for. */
const EXPECTED_ERRORS = [400, 401, 404, 409, 410, 413, 415, 422, 429];

let opened: OpenDatabase;
let app: FastifyInstance;
let port: number;

beforeAll(async () => {
  opened = await openTemporaryPostgres();
  ({ app } = createApp(opened.database));
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});

afterAll(async () => {
  await app.close();
  await opened.close();
});

function ask(options: InjectOptions): Promise<LightMyRequestResponse> {
  return app.inject({ remoteAddress: nextAddress(), ...options });
}

/** Over a real connection: `inject` parses a URL by itself, and so keeps the strangest from the application. */
async function askOverTcp(method: string, path: string): Promise<Answer> {
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { 'x-forwarded-for': nextAddress() },
  });
  request.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  return { statusCode: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** What comes back until the application closes the connection. */
async function sendBytes(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}

interface Answer {
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders | IncomingHttpHeaders;
  readonly body: string;
}

function expectContract({ statusCode, headers, body }: Answer): void {
  if (statusCode < 400) {
    expect([200, 201, 204, 302, 304]).toContain(statusCode);
    return;
  }
  expect(EXPECTED_ERRORS).toContain(statusCode);
  expect(headers['content-type']).toMatch('application/problem+json');
  expect(body === '' || readStatus(body) === statusCode).toBe(true);
}

function readStatus(body: string): unknown {
  const problem: unknown = JSON.parse(body);
  return typeof problem === 'object' && problem !== null && 'status' in problem ? problem.status : undefined;
}

const json = fc.oneof(
  fc.json(),
  fc.jsonValue().map((url) => JSON.stringify({ url })),
  fc
    .record({
      url: fc.webUrl(),
      alias: fc.jsonValue(),
      expiresAt: fc.oneof(fc.jsonValue(), fc.date().map(String)),
    })
    .map((body) => JSON.stringify(body)),
  fc.string({ unit: 'binary' }),
);

test('any body is taken or refused with a problem', async () => {
  await fc.assert(
    fc.asyncProperty(json, async (payload) => {
      const headers = { 'content-type': 'application/json' };
      expectContract(await ask({ method: 'POST', url: '/api/links', headers, payload }));
    }),
    { numRuns: 500 },
  );
});

test('any URL is refused, or its link leads to an http or https address on one line', async () => {
  const urls = fc.oneof(
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.string({ unit: 'binary' }),
    fc
      .tuple(
        fc.constantFrom(
          'http:',
          'https://',
          'HTTPS:\\\\',
          'javascript:',
          'data:',
          ' https://',
          'https://a@',
          'http://[::1]',
        ),
        fc.string({ unit: 'binary' }),
      )
      .map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(urls, async (url) => {
      const created = await ask({ method: 'POST', url: '/api/links', payload: { url } });
      expectContract(created);
      fc.pre(created.statusCode === 201);
      const followed = await ask({ url: `/${created.json<{ code: string }>().code}` });
      expect(followed.statusCode).toBe(302);
      expect(followed.headers.location).toMatch(/^https?:\/\/[\x21-\x7e]+$/);
    }),
    { numRuns: 500 },
  );
});

test('any path, method and query are answered as the contract says', async () => {
  const path = fc.oneof(
    fc.webPath(),
    fc.string().map(encodeURIComponent),
    fc.stringMatching(/^[%./\\\w~;:@|^`{}<>"'-]{0,60}$/),
    fc.constantFrom(
      '../../etc/passwd',
      '%2e%2e/%2e%2e',
      'api/links/%00',
      '%00',
      '%ff',
      'page.js%00',
      '?x',
      '/evil.example',
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...METHODS),
      path,
      fc.webQueryParameters(),
      async (method, rest, query) => {
        const response = await askOverTcp(method, `/${rest.replace(/^\//, '')}?${query}`);
        expectContract(response);
        expect(response.headers.location).toBeUndefined();
      },
    ),
    { numRuns: 1_000 },
  );
});

test('bytes that are no HTTP are answered with a problem, and the connection is closed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (garbage) => {
      const answer = await sendBytes(`${garbage}\r\n\r\n`);
      expect(answer === '' || /^HTTP\/1\.1 4\d\d .*application\/problem\+json/s.test(answer)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('any headers are answered as the contract says', async () => {
  const name = fc.constantFrom(
    'accept', 'accept-encoding', 'authorization', 'content-type', 'expect', 'host', 'idempotency-key', 'if-none-match',
    'prefer', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-http-method-override',
  ); // prettier-ignore
  const value = fc.oneof(
    fc.stringMatching(/^[\x20-\x7e]{0,80}$/),
    fc.constantFrom('application/json', 'a, b', '10.0.0.1', '::1'),
  );
  const target = fc.constantFrom(
    { method: 'POST', url: '/api/links', payload: '{"url":"https://example.com/"}' } as const,
    { method: 'GET', url: '/some-code' } as const,
    { method: 'DELETE', url: '/api/links/some-code' } as const,
    { method: 'GET', url: '/' } as const,
  );
  await fc.assert(
    fc.asyncProperty(target, fc.dictionary(name, value), fc.boolean(), async (options, headers, near) => {
      // A private peer's forwarded headers are believed, a public one's are not; neither may break anything.
      const remoteAddress = near ? '10.0.0.1' : nextAddress();
      expectContract(await ask({ ...options, headers, remoteAddress }));
    }),
    { numRuns: 1_000 },
  );
});
