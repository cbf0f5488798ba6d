/**
 * Two servers of the application over a primary and two streaming replicas, under a steady load: each database server
 * is killed and frozen in turn, one lags, and one is promoted.
 */
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import { Client } from 'pg';
import type { Database } from '../../../app/adapters/database';
import type { Log } from '../../../app/adapters/log';
import { MIGRATIONS } from '../../../app/adapters/migrations';
import { openPostgres } from '../../../app/adapters/postgres';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { configure, startReplica, type Replica } from '../../../local/parts/replication';
import { ask, startLoad, type Answer, type Load } from './load';
import { createApp, eventually, listen } from '../support';

let old: Postgres;
let one: Replica;
let two: Replica;
/** Which of the two is promoted is decided then: whichever has received more. */
let promoted: Replica;
let sibling: Replica;
let servers: readonly { readonly url: string; readonly app: FastifyInstance; readonly database: Database }[];
let load: Load;
const heard = listen();
/** Why requests were refused. */
const causes: string[] = [];
const log: Log = {
  ...heard,
  warn(fields, sentence) {
    heard.warn(fields, sentence);
    if ('method' in fields && 'err' in fields) {
      causes.push(`${JSON.stringify(fields)} ${String(fields.err)}`);
    }
  },
};
const report: string[] = [];
/** Servers and clients share this process: what it was kept from running is nobody's fault but the machine's. */
const stalls = monitorEventLoopDelay();

/** How long the load runs after each fault and each repair, in ms, at least. */
const MOMENT_MS = 500;

async function startApplication() {
  const database = await openPostgres({
    url: old.url,
    replicaUrls: [one.url, two.url],
    migrations: MIGRATIONS,
    log,
  });
  const { app } = createApp(database);
  await app.listen({ port: 0, host: '127.0.0.1' });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  const { port } = app.server.address() as AddressInfo;
  return { app, database, url: `http://127.0.0.1:${port}` };
}

beforeAll(async () => {
  stalls.enable();
  // A replica that has lost its primary looks for it again at once, not after five seconds.
  old = await startPostgres({ settings: { wal_retrieve_retry_interval: '100ms' } });
  [one, two] = await Promise.all([startReplica(old, { name: 'one' }), startReplica(old, { name: 'two' })]);
  await configure(old, { synchronous_standby_names: 'ANY 1 (one, two)' });
  servers = await Promise.all([startApplication(), startApplication()]);
  load = startLoad(servers.map(({ url }) => url));
  await wholeAgain(['replica-1', 'replica-2']);
});

afterAll(async () => {
  stalls.disable();
  await load.stop();
  await Promise.all(servers.map(({ app }) => app.close()));
  await Promise.all([old, one, two].map((server) => server.stop()));
  await Promise.all(servers.map(({ database }) => database.close()));
  process.stderr.write(`${report.join('\n')}\n`);
});

const moment = (milliseconds = MOMENT_MS): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until every application server is answered by all of `sources` and takes writes; resolves with the ms. */
async function wholeAgain(sources: readonly string[]): Promise<number> {
  const from = performance.now();
  const since = ({ at }: Answer): boolean => at >= from;
  const isWhole = (): boolean =>
    servers.every(
      ({ url }) =>
        sources.every((source) =>
          load.redirects.some((answer) => since(answer) && answer.server === url && answer.source === source),
        ) && load.creates.some((answer) => since(answer) && answer.server === url && answer.status === 201),
    );
  const isDone = await eventually(() => Promise.resolve(isWhole()), Boolean, 20_000);
  if (!isDone) {
    const answers = {
      reads: tally(
        load.redirects.filter(since).map(({ server, status, source }) => `${server} ${status} ${source}`),
      ),
      creates: tally(load.creates.filter(since).map(({ server, status }) => `${server} ${status}`)),
    };
    throw new Error(
      `not whole again after 20 s: ${JSON.stringify({ answers, log: heard.sentences.slice(-10) }, null, 1)}`,
    );
  }
  return performance.now() - from;
}

function tally(items: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...new Set(items)].map((item) => [item, items.filter((each) => each === item).length]),
  );
}

async function codesOn(server: Postgres): Promise<ReadonlySet<string>> {
  const client = new Client(server.url);
  await client.connect();
  try {
    const { rows } = await client.query<{ code: string }>('SELECT code FROM links');
    return new Set(rows.map(({ code }) => code));
  } finally {
    await client.end();
  }
}

interface Fault {
  readonly name: string;
  readonly fault: () => Promise<unknown>;
  readonly repair: () => Promise<unknown>;
  /** Who answers reads once all is well; asked after the repair. */
  readonly sources: () => readonly string[];
  readonly primary: () => Postgres;
  /** What is true while it lasts. */
  readonly meanwhile?: () => Promise<void>;
}

/** What users noticed of a fault, and of its repair. */
async function live({ name, fault, repair, sources, primary, meanwhile }: Fault) {
  const from = performance.now();
  stalls.reset();
  await fault();
  await moment();
  await meanwhile?.();
  const repairing = performance.now();
  await repair();
  const repairSeconds = (performance.now() - repairing) / 1_000;
  const wholeSeconds = (await wholeAgain(sources())) / 1_000;
  const during = ({ at }: Answer): boolean => at >= from;
  const refused = load.creates.filter((answer) => during(answer) && answer.status !== 201);
  const acknowledged = [...load.acknowledged.keys()];
  const stored = await codesOn(primary());
  const redirects = load.redirects.filter(during);
  report.push(
    `${name.padEnd(34)} whole again ${wholeSeconds.toFixed(1)} s after the repair, which took ${repairSeconds.toFixed(1)} s; ` +
      `${redirects.length} redirects, slowest ${Math.max(...redirects.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms; ` +
      `${refused.length} creates refused, slowest ${Math.max(0, ...refused.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms`,
  );
  return {
    refused,
    noticed: {
      failedRedirects: redirects
        .filter(({ status }) => status !== 302)
        .map((answer) => ({
          ...answer,
          cause: causes.find((cause) => cause.includes(answer.what.slice('GET '.length))),
        })),
      ownLinksNotRead: load.ownReads.filter((answer) => during(answer) && answer.status !== 302),
      lost: acknowledged.filter((code) => !stored.has(code)),
    },
  };
}

const NOTHING = { failedRedirects: [], ownLinksNotRead: [], lost: [] };
const BOTH = ['replica-1', 'replica-2'];
const isQuickRefusal = ({ status, milliseconds, retryAfter }: Answer): boolean =>
  status === 503 && milliseconds < 1_000 + stalls.max / 1e6 && Number(retryAfter) > 0;

async function expectReadOnly(): Promise<void> {
  await eventually(
    () => Promise.all(servers.map(async ({ url }) => (await ask(url, '/writable', {})).answer.status)),
    (statuses) => statuses.every((status) => status === 503),
    3_000,
  );
  for (const { url } of servers) {
    expect((await ask(url, '/writable', {})).answer.status).toBe(503);
    expect((await ask(url, '/readyz', {})).answer.status).toBe(200);
  }
}

test('a killed replica fails no redirect, and is taken back after its restart', async () => {
  const { noticed, refused } = await live({
    name: 'replica killed',
    fault: () => one.kill(),
    repair: () => one.restart(),
    sources: () => BOTH,
    primary: () => old,
  });
  expect(noticed).toEqual(NOTHING);
  // On a busy machine the other replica may confirm a commit too late.
  expect(refused.filter((answer) => !isQuickRefusal(answer))).toEqual([]);
});

test('a frozen replica fails no redirect, and is taken back when it thaws', async () => {
  const { noticed, refused } = await live({
    name: 'replica frozen',
    fault: () => two.freeze(),
    repair: async () => {
      await moment(1_000);
      await two.thaw();
    },
    sources: () => BOTH,
    primary: () => old,
  });
  expect(noticed).toEqual(NOTHING);
  // On a busy machine the other replica may confirm a commit too late.
  expect(refused.filter((answer) => !isQuickRefusal(answer))).toEqual([]);
});

test('a replica that lags is left out, and taken back when it has caught up', async () => {
  let whileLagging: readonly (string | undefined)[] = [];
  const { noticed, refused } = await live({
    name: 'replica lags (replay paused)',
    fault: () => one.pauseReplay(),
    meanwhile: async () => {
      await moment(2_500);
      const from = performance.now();
      await moment(500);
      whileLagging = load.redirects.filter(({ at }) => at > from).map(({ source }) => source);
    },
    repair: () => one.resumeReplay(),
    sources: () => BOTH,
    primary: () => old,
  });
  expect(whileLagging).toContain('replica-2');
  expect(whileLagging).not.toContain('replica-1');
  expect(noticed).toEqual(NOTHING);
  // On a busy machine the other replica may confirm a commit too late.
  expect(refused.filter((answer) => !isQuickRefusal(answer))).toEqual([]);
});

test('with the primary killed redirects go on and writes are refused at once; both heal with its restart', async () => {
  const { noticed, refused } = await live({
    name: 'primary killed and restarted',
    fault: () => old.kill(),
    meanwhile: expectReadOnly,
    repair: () => old.restart(),
    sources: () => BOTH,
    primary: () => old,
  });
  expect(noticed).toEqual(NOTHING);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.filter((answer) => !isQuickRefusal(answer))).toEqual([]);
});

test('with the primary frozen redirects go on and writes are refused within a second; both heal', async () => {
  const { noticed, refused } = await live({
    name: 'primary frozen and thawed',
    fault: () => old.freeze(),
    meanwhile: expectReadOnly,
    repair: () => old.thaw(),
    sources: () => BOTH,
    primary: () => old,
  });
  expect(noticed).toEqual(NOTHING);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.filter((answer) => !isQuickRefusal(answer))).toEqual([]);
});

test('a promoted replica takes the writes, and an old primary that comes back none', async () => {
  const { noticed, refused } = await live({
    name: 'primary frozen, replica promoted',
    fault: () => old.freeze(),
    meanwhile: expectReadOnly,
    repair: async () => {
      [promoted, sibling] = (await receivedBy(one)) >= (await receivedBy(two)) ? [one, two] : [two, one];
      await promoted.promote();
      await sibling.follow(promoted);
    },
    sources: () => [sibling === one ? 'replica-1' : 'replica-2'],
    primary: () => promoted,
  });
  expect(noticed).toEqual(NOTHING);
  expect(refused.filter((answer) => !isQuickRefusal(answer))).toEqual([]);

  const before = load.acknowledged.size;
  await old.thaw();
  await eventually(
    () => Promise.resolve(heard.sentences),
    (sentences) => sentences.includes('A database server claims to be the primary and may not be.'),
  );
  await moment(1_500);
  expect(heard.sentences).toContain('A database server claims to be the primary and may not be.');
  expect(load.acknowledged.size).toBeGreaterThan(before);
  const acknowledged = [...load.acknowledged.keys()];
  const stored = await codesOn(promoted);
  expect(acknowledged.filter((code) => !stored.has(code))).toEqual([]);
});

test('without synchronous commit a promotion loses what the replica had not received, and nothing older', async () => {
  load.visitOnlyOlder();
  const from = performance.now();
  await configure(sibling, { primary_conninfo: '' });
  await moment();
  await promoted.kill();
  const killed = performance.now();
  await sibling.promote();
  const healed = await wholeAgain(['primary']);
  const acknowledged = [...load.acknowledged];
  const stored = await codesOn(sibling);
  const lost = acknowledged.filter(([code]) => !stored.has(code)).map(([, at]) => at);
  report.push(
    `${'asynchronous: primary lost'.padEnd(34)} whole again ${(healed / 1_000).toFixed(1)} s after the promotion; ` +
      `recovery point: ${lost.length} links lost, of the last ${(killed - Math.min(killed, ...lost)).toFixed(0)} ms ` +
      `(the replica had received nothing for ${(killed - from).toFixed(0)} ms)`,
  );
  expect(lost.filter((at) => at < from)).toEqual([]);
  expect(load.redirects.filter(({ at, status }) => at > from && status !== 302)).toEqual([]);
});

async function receivedBy(replica: Replica): Promise<bigint> {
  const client = new Client(replica.url);
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::text AS bytes`,
    );
    return BigInt(rows[0]?.bytes ?? 0);
  } finally {
    await client.end();
  }
}
