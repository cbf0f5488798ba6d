import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { MAX_CLICKS_PER_MESSAGE, clickId, encodeClickMessage, type Click } from '../contract/click-message';
import { createDatabase } from '../lambda/click-worker/database';
import { createWorker, type Message } from '../lambda/click-worker/worker';
import { bundleFunction, bundleServer } from '../lib/constructs/compute/bundle';
import { startPostgres, type Postgres } from '../local/parts/postgres';
import { LOCAL_CREDENTIALS, startQueue, type Queue } from '../local/parts/queue';
import { zipf } from './fixed-rate';
import { load } from './load';
import { interleaved, type Row } from './measure';
import { measure, startServer, type Server } from './processes';

const ROOT = resolve(__dirname, '..');
const ROUNDS = 5;

/** Links that clicks are drawn from, as Zipf has it. */
const LINKS = 100_000;
/** What Lambda hands the worker at most (lib/constructs/async/click-worker.ts). */
const MESSAGES_PER_BATCH = 100;
const BATCHES = 4;

/** Issue 4's aims. */
const QUEUED_AIM = 0.95;
const DRAIN_AIM = 0.5;
/** Ours, for the issue names none: a start that stays under what Lambda itself adds, and a bundle that loads in one read. */
const COLD_START_AIM = 2.5;
const BUNDLE_AIM_KB = 250;

/** Rung 8's clicks: what a redirect pays for them, how fast a worker counts them, and how it starts. */
export async function clicks(progress: (text: string) => void, rounds = ROUNDS): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-bench-'));
  const [database, queue] = await Promise.all([startPostgres(), startQueue()]);
  try {
    return [
      ...(await redirects(progress, folder, { database, queue, rounds })),
      await drain(progress, database, rounds),
      ...(await coldStart(progress, folder, { database, rounds })),
    ];
  } finally {
    await Promise.all([database.stop(), queue.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function redirects(
  progress: (text: string) => void,
  folder: string,
  {
    database,
    queue,
    rounds,
  }: { readonly database: Postgres; readonly queue: Queue; readonly rounds: number },
): Promise<Row[]> {
  progress(`redirects: ${rounds} interleaved runs of 3 s without clicks, with clicks inline, and queued`);
  const bundle = (name: string, entry: string | undefined): string => {
    const target = join(folder, name);
    mkdirSync(target);
    bundleServer({ root: ROOT, entry, folder: target });
    return join(target, 'server.js');
  };
  const ours = bundle('ours', undefined);
  const without = bundle('without', join(__dirname, 'baselines/no-clicks.ts'));
  const start = (file: string, settings: Readonly<Record<string, string>>) =>
    startServer([file], { DATABASE_URL: database.url, ...LOCAL_CREDENTIALS, ...settings });
  const servers: Server[] = [];
  try {
    servers.push(
      await start(without, {}),
      await start(ours, {}),
      await start(ours, { CLICK_QUEUE_URL: queue.url }),
    );
    await makeLinks(database);
    const run = (server: Server) => async () =>
      (await measure(server, () => load(`${server.url}/code-1`))).perProcessorSecond;
    const [baseline = NaN, inline = NaN, queued = NaN] = await interleaved(
      rounds,
      servers.map(run),
      progress,
    );
    const row = (name: string, value: number): Row => ({
      name,
      unit: 'requests/processor second',
      value,
      baseline: { name: 'the same without clicks', value: baseline },
      ratio: value / baseline,
      aim: `≥ ${QUEUED_AIM.toFixed(2)} ×`,
      kept: value / baseline >= QUEUED_AIM,
    });
    return [
      row('redirects of a hot link, clicks inline (rung 7)', inline),
      row('redirects of a hot link, clicks queued (rung 8)', queued),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function makeLinks({ url }: Postgres): Promise<void> {
  await onConnection(url, async (client) => {
    await client.query(
      `INSERT INTO links (code, url, alias)
       SELECT 'code-' || n, 'https://example.com/' || n, false FROM generate_series(1, ${LINKS}) AS n`,
    );
    await client.query('CREATE TABLE plain (id uuid PRIMARY KEY, code text NOT NULL, count bigint NOT NULL)');
    await client.query('VACUUM ANALYZE links');
  });
}

/** The worker with the bodies of messages in hand, beside a statement that inserts the same clicks and counts nothing. */
async function drain(progress: (text: string) => void, { url }: Postgres, rounds: number): Promise<Row> {
  progress(`clicks that one worker drains: ${rounds} interleaved runs of ${BATCHES} batches`);
  const work = createWorker({
    counter: createDatabase({ urls: [url], secretArn: undefined }),
    passOn: (messages) => Promise.resolve(messages),
    log: { warn: () => undefined, error: () => undefined },
    now: () => Date.now(),
  });
  return onConnection(url, async (client) => {
    const perSecond = async (each: (batch: Batch) => Promise<unknown>) => {
      await client.query('TRUNCATE plain, counted_clicks');
      await client.query('VACUUM links');
      const batches = Array.from({ length: BATCHES }, newBatch);
      const started = performance.now();
      for (const batch of batches) {
        await each(batch);
      }
      return (BATCHES * MESSAGES_PER_BATCH * MAX_CLICKS_PER_MESSAGE * 1_000) / (performance.now() - started);
    };
    const insert = ({ clicks: all }: Batch) =>
      client.query({
        name: 'plain',
        text: 'INSERT INTO plain SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])',
        values: [all.map(({ id }) => id), all.map(({ code }) => code), all.map(({ count }) => count)],
      });
    const count = async ({ messages }: Batch) => {
      const failed = await work(messages);
      if (failed.length > 0) {
        throw new Error(`${failed.length} messages failed.`);
      }
    };
    const [baseline = NaN, value = NaN] = await interleaved(
      rounds,
      [() => perSecond(insert), () => perSecond(count)],
      progress,
    );
    return {
      name: 'clicks that one worker drains',
      unit: 'clicks/s',
      value,
      baseline: { name: 'plain insert of the same rows', value: baseline },
      ratio: value / baseline,
      aim: `≥ ${DRAIN_AIM.toFixed(2)} ×`,
      kept: value / baseline >= DRAIN_AIM,
    };
  });
}

interface Batch {
  readonly clicks: readonly Click[];
  /** The same clicks, as the worker receives them. */
  readonly messages: readonly Message[];
}

const draw = zipf(LINKS);

function newBatch(): Batch {
  const grouped = Array.from({ length: MESSAGES_PER_BATCH }, () =>
    Array.from({ length: MAX_CLICKS_PER_MESSAGE }, () => ({
      id: clickId(Date.now(), randomUUID()),
      code: `code-${draw()}`,
      count: 1,
    })),
  );
  return {
    clicks: grouped.flat(),
    messages: grouped.map((clicks) => ({ id: randomUUID(), body: encodeClickMessage(clicks) })),
  };
}

/** From the start of `node` to the answer to a first message, which the worker has counted by then. */
async function coldStart(
  progress: (text: string) => void,
  folder: string,
  { database: { url }, rounds }: { readonly database: Postgres; readonly rounds: number },
): Promise<Row[]> {
  progress(`cold starts: ${rounds} interleaved runs`);
  const bundle = (name: string, entry: string): string => {
    const target = join(folder, name);
    mkdirSync(target);
    bundleFunction({ root: ROOT, entry: join(ROOT, entry), folder: target });
    return join(target, 'index.js');
  };
  const worker = bundle('worker', 'lambda/click-worker/handler.ts');
  const empty = bundle('empty', 'bench/baselines/empty-handler.ts');
  const start = (file: string) => () => {
    const click = { id: clickId(Date.now(), randomUUID()), code: 'code-1', count: 1 };
    const event = { Records: [{ messageId: 'first', body: encodeClickMessage([click]) }] };
    const script = join(folder, 'start.js');
    writeFileSync(
      script,
      `require(process.argv[2]).handler(${JSON.stringify(event)}).then(({ batchItemFailures }) =>
         process.exit(batchItemFailures.length))`,
    );
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [script, file], {
      env: { ...process.env, DATABASE_URL: url, CLICK_QUEUE_URL: 'http://127.0.0.1:1/none' },
      encoding: 'utf8',
    });
    if (status !== 0) {
      throw new Error(`${file} failed:\n${stderr}`);
    }
    return Promise.resolve(performance.now() - started);
  };
  const [baseline = NaN, value = NaN] = await interleaved(rounds, [start(empty), start(worker)], progress);
  const kilobytes = statSync(worker).size / 1e3;
  return [
    {
      name: 'worker: cold start to the first message counted',
      unit: 'ms',
      value,
      baseline: { name: 'empty handler', value: baseline },
      ratio: value / baseline,
      aim: `≤ ${COLD_START_AIM.toFixed(1)} ×`,
      kept: value / baseline <= COLD_START_AIM,
    },
    {
      name: 'worker: bundle, without the AWS SDK of the runtime',
      unit: 'kB',
      value: kilobytes,
      baseline: { name: 'aim', value: BUNDLE_AIM_KB },
      ratio: kilobytes / BUNDLE_AIM_KB,
      aim: `< ${BUNDLE_AIM_KB} kB`,
      kept: kilobytes < BUNDLE_AIM_KB,
    },
  ];
}

async function onConnection<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
