import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { edge } from '../../local/parts/edge';
import { startNginx, type Nginx } from '../../local/parts/nginx';
import { familyOf, running, settles } from './support';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

async function start(...options: Parameters<typeof startNginx>): Promise<Nginx> {
  const nginx = await startNginx(...options);
  cleanups.push(() => nginx.stop());
  return nginx;
}

const says = (text: string) => (port: number) => `server { listen 127.0.0.1:${port}; return 200 "${text}"; }`;

/** `fetch` without its pool: a connection left open by one test would be used by the next. */
async function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { redirect: 'manual', headers: { connection: 'close', ...headers } });
}

const textOf = async (nginx: Nginx) => (await get(nginx.url)).text();

const commandOf = (pid: number): string =>
  spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;

describe('an nginx on this machine', () => {
  test('serves the configuration given, on loopback', async () => {
    const nginx = await start(says('hello'));
    expect(await textOf(nginx)).toBe('hello');
    expect(nginx.url).toBe(`http://127.0.0.1:${nginx.port}`);
  });

  test('runs beside another', async () => {
    const both = await Promise.all([start(says('one')), start(says('two'))]);
    expect(await Promise.all(both.map(textOf))).toEqual(['one', 'two']);
  });

  test('takes another configuration without a restart', async () => {
    const nginx = await start(says('before'));
    const { pid } = nginx;
    await nginx.reload(says('after'));
    expect(await textOf(nginx)).toBe('after');
    expect(nginx.pid).toBe(pid);
  });

  test('says what is wrong with a configuration and keeps the one it has', async () => {
    const nginx = await start(says('before'));
    await expect(nginx.reload(() => 'nonsense;')).rejects.toThrow('unknown directive "nonsense"');
    expect(await textOf(nginx)).toBe('before');
  });

  test('says why it does not start', async () => {
    await expect(start(() => 'nonsense;')).rejects.toThrow('unknown directive "nonsense"');
  });

  test('answers nothing while frozen, until it is thawed', async () => {
    const nginx = await start(says('hello'));
    await nginx.freeze();
    const answer = textOf(nginx);
    expect(await settles(answer, 300)).toBe(false);
    await nginx.thaw();
    expect(await answer).toBe('hello');
  });

  test('refuses connections once killed, and comes back by a restart with the newest configuration', async () => {
    const nginx = await start(says('before'));
    await nginx.reload(says('after'));
    await nginx.kill();
    await expect(once(connect({ host: '127.0.0.1', port: nginx.port }), 'connect')).rejects.toThrow(
      'ECONNREFUSED',
    );
    await nginx.restart();
    expect(await textOf(nginx)).toBe('after');
  });

  test('leaves no file once stopped, not even while it takes another configuration', async () => {
    const nginx = await start(says('before'));
    const [, folder = ''] = /-p (\S+)/.exec(commandOf(nginx.pid)) ?? [];
    expect(existsSync(join(folder, 'nginx.conf'))).toBe(true);
    const reload = nginx.reload(says('after'));
    await Promise.all([expect(reload).rejects.toThrow('nginx is being stopped.'), nginx.stop()]);
    expect(existsSync(folder)).toBe(false);
  });

  test('leaves no process once stopped', async () => {
    const nginx = await start(says('hello'));
    const processes = familyOf(nginx.pid);
    await nginx.stop();
    expect(processes.length).toBeGreaterThan(1);
    expect(running(processes)).toEqual([]);
  });
});

interface Origin {
  readonly url: string;
  /** What it was asked, in order. */
  readonly asked: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[];
}

const SCRIPT = 'const x = 1;\n'.repeat(500);

/** An application of which every answer says that it may be cached: the edge must know better. */
async function startOrigin(cacheControl = 'public, max-age=31536000, immutable'): Promise<Origin> {
  const asked: Origin['asked'] = [];
  const server = createServer((request, response) => {
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    const redirect = request.url === '/abc1234';
    response.writeHead(redirect ? 302 : 200, {
      'cache-control': cacheControl,
      'content-type': 'text/javascript',
      'x-cache': 'from the origin',
      ...(redirect && { location: 'https://example.com/' }),
    });
    response.end(SCRIPT);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`, asked };
}

async function startEdge(origin: Origin): Promise<Nginx> {
  return start(edge({ origin: origin.url, secret: 'secret1', staticPath: '/assets/' }));
}

describe('the caching edge', () => {
  test('answers a static file itself after the first request', async () => {
    const origin = await startOrigin();
    const { url } = await startEdge(origin);
    const answers = [await get(`${url}/assets/a.1f3e.js`), await get(`${url}/assets/a.1f3e.js`)];
    expect(answers.map((answer) => answer.headers.get('x-cache'))).toEqual(['MISS', 'HIT']);
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual([SCRIPT, SCRIPT]);
    expect(origin.asked.length).toBe(1);
  });

  test('keeps a static file whatever query comes with it', async () => {
    const origin = await startOrigin();
    const { url } = await startEdge(origin);
    await get(`${url}/assets/a.1f3e.js?one`);
    expect((await get(`${url}/assets/a.1f3e.js?two`)).headers.get('x-cache')).toBe('HIT');
  });

  test('asks the origin once for a new file that many ask for at once', async () => {
    const origin = await startOrigin();
    const { url } = await startEdge(origin);
    await Promise.all(Array.from({ length: 50 }, () => get(`${url}/assets/a.1f3e.js`)));
    expect(origin.asked.length).toBe(1);
  });

  test('does not keep a static file that may not be stored', async () => {
    const origin = await startOrigin('no-store');
    const { url } = await startEdge(origin);
    await get(`${url}/assets/a.1f3e.js`);
    expect((await get(`${url}/assets/a.1f3e.js`)).headers.get('x-cache')).toBe('MISS');
  });

  test.each(['/', '/abc1234', '/api/links/abc1234', '/healthz', '/assetsabc', '/api/links/assets/'])(
    'asks the origin every time for %s, even if the answer may be cached',
    async (path) => {
      const origin = await startOrigin();
      const { url } = await startEdge(origin);
      const answers = [await get(url + path), await get(url + path), await get(url + path)];
      expect(answers.map((answer) => answer.headers.get('x-cache'))).toEqual(['MISS', 'MISS', 'MISS']);
      expect(origin.asked.map((request) => request.url)).toEqual([path, path, path]);
    },
  );

  test('hands a redirect on as it is', async () => {
    const { url } = await startEdge(await startOrigin());
    const answer = await get(`${url}/abc1234`);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://example.com/']);
  });

  test('hands a write on with its body', async () => {
    const origin = await startOrigin();
    const { url } = await startEdge(origin);
    await fetch(`${url}/api/links`, { method: 'POST', body: '{}', headers: { connection: 'close' } });
    expect(origin.asked[0]).toMatchObject({
      method: 'POST',
      url: '/api/links',
      headers: { 'content-length': '2' },
    });
  });

  test('tells the origin the client, the scheme and the host that was asked for', async () => {
    const origin = await startOrigin();
    const { url } = await startEdge(origin);
    await get(url, {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      'cloudfront-forwarded-proto': 'https',
    });
    expect(origin.asked[0]?.headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'cloudfront-forwarded-proto': 'http',
      host: new URL(url).host,
    });
  });

  test.each(['/', '/assets/a.1f3e.js'])(
    'proves itself by its secret, not by what a client sends: %s',
    async (path) => {
      const origin = await startOrigin();
      const { url } = await startEdge(origin);
      await get(url + path, { 'x-origin-verify': 'guessed' });
      expect(origin.asked[0]?.headers['x-origin-verify']).toBe('secret1');
    },
  );

  test('compresses a static file for those who can take it, from the one copy it keeps', async () => {
    const origin = await startOrigin();
    const { url } = await startEdge(origin);
    const plain = await get(`${url}/assets/a.1f3e.js`, { 'accept-encoding': 'identity' });
    const compressed = await get(`${url}/assets/a.1f3e.js`, { 'accept-encoding': 'gzip' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    expect(await compressed.text()).toBe(SCRIPT);
    expect(origin.asked.length).toBe(1);
  });

  test('answers 502 when the origin is gone, and goes on with the files it keeps', async () => {
    const origin = await startOrigin();
    const { url } = await startEdge(origin);
    await get(`${url}/assets/a.1f3e.js`);
    await cleanups.shift()?.();
    expect((await get(url)).status).toBe(502);
    expect((await get(`${url}/assets/a.1f3e.js`)).headers.get('x-cache')).toBe('HIT');
  });
});
