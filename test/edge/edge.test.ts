/**
 * Rung 6 on this machine: a caching edge (nginx), a bucket (nginx) and a load balancer before the server bundle, in a process
 * of its own. What is asked of the load balancer is counted there.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { edge } from '../../local/parts/edge';
import { startNginx, type Nginx } from '../../local/parts/nginx';
import { startPostgres } from '../../local/parts/postgres';
import { eventually, startServer, temporaryFolder, type ServerProcess } from '../app/support';
import { launchBrowser } from '../support/browser';
import { ask, type Answer, type Ask } from './ask';
import { startBalancer, type Asked, type Balancer } from './balancer';
import { bundleVersions, REDESIGN, type Version } from './versions';

const SECRET = 'secret1';
const FOREVER = 'public, max-age=31536000, immutable';

/** Two bundles, a database and two servers; on a busy machine. */
const START_TIMEOUT_MS = 180_000;

const cleanups: (() => unknown)[] = [];
let balancer: Balancer;
let edgeServer: Nginx;
let bucketFolder: string;

/** The version that serves, and the one after it. */
let versions: readonly [Deployed, Deployed];

interface Deployed extends Version {
  readonly server: ServerProcess;
}

beforeAll(async () => {
  const folder = temporaryFolder();
  cleanups.push(() => {
    folder.remove();
  });
  chmodSync(folder.path, 0o755);
  const [first, second] = bundleVersions(folder.path);
  bucketFolder = join(folder.path, 'bucket');
  const postgres = await startPostgres();
  cleanups.push(() => postgres.stop());
  const deploy = async (version: Version): Promise<Deployed> => {
    const server = await startServer(
      { DATABASE_URL: postgres.url, TRUSTED_PROXIES: '2', SERVER_ID: 'server-1' },
      version.entry,
    );
    cleanups.push(async () => {
      server.child.kill('SIGTERM');
      await server.ended;
    });
    return { ...version, server };
  };
  versions = [await deploy(first), await deploy(second)];
  balancer = await startBalancer(SECRET);
  cleanups.push(() => balancer.stop());
}, START_TIMEOUT_MS);

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) {
    await cleanup();
  }
});

beforeEach(async () => {
  balancer.sendTo(versions[0].server.url);
  edgeServer = await startNginx(edge({ origin: balancer.url, secret: SECRET, staticPath: '/static/' }));
});

afterEach(async () => {
  await edgeServer.stop();
});

function viaEdge(path: string, options?: Ask): Promise<Answer> {
  return ask(edgeServer.url + path, options);
}

/** As CloudFront would ask, for a user of that address. */
function asCloudFront(user: string, path: string, { headers, ...options }: Ask = {}): Promise<Answer> {
  return ask(balancer.url + path, {
    ...options,
    headers: {
      'x-origin-verify': SECRET,
      'x-forwarded-for': user,
      'cloudfront-forwarded-proto': 'https',
      ...headers,
    },
  });
}

/** What is asked of the load balancer meanwhile. */
async function askedDuring(work: () => Promise<unknown>): Promise<readonly Asked[]> {
  const before = balancer.asked.length;
  await work();
  return balancer.asked.slice(before);
}

async function createLink(alias: string): Promise<string> {
  const body = { url: `https://example.com/${alias}`, alias };
  const { status } = await asCloudFront('203.0.113.200', '/api/links', { method: 'POST', body });
  expect(status).toBe(201);
  return `/${alias}`;
}

async function clicksOf(path: string): Promise<number> {
  const { body } = await viaEdge(`/api/links${path}`);
  const answer: unknown = JSON.parse(body);
  return typeof answer === 'object' && answer !== null && 'clicks' in answer ? Number(answer.clicks) : NaN;
}

function staticFiles({ body }: Answer): readonly string[] {
  return [...new Set(Array.from(body.matchAll(/"(\/static\/[^"]+)"/g), ([, path]) => path ?? ''))];
}

function nameOf(version: Version, pattern: RegExp): string {
  return `/${[...version.files.keys()].find((path) => pattern.test(path)) ?? ''}`;
}

function contentOf(version: Version, path: string): string | undefined {
  return version.files.get(path.slice(1))?.toString();
}

describe('static files', () => {
  test('are answered by the edge after the first request, byte for byte, for a year', async () => {
    const paths = staticFiles(await viaEdge('/'));
    expect(paths.map((path) => path.replace(/[\da-f]{16}/, '…')).sort()).toEqual([
      '/static/icon.….svg',
      '/static/kept.….js',
      '/static/live.….js',
      '/static/page.….css',
      '/static/page.….js',
      '/static/path.….js',
      '/static/picture.….js',
    ]);
    for (const path of paths) {
      const answers: Answer[] = [];
      const asked = await askedDuring(async () => {
        for (let time = 0; time < 5; time += 1) {
          answers.push(await viaEdge(path));
        }
      });
      expect(asked.length).toBe(1);
      const content = contentOf(versions[0], path);
      for (const { status, body, headers } of answers) {
        expect({ status, body, cacheControl: headers['cache-control'] }).toEqual({
          status: 200,
          body: content,
          cacheControl: FOREVER,
        });
      }
    }
  });

  test.each<[string, string, Ask]>([
    ['a query string', '?utm_source=x', {}],
    ['HEAD', '', { method: 'HEAD' }],
    ['a cookie', '', { headers: { cookie: 'wrote=1' } }],
    ['a browser that reloads', '', { headers: { 'cache-control': 'no-cache' } }],
    ['a browser that takes gzip', '', { headers: { 'accept-encoding': 'gzip' } }],
  ])('are answered by the edge also to %s', async (_what, query, options) => {
    const path = nameOf(versions[0], /\.css$/);
    await viaEdge(path);
    const asked = await askedDuring(async () => {
      expect((await viaEdge(path + query, options)).status).toBe(200);
    });
    expect(asked).toEqual([]);
  });

  test('are not sent again to a browser that has them', async () => {
    const path = nameOf(versions[0], /\.css$/);
    const { headers } = await viaEdge(path);
    const asked = await askedDuring(async () => {
      const again = await viaEdge(path, { headers: { 'if-none-match': String(headers.etag) } });
      expect([again.status, again.body]).toEqual([304, '']);
    });
    expect(asked).toEqual([]);
  });

  test('that are missing, or were for a moment, are asked for again', async () => {
    const path = nameOf(versions[0], /\.css$/);
    const unknown = '/static/page.0000000000000000.css';
    expect([(await viaEdge(unknown)).status, (await viaEdge(unknown)).status]).toEqual([404, 404]);
    balancer.sendTo(undefined);
    expect((await viaEdge(path)).status).toBe(503);
    balancer.sendTo(versions[0].server.url);
    expect((await viaEdge(path)).status).toBe(200);
    expect(balancer.asked.slice(-4).map((asked) => asked.path)).toEqual([unknown, unknown, path, path]);
  });
});

describe('everything else', () => {
  test.each<[string, string, Ask]>([
    ['plain', '', {}],
    ['with a query string', '?utm_source=x', {}],
    ['with a cookie', '', { headers: { cookie: 'wrote=0; session=1' } }],
    [
      'if changed',
      '',
      { headers: { 'if-none-match': '"anything"', 'if-modified-since': new Date().toUTCString() } },
    ],
    ['of a range', '', { headers: { range: 'bytes=0-1' } }],
    ['from a cache', '', { headers: { 'cache-control': 'max-stale=9999, only-if-cached' } }],
  ])('every redirect reaches the servers and is one click: %s', async (name, query, options) => {
    const path = await createLink(`each-${name.replaceAll(' ', '-') || 'one'}`);
    const asked = await askedDuring(async () => {
      for (let time = 0; time < 5; time += 1) {
        const { status, headers } = await viaEdge(path + query, options);
        expect({ status, location: headers.location }).toEqual({
          status: 302,
          location: `https://example.com${path}`,
        });
      }
    });
    expect(asked.map((one) => one.path)).toEqual(Array(5).fill(path + query));
    expect(
      await eventually(
        () => clicksOf(path),
        (clicks) => clicks >= 5,
      ),
    ).toBe(5);
  });

  test.each(['/api/links/no-answer-kept', '/no-redirect-kept'])(
    '%s is kept by no cache, even by one that keeps whatever it may',
    async (path) => {
      await edgeServer.reload(edge({ origin: balancer.url, secret: SECRET, staticPath: path }));
      expect((await viaEdge(path)).status).toBe(404);
      await createLink(basename(path));
      const asked = await askedDuring(async () => {
        expect((await viaEdge(path)).status).toBeLessThan(400);
        expect((await viaEdge(path)).status).toBeLessThan(400);
      });
      expect(asked.map((one) => one.path)).toEqual([path, path]);
    },
  );

  test('HEAD of a redirect reaches the servers and is no click', async () => {
    const path = await createLink('head-of-it');
    const asked = await askedDuring(async () => {
      expect((await viaEdge(path, { method: 'HEAD' })).status).toBe(302);
      expect((await viaEdge(path, { method: 'HEAD' })).status).toBe(302);
      expect((await viaEdge(path)).status).toBe(302);
    });
    expect(asked.map((one) => one.method)).toEqual(['HEAD', 'HEAD', 'GET']);
    expect(
      await eventually(
        () => clicksOf(path),
        (clicks) => clicks >= 1,
      ),
    ).toBe(1);
  });

  test.each(['/', '/healthz', '/readyz', '/writable'])(
    '%s is asked of the servers each time',
    async (path) => {
      const asked = await askedDuring(async () => {
        expect((await viaEdge(path)).status).toBe(200);
        expect((await viaEdge(path)).status).toBe(200);
      });
      expect(asked.length).toBe(2);
    },
  );

  test('a link that was unknown a moment ago works once it is made', async () => {
    expect((await viaEdge('/made-later')).status).toBe(404);
    expect((await viaEdge('/api/links/made-later')).status).toBe(404);
    await createLink('made-later');
    expect((await viaEdge('/made-later')).status).toBe(302);
    expect((await viaEdge('/api/links/made-later')).status).toBe(200);
  });

  test('an outage is over for users when it is over', async () => {
    const path = await createLink('outage');
    balancer.sendTo(undefined);
    expect([(await viaEdge(path)).status, (await viaEdge('/')).status]).toEqual([503, 503]);
    balancer.sendTo(versions[0].server.url);
    expect([(await viaEdge(path)).status, (await viaEdge('/')).status]).toEqual([302, 200]);
  });
});

describe('after a deployment', () => {
  const stylesheet = /page\.\w+\.css$/;

  /** The page refers to what it was deployed with; only what has changed has another name. */
  async function deploy(): Promise<void> {
    const before = staticFiles(await viaEdge('/'));
    balancer.sendTo(versions[1].server.url);
    const after = staticFiles(await viaEdge('/'));
    expect(before.filter((path) => !after.includes(path))).toEqual([nameOf(versions[0], stylesheet)]);
    expect(after.filter((path) => !before.includes(path))).toEqual([nameOf(versions[1], stylesheet)]);
  }

  test('the new page has its new stylesheet at once', async () => {
    await viaEdge(nameOf(versions[0], stylesheet));
    await deploy();
    expect((await viaEdge(nameOf(versions[1], stylesheet))).body).toBe(REDESIGN);
  });

  test('an old page finds its stylesheet at an edge that somebody has asked for it before', async () => {
    const path = nameOf(versions[0], stylesheet);
    const { body } = await viaEdge(path);
    await deploy();
    const asked = await askedDuring(async () => {
      expect((await viaEdge(path)).body).toBe(body);
    });
    expect(asked).toEqual([]);
  });

  describe('with a bucket', () => {
    let bucket: Nginx;

    /** What rung 6's bucket is to CloudFront; each test begins with an empty one. */
    beforeEach(async () => {
      rmSync(bucketFolder, { recursive: true, force: true });
      mkdirSync(join(bucketFolder, 'static'), { recursive: true });
      bucket = await startNginx(
        (port) => `
  types { text/css css; text/javascript js; image/svg+xml svg; }
  server {
    listen 127.0.0.1:${port};
    root ${bucketFolder};
    add_header Cache-Control "${FOREVER}";
  }`,
      );
      await edgeServer.reload(
        edge({ origin: balancer.url, secret: SECRET, staticPath: '/static/', bucket: bucket.url }),
      );
    });

    afterEach(() => bucket.stop());

    /** As a deployment does: added to what is there. */
    function upload({ files }: Version): void {
      [...files]
        .filter(([path]) => path.startsWith('static/'))
        .forEach(([path, content]) => {
          writeFileSync(join(bucketFolder, path), content);
        });
    }

    test('an old page finds its stylesheet there, at an edge that nobody has asked for it', async () => {
      const path = nameOf(versions[0], stylesheet);
      upload(versions[0]);
      upload(versions[1]);
      await deploy();
      const asked = await askedDuring(async () => {
        const { status, body, headers } = await viaEdge(path);
        expect({ status, body, cacheControl: headers['cache-control'] }).toEqual({
          status: 200,
          body: contentOf(versions[0], path),
          cacheControl: FOREVER,
        });
      });
      expect(asked).toEqual([]);
    });

    test('a file that has not reached it comes from the servers, and is kept', async () => {
      const path = nameOf(versions[0], stylesheet);
      const asked = await askedDuring(async () => {
        expect([(await viaEdge(path)).status, (await viaEdge(path)).status]).toEqual([200, 200]);
      });
      expect(asked.map((one) => one.path)).toEqual([path]);
    });

    test('a file comes from the servers while it is gone', async () => {
      upload(versions[0]);
      await bucket.kill();
      expect((await viaEdge(nameOf(versions[0], stylesheet))).status).toBe(200);
    });
  });
});

test('the page works in a browser, which asks for its files once, and breaks no rule of its own', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const asked = await askedDuring(async () => {
      await page.goto(edgeServer.url);
      await page.goto(`${edgeServer.url}/?again`);
      await page.getByLabel('Long link').fill('https://example.com/by-hand');
      await page.getByRole('button', { name: 'Shorten' }).click();
      await page.locator('#result-link').waitFor();
    });
    const files = asked.map(({ path }) => path).filter((path) => path.startsWith('/static/'));
    expect(files.sort()).toEqual(staticFiles(await viaEdge('/')).toSorted());
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});

describe('the client', () => {
  const forged = {
    'x-forwarded-proto': 'https',
    'cloudfront-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    forwarded: 'for=198.51.100.1;proto=https',
    'x-origin-verify': 'guessed',
  };

  test('came by the scheme that the edge saw, whatever it says itself', async () => {
    const body = { url: 'https://example.com/', alias: 'forged-scheme' };
    const answer = await viaEdge('/api/links', { method: 'POST', body, headers: forged });
    expect(answer.headers.location).toBe(`${edgeServer.url}/forged-scheme`);
  });

  test('came by HTTPS where CloudFront says so, however CloudFront went on', async () => {
    const body = { url: 'https://example.com/', alias: 'by-https' };
    const headers = { host: 'go.example.com' };
    const answer = await asCloudFront('203.0.113.9', '/api/links', { method: 'POST', body, headers });
    expect(answer.headers.location).toBe('https://go.example.com/by-https');
  });

  test('is who the edge saw: 60 links a minute, with another forged address for each', async () => {
    balancer.sendTo(versions[1].server.url);
    const create = (index: number) =>
      viaEdge('/api/links', {
        method: 'POST',
        body: { url: 'https://example.com/' },
        headers: { ...forged, 'x-forwarded-for': `198.51.100.${index}` },
      });
    const statuses: number[] = [];
    for (let index = 0; index < 70; index += 1) {
      statuses.push((await create(index)).status);
    }
    expect(statuses).toEqual([...Array<number>(60).fill(201), ...Array<number>(10).fill(429)]);

    const body = { url: 'https://example.com/' };
    const another = await asCloudFront('198.51.100.1', '/api/links', { method: 'POST', body });
    expect(another.status).toBe(201);
  });

  test('cannot go round the edge', async () => {
    expect((await ask(`${balancer.url}/`, { headers: forged })).status).toBe(403);
  });
});
