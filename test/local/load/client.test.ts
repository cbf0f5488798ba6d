import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createClient, endingOf, madeCode, type Answer } from '../../../local/load/client';

const BODY = 'a'.repeat(300);

/** What a server answers, byte for byte. */
const ANSWERS: Readonly<Record<string, string>> = {
  length: `HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 300\r\n\r\n${BODY}`,
  chunks: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12c\r\n${BODY}\r\n1\r\nb\r\n0\r\n\r\n`,
  redirect: 'HTTP/1.1 302 Found\r\nlocation: https://example.com/\r\ncontent-length: 0\r\n\r\n',
  bodiless: 'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n',
};

describe('a client of the application', () => {
  let server: Server;
  let origin: string;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        const [, name = ''] = /^GET \/(\w+)/.exec(chunk.toString()) ?? [];
        // A byte for itself, so that no answer comes at once.
        const answer = ANSWERS[name] ?? '';
        socket.write(answer.slice(0, 40));
        setImmediate(() => socket.write(answer.slice(40)));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  });

  afterAll(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });

  test.each([
    ['length', 200],
    ['chunks', 200],
    ['redirect', 302],
    ['bodiless', 304],
  ])('receives all of an answer, and counts its bytes: %s', async (name, status) => {
    const client = createClient(origin, { connections: 1 });
    const answers = [
      await client.ask({ kind: 'redirect', code: name }, 5_000),
      await client.ask({ kind: 'redirect', code: name }, 5_000),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    expect(client.bytesReceived()).toBe(2 * (ANSWERS[name] ?? '').length);
    await client.close();
  });

  test('uses a connection again, or not where it is to close them', async () => {
    const opened = async (closing: boolean): Promise<number> => {
      const before = sockets.length;
      const client = createClient(origin, { connections: 1, closing });
      await client.ask({ kind: 'redirect', code: 'redirect' }, 5_000);
      await client.ask({ kind: 'redirect', code: 'redirect' }, 5_000);
      await client.close();
      return sockets.length - before;
    };
    expect([await opened(false), await opened(true)]).toEqual([1, 2]);
  });

  test('waits no longer than it is told, also where no connection is free', async () => {
    const client = createClient(origin, { connections: 1 });
    const asked = [1, 2].map(() => client.ask({ kind: 'redirect', code: 'silence' }, 50));
    await Promise.all(asked.map((answer) => expect(answer).rejects.toMatchObject({ code: 'no answer' })));
    await client.close();
  });
});

describe('an answer', () => {
  const answer = (status: number, more: Partial<Answer> = {}): Answer => ({
    ...{ status, headers: {}, body: '' },
    ...more,
  });

  test('is right, refused or wrong for what was asked', () => {
    expect(endingOf('redirect', answer(302))).toEqual({ ending: 'answered' });
    expect(endingOf('return', answer(302))).toEqual({ ending: 'answered', ledOn: true });
    expect(endingOf('create', answer(503, { headers: { 'retry-after': '1' } }))).toEqual({
      ...{ ending: 'refused', instead: '503' },
    });
    expect(endingOf('read', answer(503))).toEqual({ ending: 'failed', instead: '503' });
  });

  test('names the link that was made', () => {
    expect(madeCode(answer(201, { body: '{"code":"abc"}' }))).toBe('abc');
    expect(madeCode(answer(429, { body: '{"code":"abc"}' }))).toBeUndefined();
  });
});
