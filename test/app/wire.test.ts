/** What is answered to bytes that are no request, or not yet one: over real connections, for `inject` makes requests of its own. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { startLoadBalancer, type LoadBalancer } from '../../local/parts/haproxy';
import { createApp, nextAddress, openTemporaryPostgres, type OpenDatabase } from './support';

/** How long a request may take here, in ms; the code is the same for the real 15 s. */
const TIMEOUT_MS = 200;

/** Far less than Node's own look every 30 s, far more than a busy machine is late. */
const IN_TIME_MS = TIMEOUT_MS + 2_000;

let opened: OpenDatabase;
let app: FastifyInstance;
let port: number;
let balancer: LoadBalancer;

beforeAll(async () => {
  opened = await openTemporaryPostgres();
  ({ app } = createApp(opened.database, { requestTimeout: TIMEOUT_MS }));
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  balancer = await startLoadBalancer({ servers: [`http://127.0.0.1:${port}`], requestTimeout: TIMEOUT_MS });
});

afterAll(async () => {
  await balancer.stop();
  await app.close();
  await opened.close();
});

/** What comes back until the application closes the connection. */
async function send(...bytes: readonly (string | Buffer)[]): Promise<string> {
  const socket = open();
  bytes.forEach((some) => socket.write(some));
  return text(socket);
}

/** Sends a drop again and again after the beginning, if there is one, until the reading is done; says how long that took, in ms. */
async function sendSlowly<Read>(
  beginning: string,
  drop: string,
  read: (socket: Socket) => Promise<Read>,
  to = port,
) {
  const socket = open(to);
  const startedAt = performance.now();
  socket.write(beginning);
  const dripping = setInterval(() => socket.write(drop), TIMEOUT_MS / 20);
  const answer = await read(socket);
  clearInterval(dripping);
  socket.destroy();
  return { answer, took: performance.now() - startedAt };
}

function open(to = port): Socket {
  return connect(to, '127.0.0.1').on('error', () => undefined);
}

function post(body: string, headers = 'Content-Type: application/json', version = '1.1'): string {
  return (
    `POST /api/links HTTP/${version}\r\nHost: go.example.com\r\nX-Forwarded-For: ${nextAddress()}\r\n${headers}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

const LINK = '{"url":"https://example.com/"}';

function statusesOf(answers: string): readonly number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** The one answer is a problem document of this status, and nothing follows. */
function expectProblem(answer: string, status: number): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(statusesOf(answer)).toEqual([status]);
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  expect(head).toMatch(/connection: close/i);
  expect(head).toMatch(new RegExp(`content-length: ${Buffer.byteLength(body)}`, 'i'));
  expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status });
}

describe('a request that takes too long', () => {
  const HEAD = 'GET /healthz HTTP/1.1\r\nHost: x\r\n';
  const BODY =
    'POST /api/links HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n';

  test.each([
    ['a head that stops', HEAD, ''],
    ['a head that drips', HEAD, 'x'],
    ['a body that stops', BODY, ''],
    ['a body that drips', BODY, ' '],
    [
      'a chunked body that drips',
      BODY.replace('Content-Length: 900', 'Transfer-Encoding: chunked'),
      '1\r\n \r\n',
    ],
  ])('%s is given up with 408 in time', async (_what, beginning, drop) => {
    const { answer, took } = await sendSlowly(beginning, drop, text);
    expectProblem(answer, 408);
    expect(took).toBeGreaterThan(TIMEOUT_MS * 0.9);
    expect(took).toBeLessThan(IN_TIME_MS);
  });

  test('a second request on a connection has the same time', async () => {
    expect(statusesOf(await send(`${HEAD}\r\n`, HEAD))).toEqual([200, 408]);
  });

  test('in production it has 15 s, looked at every half second, and nobody stalls for longer than a minute', () => {
    const { server } = createApp(opened.database).app;
    expect(server).toMatchObject({
      requestTimeout: 15_000,
      headersTimeout: 15_000,
      connectionsCheckingInterval: 500,
      timeout: 60_000,
    });
  });

  test.each([
    ['a head that drips', HEAD, 'x'],
    ['a head that stops', HEAD, ''],
    ['a body that drips', BODY, ' '],
    ['a body that stops', BODY, ''],
  ])('%s behind the load balancer is given up with 408 in time', async (_what, beginning, drop) => {
    // The load balancer answers, and goes on waiting for the body.
    const packet = (socket: Socket) => once(socket, 'data');
    const { answer, took } = await sendSlowly(beginning, drop, packet, balancer.port);
    expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
    expect(took).toBeLessThan(IN_TIME_MS);
  });
});

describe('what HTTP itself refuses is a problem document', () => {
  test('no Host', async () => {
    expectProblem(await send('GET /healthz HTTP/1.1\r\n\r\n'), 400);
  });

  test('an expectation that nobody has', async () => {
    expectProblem(await send('GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: foo\r\n\r\n'), 417);
  });

  test('CONNECT', async () => {
    const answer = await send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
    expectProblem(answer, 405);
    expect(answer).toMatch(/^allow: GET/m);
  });

  test('the preface of HTTP/2', async () => {
    expectProblem(await send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 505);
  });

  test('a head that is too long', async () => {
    expectProblem(await send(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`), 431);
  });

  test('a body whose chunks are broken', async () => {
    const headers = 'Content-Type: application/json\r\nTransfer-Encoding: chunked';
    const request = `POST /api/links HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\nnonsense\r\n`;
    expectProblem(await send(request), 400);
  });

  test('"Expect: 100-continue" is served', async () => {
    const answer = await send(
      post(LINK, 'Content-Type: application/json\r\nExpect: 100-continue\r\nConnection: close'),
    );
    expect(statusesOf(answer)).toEqual([100, 201]);
  });
});

describe('what follows a request on its connection', () => {
  test('garbage in the packet of a valid POST: its answer comes first', async () => {
    const answer = await send(`${post(LINK)}garbage\r\n\r\n`);
    expect(statusesOf(answer)).toEqual([201, 400]);
  });

  test('CONNECT in the packet of a valid POST: its answer comes first', async () => {
    const answer = await send(`${post(LINK)}CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(statusesOf(answer)).toEqual([201, 405]);
  });

  test('garbage behind several requests: all of them are answered, in order', async () => {
    const answer = await send(`${post(LINK)}${post('{"url":1}')}${post(LINK)}\0\r\n\r\n`);
    expect(statusesOf(answer)).toEqual([201, 400, 201, 400]);
  });

  test('a broken body behind a valid POST: each has its own answer', async () => {
    const broken =
      'POST /api/links HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
    expect(statusesOf(await send(`${post(LINK)}${broken}`))).toEqual([201, 400]);
  });
});

describe('a body', () => {
  const json = 'Connection: close\r\nContent-Type: application/json';
  const bytes = (body: Buffer, headers = json): Buffer =>
    Buffer.concat([Buffer.from(post('x'.repeat(body.length), headers).slice(0, -body.length)), body]);

  test.each([
    ['a byte that is none of UTF-8', Buffer.from('{"url":"https://example.com/\xff"}', 'latin1')],
    [
      'half an emoji',
      Buffer.concat([
        Buffer.from('{"url":"https://example.com/'),
        Buffer.from('🦊').subarray(0, 2),
        Buffer.from('"}'),
      ]),
    ],
    ['a surrogate as three bytes', Buffer.from('{"url":"https://example.com/\xed\xa0\xbd"}', 'latin1')],
    ['half an emoji as an escape', Buffer.from('{"url":"https://example.com/\\ud83e"}')],
  ])('with %s makes no link: 400', async (_what, body) => {
    expectProblem(await send(bytes(body)), 400);
  });

  test('with a whole emoji makes the link', async () => {
    const answer = await send(bytes(Buffer.from('{"url":"https://example.com/🦊\\ud83e\\udd8a"}')));
    expect(answer).toContain('"url":"https://example.com/%F0%9F%A6%8A%F0%9F%A6%8A"');
  });

  test.each([
    ['Content-Type: application/json; charset=utf-16', 415],
    ['Content-Type: application/json; x="a;b"; Charset="ISO-8859-1"', 415],
    ['Content-Type: application/json\r\nContent-Encoding: gzip', 415],
    ['Content-Type: application/json\r\nContent-Type: text/plain', 415],
  ])('with the headers %j is refused with %i', async (headers, status) => {
    expectProblem(await send(post(LINK, `Connection: close\r\n${headers}`)), status);
  });

  test.each(['application/json; charset=UTF-8', 'application/json;charset="utf-8"', 'APPLICATION/JSON'])(
    'of the type %s is taken',
    async (type) => {
      const answer = await send(post(LINK, `Connection: close\r\nContent-Type: ${type}`));
      expect(statusesOf(answer)).toEqual([201]);
    },
  );
});

describe('the Host', () => {
  const without = (body: string): string =>
    `POST /api/links HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  test('is not needed where there is a PUBLIC_URL', async () => {
    const { app: named } = createApp(opened.database, { publicUrl: new URL('https://go.example.com') });
    const { port: itsPort } = new URL(await named.listen({ host: '127.0.0.1', port: 0 }));
    const socket = open(Number(itsPort));
    socket.write(without(LINK));
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 201 .*"shortUrl":"https:\/\/go\.example\.com\//s);
    await named.close();
  });

  test('is asked for by name where there is none', async () => {
    const answer = await send(without(LINK));
    expectProblem(answer, 400);
    expect(answer).toContain('needs a Host header here: there is no PUBLIC_URL');
  });

  test('is one: of two, neither counts', async () => {
    const answer = await send(
      post(LINK, 'Connection: close\r\nContent-Type: application/json\r\nHost: evil.example'),
    );
    expectProblem(answer, 400);
  });
});
