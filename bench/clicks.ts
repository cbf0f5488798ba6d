import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { MAX_CLICKS_PER_MESSAGE, clickId, encodeClickMessage, type Click } from '../contract/click-message';
import { createDatabase } from '../lambda/click-worker/database';
import type { Message } from '../lambda/click-worker/counting';
import { createWorker } from '../lambda/click-worker/worker';
import { bundleFunction } from '../lib/constructs/compute/bundle';
import { zipf } from '../local/load/requests';
import { connected, startPostgres } from '../local/parts/postgres';
import { LOCAL_CREDENTIALS, startQueue } from '../local/parts/queue';
import { atLeast, atMost, below, interleaved, row, type Progress, type Row } from './measure';
import { ROOT, bundle, codeOf, makeLinks, measure, startServer, withBench, type Server } from './processes';
import { load } from './wrk';

const ROUNDS = 5;

/** Links that clicks are drawn from, as Zipf has it. */
export const LINKS = 100_000;
/** What Lambda hands the worker at most (lib/constructs/async/click-worker.ts). */
const MESSAGES_PER_BATCH = 100;
const BATCHES = 4;

export const QUEUED_AIM = 0.95;
const DRAIN_AIM = 0.6;
/** A start that stays under what Lambda itself adds, and a bundle (in kB) that loads in one read. */
const COLD_START_AIM = 2.5;
const BUNDLE_AIM = 250;

/** Rung 8's clicks: what a redirect pays for them, how fast a worker counts them, and how it starts. */
export function clicks(progress: Progress, rounds = ROUNDS): Promise<Row[]> {
  return withBench(async ({ folder, started }) => {
    const database = await started(startPostgres());
    const queue = await started(startQueue());
    const start = (file: string, settings: Readonly<Record<string, string>>) =>
      startServer([file], { DATABASE_URL: database.url, ...LOCAL_CREDENTIALS, ...settings });
    const ours = bundle(folder, 'ours');
    const servers = [
      await start(bundle(folder, 'without', join(__dirname, 'baselines/no-clicks.ts')), {}),
      await start(ours, {}),
      await start(ours, { CLICK_QUEUE_URL: queue.url }),
    ];
    try {
      await makeLinks(database.url, LINKS);
      return [
        ...(await redirects(progress, servers, rounds)),
        await drain(progress, database.url, rounds),
        ...(await coldStart(progress, folder, { url: database.url, rounds })),
      ];
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
}

async function redirects(progress: Progress, servers: readonly Server[], rounds: number): Promise<Row[]> {
  progress(`redirects: ${rounds} interleaved runs of 3 s without clicks, with clicks inline, and queued`);
  const [without = NaN, inline = NaN, queued = NaN] = await interleaved(
    rounds,
    servers.map(
      (server) => async () =>
        (await measure(server, () => load(`${server.url}/${codeOf(1)}`))).perProcessorSecond,
    ),
    progress,
  );
  const redirectRow = (how: string, value: number): Row =>
    row(
      { name: `redirects of a hot link, clicks ${how}`, unit: 'requests/processor second' },
      value,
      { name: 'the same without clicks', value: without },
      atLeast(QUEUED_AIM),
    );
  return [redirectRow('inline (rung 7)', inline), redirectRow('queued (rung 8)', queued)];
}

/** The worker with the bodies of messages in hand, beside a statement that inserts the same clicks and counts nothing. */
async function drain(progress: Progress, url: string, rounds: number): Promise<Row> {
  progress(`clicks that one worker drains: ${rounds} interleaved runs of ${BATCHES} batches`);
  const work = createWorker({
    counter: createDatabase({ urls: [url], secretArn: undefined }),
    passOn: (messages) => Promise.resolve(messages),
    log: { warn: () => undefined, error: () => undefined },
    now: () => Date.now(),
  });
  return connected({ url }, async (client) => {
    await client.query(PLAIN_TABLE);
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
    const insert = (batch: Batch) => insertPlainly(client, batch);
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
    return row(
      { name: 'clicks that one worker drains', unit: 'clicks/s' },
      value,
      { name: 'plain insert of the same rows', value: baseline },
      atLeast(DRAIN_AIM),
    );
  });
}

export const PLAIN_TABLE =
  'CREATE TABLE plain (id uuid PRIMARY KEY, code text NOT NULL, count bigint NOT NULL)';

/** The least that any worker would have to do: one row for each click. */
export async function insertPlainly(client: Client, { clicks: all }: Batch): Promise<void> {
  await client.query({
    name: 'plain',
    text: 'INSERT INTO plain SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])',
    values: [all.map(({ id }) => id), all.map(({ code }) => code), all.map(({ count }) => count)],
  });
}

export interface Batch {
  readonly clicks: readonly Click[];
  /** The same clicks, as the worker receives them. */
  readonly messages: readonly Message[];
}

const draw = zipf(LINKS);

export function newBatch(): Batch {
  const grouped = Array.from({ length: MESSAGES_PER_BATCH }, () =>
    Array.from({ length: MAX_CLICKS_PER_MESSAGE }, () => newClick(draw())),
  );
  return {
    clicks: grouped.flat(),
    messages: grouped.map((clicks) => ({ id: randomUUID(), body: encodeClickMessage(clicks) })),
  };
}

function newClick(rank: number): Click {
  return { id: clickId(Date.now(), randomUUID()), code: codeOf(rank), count: 1 };
}

/** From the start of `node` to the answer to a first message, which the worker has counted by then. */
async function coldStart(
  progress: Progress,
  folder: string,
  { url, rounds }: { readonly url: string; readonly rounds: number },
): Promise<Row[]> {
  progress(`cold starts: ${rounds} interleaved runs`);
  const bundled = (name: string, entry: string): string => {
    const target = join(folder, name);
    mkdirSync(target);
    bundleFunction({ root: ROOT, entry: join(ROOT, entry), folder: target });
    return join(target, 'index.js');
  };
  const worker = bundled('worker', 'lambda/click-worker/handler.ts');
  const empty = bundled('empty', 'bench/baselines/empty-handler.ts');
  const start = (file: string) => () => {
    const event = { Records: [{ messageId: 'first', body: encodeClickMessage([newClick(1)]) }] };
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
  return [
    row(
      { name: 'worker: cold start to the first message counted', unit: 'ms' },
      value,
      { name: 'empty handler', value: baseline },
      atMost(COLD_START_AIM),
    ),
    below(
      { name: 'worker: bundle, without the AWS SDK of the runtime', unit: 'kB' },
      statSync(worker).size / 1e3,
      BUNDLE_AIM,
    ),
  ];
}
