/** The picture of a request's path in a real browser, over a rung of real parts that are broken one by one. */
import type { Browser, Locator, Page } from 'playwright-core';
import { startApplication, type Application } from '../../local/parts/application';
import { edge } from '../../local/parts/edge';
import { startLoadBalancer, type LoadBalancer } from '../../local/parts/haproxy';
import { startKafka, type Kafka } from '../../local/parts/kafka';
import { startNginx, type Nginx } from '../../local/parts/nginx';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { startRedis, type Redis } from '../../local/parts/redis';
import { launchBrowser, PHONE, reusedContexts, type Contexts } from '../support/browser';
import { serverProgram } from '../support/program';

/** Parts start and fail within seconds on a quiet machine. */
jest.setTimeout(120_000);
const PATIENCE = { timeout: 60_000 };

const REGION = 'eu-central-1';

/** The page pauses between its requests; here five times shorter than for those who look at it. */
const IN_A_HURRY = `const later = setTimeout; globalThis.setTimeout = (work, ms) => later(work, ms / 5);`;

let postgres: Postgres;
let cache: Redis;
let kafka: Kafka;
let servers: readonly Application[];
let loadBalancer: LoadBalancer;
let edgeServer: Nginx;
let browser: Browser;
let contexts: Contexts;
let page: Page;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  [postgres, cache, kafka, browser] = await Promise.all([
    startPostgres(),
    startRedis(),
    startKafka(),
    launchBrowser(),
  ]);
  cleanups.push(
    () => browser.close(),
    () => postgres.stop(),
    () => cache.stop(),
    () => kafka.stop(),
  );
  // As servers run it: it is back much sooner after it was killed.
  const program = { nodeArguments: [serverProgram()] };
  servers = await Promise.all(
    ['server-1', 'server-2'].map(async (SERVER_ID) => {
      const server = await startApplication(program, {
        SERVER_ID,
        REGION,
        DATABASE_URL: postgres.url,
        CACHE_URL: cache.url,
        CLICK_QUEUE_URL: kafka.url,
        TRUSTED_PROXIES: '2',
      });
      cleanups.push(() => server.stop());
      return server;
    }),
  );
  loadBalancer = await startLoadBalancer({ servers: servers.map(({ url }) => url), probeInterval: 200 });
  cleanups.push(() => loadBalancer.stop());
  edgeServer = await startNginx(
    edge({ origin: loadBalancer.url, secret: 'secret1', staticPath: '/static/' }),
  );
  cleanups.push(() => edgeServer.stop());
  contexts = reusedContexts(browser, pageUrl());
});

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) {
    await cleanup();
  }
});

beforeEach(async () => {
  page = await contexts.newPage({ viewport: { width: 1100, height: 1000 } });
  await page.addInitScript(IN_A_HURRY);
});

afterEach(() => page.close());

/** The edge is reached as `localhost`, so that a link to 127.0.0.1 is none to itself. */
function pageUrl(): string {
  return edgeServer.url.replace('127.0.0.1', 'localhost');
}

async function open(): Promise<void> {
  await page.goto(pageUrl());
}

async function openWithLink(): Promise<void> {
  await open();
  await page.getByLabel('Long link').fill('https://example.com/');
  await page.getByRole('button', { name: 'Shorten' }).click();
  await page.locator('#result-link').waitFor();
}

/** A part of the picture by its name; with a state, only while it has that. */
function part(name: string, state?: 'idle' | 'used' | 'missing' | 'refusing'): Locator {
  return page
    .locator(`#picture li${state === undefined ? '' : `[data-state=${state}]`}`)
    .filter({ has: page.locator(`:scope > b:text-is("${name}")`) });
}

function trouble(sentence: string): Locator {
  return page.locator('#path-troubles').filter({ hasText: sentence });
}

async function isWell(): Promise<void> {
  await page.locator('#path-troubles:empty').waitFor({ ...PATIENCE, state: 'attached' });
}

async function names(list: string): Promise<readonly string[]> {
  return (await page.locator(`#picture ${list} > li > b`).allInnerTexts()).sort();
}

/** Follows a link as another visitor does. */
async function click(link: string | null): Promise<number> {
  return (await fetch(link ?? '', { redirect: 'manual' })).status;
}

/** How many requests the page sends in that many ms. */
async function requestsDuring(milliseconds: number): Promise<number> {
  let count = 0;
  const counted = (): void => {
    count += 1;
  };
  page.on('request', counted);
  await page.waitForTimeout(milliseconds);
  page.off('request', counted);
  return count;
}

async function setVisibility(state: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
     document.dispatchEvent(new Event('visibilitychange'));`,
  );
}

test('without a link of one’s own, the parts that answer are shown', async () => {
  await open();
  await part('server-1').waitFor(PATIENCE);
  await part('server-2').waitFor(PATIENCE);
  expect({
    front: await names('.front'),
    regions: await names('.regions'),
    servers: await names('.servers'),
    stores: await names('.stores'),
  }).toEqual({
    front: ['Edge', 'You'],
    regions: [REGION],
    servers: ['server-1', 'server-2'],
    stores: ['primary'],
  });
});

test('a write lights the way to the primary, with how long it took', async () => {
  await openWithLink();
  await part('primary', 'used').waitFor();
  expect(await part('primary').innerText()).toMatch(/\d+\.\d ms/);
  expect(await page.locator('#path-request').innerText()).toMatch(
    /^POST \/api\/links · 201 · \d+ ms · you → edge → eu-central-1 → server-\d → primary$/,
  );
});

test('a hit in the cache lights the cache and not the database', async () => {
  await openWithLink();
  await part('cache', 'used').waitFor(PATIENCE);
  // Read at one moment: the next request may light something else.
  const states = await page.evaluate(`new Promise((resolve) => {
    const look = () => {
      const stores = [...document.querySelectorAll('#picture .stores > li')];
      const states = Object.fromEntries(stores.map((e) => [e.querySelector('b').textContent, e.dataset.state]));
      if (states.cache === 'used') resolve(states); else setTimeout(look, 20);
    };
    look();
  })`);
  expect(states).toEqual({ cache: 'used', primary: 'idle', Kafka: 'used' });
});

test('a cache that is frozen is marked, and is well again when it goes on', async () => {
  await openWithLink();
  // For half a minute whoever has written is answered past the cache; a page that was loaded since knows of no write.
  await page.reload();
  await part('cache', 'used').waitFor(PATIENCE);
  await cache.freeze();
  await trouble('cache no longer answers.').waitFor(PATIENCE);
  expect(await part('cache', 'missing').innerText()).toMatch(/silent for \d+ s/);
  await cache.thaw();
  await isWell();
  await part('cache').waitFor();
  expect(await part('cache', 'missing').count()).toBe(0);
});

test('a server that is killed is marked, and is well again when it is back', async () => {
  await openWithLink();
  await part('server-1').waitFor(PATIENCE);
  await part('server-2').waitFor(PATIENCE);
  await servers[1]?.kill();
  await trouble('server-2 no longer answers.').waitFor(PATIENCE);
  expect(await part('server-2', 'missing').count()).toBe(1);
  await servers[1]?.restart();
  await isWell();
  expect(await part('server-2', 'missing').count()).toBe(0);
});

test('a database that is killed breaks the way between server and database', async () => {
  await openWithLink();
  await postgres.kill();
  await trouble('The primary takes no writes.').waitFor(PATIENCE);
  expect(await part('primary', 'refusing').count()).toBe(1);
  expect(await page.locator('#picture svg .cross').count()).toBeGreaterThan(0);
  await postgres.restart();
  await isWell();
  expect(await page.locator('#picture svg .cross').count()).toBe(0);
});

test.each([
  ['sqs', 'SQS'],
  ['rabbitmq', 'RabbitMQ'],
  ['kafka', 'Kafka'],
])('a click goes on to the queue, which is named: %s', async (kind, name) => {
  await open();
  const drawn = await page.evaluate(`import(
    document.querySelector('link[rel=modulepreload][href*="/path"]').href
  ).then(({ createPath }) => {
    const path = createPath();
    const timing = 'server;desc="server-1", region;desc="here", cache;desc=hit, queue;desc=${kind}';
    path.note({ request: 'GET /path/a', kind: 'redirect', status: 204, duration: 1, timing, edge: '' }, 0, true);
    const { regions, summary } = path.picture(0);
    return { stores: regions[0].stores.map(({ name }) => name), summary };
  })`);
  expect(drawn).toEqual({
    stores: [name],
    summary: `GET /path/a · 204 · 1 ms · you → here → server-1 → ${name}`,
  });
});

test('a queue that is killed takes no clicks, and takes them again when it is back', async () => {
  await openWithLink();
  await part('Kafka').waitFor(PATIENCE);
  await kafka.kill();
  const link = await page.locator('#result-link').getAttribute('href');
  // One at each server, past the load balancer: the page's own requests, two in each turn, may keep step with it.
  const clicks = await Promise.all(
    servers.map(({ url }) => click(new URL(new URL(link ?? '').pathname, url).href)),
  );
  await trouble('The queue takes no clicks; they wait in memory.').waitFor(PATIENCE);
  expect(await part('Kafka', 'refusing').innerText()).toContain('no clicks');
  await kafka.restart();
  await isWell();
  expect(clicks).toEqual([302, 302]);
});

test('servers that are all killed break the way to them', async () => {
  await openWithLink();
  await part('server-1').waitFor(PATIENCE);
  await Promise.all(servers.map((server) => server.kill()));
  await trouble('No server takes requests.').waitFor(PATIENCE);
  await part('server-1', 'refusing').waitFor();
  expect(await page.locator('#picture svg .cross').count()).toBeGreaterThan(0);
  await Promise.all(servers.map((server) => server.restart()));
  await isWell();
});

test('a load balancer that is killed breaks the way from the edge into the data center', async () => {
  await openWithLink();
  await loadBalancer.kill();
  await trouble(`The edge does not reach ${REGION}.`).waitFor(PATIENCE);
  await part(REGION, 'refusing').waitFor();
  expect(await page.locator('#picture svg .cross').count()).toBe(1);
  await loadBalancer.restart();
  await isWell();
});

test('an edge that is frozen breaks the way to it, and the page asks less often meanwhile', async () => {
  await openWithLink();
  await part('Edge').waitFor(PATIENCE);
  await edgeServer.freeze();
  await trouble('The edge does not answer.').waitFor(PATIENCE);
  await part('Edge', 'refusing').waitFor();
  const asked = await requestsDuring(4_000);
  await edgeServer.thaw();
  await isWell();
  // It gives each request up after 5 s, and what it asks the edge by itself after 2 s.
  expect(asked).toBeLessThanOrEqual(3);
});

test('a page that is hidden asks nothing, and goes on when it is seen', async () => {
  await openWithLink();
  await setVisibility('hidden');
  // What is under way may end.
  await page.waitForTimeout(1_000);
  expect(await requestsDuring(1_500)).toBe(0);
  await Promise.all([page.waitForRequest(/writable|path/), setVisibility('visible')]);
});

test('nothing on the page moves while parts are found out', async () => {
  await page.addInitScript(
    `let sum = 0;
     new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value)))
       .observe({ type: 'layout-shift', buffered: true });
     globalThis.shifted = () => sum;`,
  );
  await open();
  await part('server-1').waitFor(PATIENCE);
  await part('server-2').waitFor(PATIENCE);
  await part('primary').waitFor(PATIENCE);
  expect(Number(await page.evaluate('shifted()'))).toBeLessThan(0.01);
});

test('the picture moves only for those who do not mind', async () => {
  const animations = () =>
    page.evaluate(
      `[...document.querySelectorAll('#picture .used')].map((e) => getComputedStyle(e).animationName).filter((name) => name !== 'none')`,
    );
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openWithLink();
  await page.locator('#picture path.used').first().waitFor({ state: 'attached' });
  expect(await animations()).toEqual([]);
});

test('a phone shows the whole picture, with every part named', async () => {
  await page.close();
  page = await contexts.newPage(PHONE);
  await openWithLink();
  await part('cache').waitFor(PATIENCE);
  const beyond = await page.evaluate(
    `[...document.querySelectorAll('#picture li')].filter((e) => e.getBoundingClientRect().right > innerWidth).length`,
  );
  expect(beyond).toBe(0);
  expect(await page.getByRole('listitem').filter({ hasText: 'server-1' }).count()).toBeGreaterThan(0);
});
