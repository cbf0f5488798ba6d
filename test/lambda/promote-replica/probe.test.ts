/** What one probe through the domain says, of TLS servers on this machine in CloudFront's endpoint. */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createBareServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isServed, probeWrites, type Endpoint } from '../../../lambda/promote-replica/probe';
import { makeCertificate } from '../../support/certificate';

const folder = mkdtempSync(join(tmpdir(), 'look-test-'));
const files = makeCertificate(folder, 'look');
const certificate = readFileSync(files.certificate, 'utf8');
const key = readFileSync(files.key, 'utf8');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let running: readonly (() => Promise<unknown>)[] = [];
afterEach(async () => {
  jest.useRealTimers();
  await Promise.all(running.map((stop) => stop()));
  running = [];
});

async function listen(server: Server): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running = [
    ...running,
    () => {
      sockets.forEach((socket) => socket.destroy());
      return new Promise((resolve) => server.close(resolve));
    },
  ];
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- what a server that listens on TCP has
  const { port } = server.address() as AddressInfo;
  return { domainName: 'localhost', port, authority: certificate };
}

const over = (listener: RequestListener) => listen(createServer({ key, cert: certificate }, listener));

/** Answers so, and tells nothing else. */
const answering = (status: number, body = '') =>
  over((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));

/** Only the timers that the look itself sets stand still; sockets go on. */
function holdTimers(): void {
  jest.useFakeTimers({
    doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'setInterval'],
  });
}

/** Lets sockets go on for so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function isPending(look: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([look, turns(2).then(() => pending)])) === pending;
}

describe('somebody takes writes where the answer is 200:', () => {
  test('in the region that it names', async () => {
    const endpoint = await answering(200, '{"status":"ok","region":"us-east-1"}');
    expect(await probeWrites(endpoint)).toEqual({ kind: 'taken', region: 'us-east-1' });
  });

  test.each(['', 'ok', '["us-east-1"]', '{"region":1}', 'null'])(
    'somewhere, where it names none: %p',
    async (body) => {
      expect(await probeWrites(await answering(200, body))).toEqual({ kind: 'taken', region: undefined });
    },
  );

  test('somewhere, where it names one after more than is read', async () => {
    const endpoint = await answering(
      200,
      JSON.stringify({ padding: 'x'.repeat(10_000), region: 'us-east-1' }),
    );
    expect(await probeWrites(endpoint)).toEqual({ kind: 'taken', region: undefined });
  });

  test('even where its body does not end in time', async () => {
    holdTimers();
    const events = new EventEmitter();
    const begun = once(events, 'begun');
    const look = probeWrites(
      await over((_, response) => response.writeHead(200).write('{"region":', () => events.emit('begun'))),
    );
    await begun;
    await turns(50);
    jest.advanceTimersByTime(12_000);
    expect(await look).toEqual({ kind: 'taken', region: undefined });
  });

  test('even where its body is cut off, which is not waited for', async () => {
    holdTimers();
    const endpoint = await over((_, response) => {
      response.writeHead(200).write('{"region":', () => response.destroy());
    });
    expect(await probeWrites(endpoint)).toEqual({ kind: 'taken', region: undefined });
  });
});

describe('nobody takes writes', () => {
  test.each([500, 502, 503, 504])('where the answer is %d', async (status) => {
    expect(await probeWrites(await answering(status))).toEqual({ kind: 'none' });
  });

  test('where CloudFront is there and hangs up without an answer', async () => {
    expect(await probeWrites(await over(({ socket }) => socket.destroy()))).toEqual({ kind: 'none' });
  });

  test('where CloudFront is there and has waited for twelve seconds, no sooner', async () => {
    holdTimers();
    const events = new EventEmitter();
    const asked = once(events, 'asked');
    const look = probeWrites(await over(() => events.emit('asked')));
    await asked;
    jest.advanceTimersByTime(11_999);
    expect(await isPending(look)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(await look).toEqual({ kind: 'none' });
  });
});

describe('nobody can say', () => {
  async function expectUnreached(endpoint: Endpoint): Promise<void> {
    const seen = await probeWrites(endpoint);
    expect(seen.kind === 'unknown' && seen.why).toMatch(/^CloudFront was not reached: (?!no TLS within)./);
  }

  test.each([301, 403, 404, 429])(
    'where the answer is %d, which is none of the application’s',
    async (status) => {
      expect(await probeWrites(await answering(status))).toEqual({
        kind: 'unknown',
        why: `/writable is answered with ${status}`,
      });
    },
  );

  test('where nobody listens', async () => {
    const endpoint = await answering(200);
    await Promise.all(running.map((stop) => stop()));
    running = [];
    await expectUnreached(endpoint);
  });

  test('where the name leads nowhere', async () => {
    await expectUnreached({ domainName: 'nobody.invalid' });
  });

  test('where whoever answers speaks no TLS', async () => {
    const endpoint = await listen(createPlainServer((_, response) => response.end()));
    await expectUnreached(endpoint);
  });

  test('where nobody vouches for whoever answers', async () => {
    const { domainName, port = 0 } = await answering(503);
    await expectUnreached({ domainName, port });
  });

  test('where whoever answers is vouched for under another name', async () => {
    const endpoint = await answering(503);
    await expectUnreached({ ...endpoint, domainName: '127.0.0.1' });
  });

  test('where a connection is taken and TLS has not come within five seconds, no sooner', async () => {
    holdTimers();
    const silent = createBareServer();
    const endpoint = await listen(silent);
    const look = probeWrites(endpoint);
    await once(silent, 'connection');
    jest.advanceTimersByTime(4_999);
    expect(await isPending(look)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(await look).toEqual({ kind: 'unknown', why: 'CloudFront was not reached: no TLS within 5000 ms' });
  });
});

test('a look asks for /writable of the domain, and takes no answer that somebody kept', async () => {
  const asked: unknown[] = [];
  const endpoint = await over(({ url, method, headers }, response) => {
    asked.push([method, url, headers.host, headers['cache-control']]);
    response.end();
  });
  await probeWrites(endpoint);
  expect(asked).toEqual([['GET', '/writable', `localhost:${endpoint.port}`, 'no-cache']]);
});

describe('a mark', () => {
  test('is seen where CloudFront shows it', async () => {
    const endpoint = await over(({ url }, response) =>
      response.writeHead(url === '/promoted-mark/eu-west-1' ? 200 : 404).end(),
    );
    expect(await isServed(endpoint, '/promoted-mark/eu-west-1')).toBe(true);
  });

  test.each([403, 404, 503])('is not seen where the answer is %d', async (status) => {
    expect(await isServed(await answering(status), '/promoted-mark/eu-west-1')).toBe(false);
  });

  test('is not seen where nobody answers', async () => {
    expect(await isServed({ domainName: 'nobody.invalid' }, '/promoted-mark/eu-west-1')).toBe(false);
  });
});
