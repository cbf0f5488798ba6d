import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MARK_PATH } from '../../contract/promotion';
import { PROBES } from '../../contract/settings';
import { startDataCenterEdge, type DataCenterEdge } from '../../local/parts/data-center-edge';
import { ask } from '../edge/ask';
import { familyOf, running, until } from './support';

const NEAR = 'near';
const FAR = 'far';
const INTERVAL_MS = 40;

/** How long a probe waits: a data center that is well answers within it, even on a busy machine. */
const TIMEOUT_MS = 2_000;

/** A data center that says who it is, and is as well as it is told to be. */
interface Fake {
  readonly region: string;
  readonly url: string;
  /** How often it was asked for anything. */
  asked: number;
  ready: boolean;
  writable: boolean;
  /** Whether it accepts connections and says nothing. */
  silent: boolean;
}

const cleanups: (() => Promise<unknown>)[] = [];
let near: Fake;
let far: Fake;

async function startFake(region: string): Promise<Fake> {
  const server = createServer((request, response) => {
    fake.asked += 1;
    if (fake.silent) {
      return;
    }
    const isWell =
      { [PROBES.ready]: fake.ready, [PROBES.writable]: fake.writable }[request.url ?? ''] ?? true;
    response.writeHead(isWell ? 200 : 503, { 'cache-control': 'public, max-age=60' }).end(region);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  const address = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${address.port}`;
  const fake: Fake = { region, url, asked: 0, ready: true, writable: region === NEAR, silent: false };
  return fake;
}

async function startEdge(timeToLive = INTERVAL_MS): Promise<DataCenterEdge> {
  const edge = await startDataCenterEdge({
    dataCenters: [near, far],
    secret: 'secret1',
    staticPath: '/static/',
    interval: INTERVAL_MS,
    timeout: TIMEOUT_MS,
    timeToLive,
  });
  cleanups.unshift(() => edge.stop());
  return edge;
}

beforeEach(async () => {
  near = await startFake(NEAR);
  far = await startFake(FAR);
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) {
    await cleanup();
  }
});

const who = async (edge: DataCenterEdge, path: string) => (await ask(edge.url + path)).body;

async function isLed(edge: DataCenterEdge, to: { reads: string; writes: string }) {
  await until(() => edge.verdict().reads === to.reads && edge.verdict().writes === to.writes);
  return { reads: await who(edge, '/abc1234'), writes: await who(edge, '/api/links') };
}

test('all of the API goes where writes go, everything else to the nearest', async () => {
  near.writable = false;
  far.writable = true;
  const edge = await startEdge();
  const paths = ['/', '/abc1234', '/readyz', '/static/page.css', '/apidocs', '/writable2'];
  const api = ['/api/links', '/api/links/abc1234', '/writable'];
  expect(edge.verdict()).toEqual({ reads: NEAR, writes: FAR });
  expect(await Promise.all(paths.map((path) => who(edge, path)))).toEqual(paths.map(() => NEAR));
  expect(await Promise.all(api.map((path) => who(edge, path)))).toEqual(api.map(() => FAR));
});

test('a data center that fails its probes is left out, and taken back', async () => {
  const edge = await startEdge();
  near.ready = false;
  near.writable = false;
  expect(await isLed(edge, { reads: FAR, writes: FAR })).toEqual({ reads: FAR, writes: FAR });
  near.ready = true;
  expect(await isLed(edge, { reads: NEAR, writes: NEAR })).toEqual({ reads: NEAR, writes: NEAR });
});

test('a data center that accepts connections and says nothing is left out as well', async () => {
  const edge = await startEdge();
  near.silent = true;
  expect(await isLed(edge, { reads: FAR, writes: FAR })).toEqual({ reads: FAR, writes: FAR });
});

test('a new verdict acts when the old answer is forgotten, not before', async () => {
  const edge = await startEdge(1_000);
  near.ready = false;
  await until(() => edge.health()[0]?.ready.holds === false);
  expect(await who(edge, '/abc1234')).toBe(NEAR);
  expect((await isLed(edge, { reads: FAR, writes: NEAR })).reads).toBe(FAR);
});

test('a mark is seen where it was put, as long as it is there, and forbidden otherwise', async () => {
  const edge = await startEdge();
  const statuses = () =>
    Promise.all([FAR, NEAR].map(async (region) => (await ask(`${edge.url}${MARK_PATH}/${region}`)).status));
  expect(await statuses()).toEqual([403, 403]);
  await edge.mark(FAR);
  expect(await statuses()).toEqual([200, 403]);
  await edge.unmark(FAR);
  expect(await statuses()).toEqual([403, 403]);
});

test('a data center that is not marked is passed over, however well, until the mark is taken away', async () => {
  const edge = await startEdge();
  await edge.mark(FAR);
  expect(await isLed(edge, { reads: FAR, writes: FAR })).toEqual({ reads: FAR, writes: FAR });
  await edge.unmark(FAR);
  expect(await isLed(edge, { reads: NEAR, writes: NEAR })).toEqual({ reads: NEAR, writes: NEAR });
});

test('static files that the edge has stay there when another data center answers', async () => {
  const edge = await startEdge();
  await who(edge, '/static/page.css');
  near.ready = false;
  await isLed(edge, { reads: FAR, writes: NEAR });
  const { headers, body } = await ask(`${edge.url}/static/page.css`);
  expect([headers['x-cache'], body]).toEqual(['HIT', NEAR]);
});

test('no data center is asked once it is stopped, and no process is left', async () => {
  const edge = await startEdge();
  const processes = familyOf(edge.pid);
  await edge.stop();
  const before = [near.asked, far.asked];
  await sleep(5 * INTERVAL_MS);
  expect([near.asked, far.asked]).toEqual(before);
  expect(running(processes)).toEqual([]);
});
