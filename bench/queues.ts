import { join } from 'node:path';
import type { Client } from 'pg';
import { openKafkaSender } from '../app/adapters/queue/kafka';
import { openRabbitMqSender } from '../app/adapters/queue/rabbitmq';
import { chunks } from '../contract/chunks';
import { readQueueUrl } from '../contract/click-queue';
import { startKafka } from '../local/parts/kafka';
import { connected, startPostgres } from '../local/parts/postgres';
import { LOCAL_CREDENTIALS, startQueue } from '../local/parts/queue';
import { startRabbitMq } from '../local/parts/rabbitmq';
import { startWorker } from '../local/parts/worker';
import { insertPlainly, LINKS, newBatch, PLAIN_TABLE, QUEUED_AIM } from './clicks';
import { atLeast, interleaved, row, type Progress, type Row } from './measure';
import { bundle, codeOf, makeLinks, measure, startServer, withBench } from './processes';
import { load } from './wrk';

const ROUNDS = 3;

/** Of a hundred messages each; in the mock of Kafka a partition forgets what goes beyond 5 MB. */
const BATCHES = 12;

/** From the broker on, where the worker of the part `clicks` has its messages in hand. */
const DRAIN_AIM = 0.6;

/** Between two looks at what is counted, in ms: each takes a processor for some ten. */
const LOOK_MS = 100;

/** How long a worker may take for them, in ms. */
const PATIENCE_MS = 60_000;

/** Rung 8 with each kind of queue: what a redirect pays, and how fast one worker counts what waits. */
export function queues(progress: Progress, rounds = ROUNDS): Promise<Row[]> {
  return withBench(async ({ folder, started }) => {
    const database = await started(startPostgres());
    const urls = {
      SQS: (await started(startQueue())).url,
      RabbitMQ: (await started(startRabbitMq())).url,
      Kafka: (await started(startKafka())).url,
    };
    const start = (file: string, settings: Readonly<Record<string, string>>) =>
      started(startServer([file], { DATABASE_URL: database.url, ...LOCAL_CREDENTIALS, ...settings }));
    const ours = bundle(folder, 'ours');
    const servers = [await start(bundle(folder, 'without', join(__dirname, 'baselines/no-clicks.ts')), {})];
    for (const CLICK_QUEUE_URL of Object.values(urls)) {
      servers.push(await start(ours, { CLICK_QUEUE_URL }));
    }
    // A server makes the schema, and a worker RabbitMQ's queue.
    await makeLinks(database.url, LINKS);
    await (await startWorker({ DATABASE_URL: database.url, CLICK_QUEUE_URL: urls.RabbitMQ })).stop();
    const drains = await drain(progress, rounds, database.url, {
      RabbitMQ: urls.RabbitMQ,
      Kafka: urls.Kafka,
    });

    progress(`redirects: ${rounds} interleaved runs of 3 s without clicks, and with each kind of queue`);
    const [without = NaN, ...queued] = await interleaved(
      rounds,
      servers.map(
        (server) => async () =>
          (await measure(server, () => load(`${server.url}/${codeOf(1)}`))).perProcessorSecond,
      ),
      progress,
    );
    const redirects = Object.keys(urls).map((kind, index) =>
      row(
        { name: `redirects of a hot link, clicks queued on ${kind}`, unit: 'requests/processor second' },
        queued[index] ?? NaN,
        { name: 'the same without clicks', value: without },
        atLeast(QUEUED_AIM),
      ),
    );
    return [...redirects, ...drains];
  });
}

/** A worker as servers run it, with a full queue before it, beside a statement that inserts the same clicks. */
async function drain(
  progress: Progress,
  rounds: number,
  url: string,
  urls: Readonly<Record<string, string>>,
): Promise<Row[]> {
  progress(`drains: ${rounds} interleaved runs of ${BATCHES} batches`);
  return connected({ url }, async (client) => {
    await client.query(PLAIN_TABLE);
    const [baseline = NaN, ...values] = await interleaved(
      rounds,
      [
        () => plainly(client),
        ...Object.values(urls).map((queueUrl) => () => byWorker(client, { url, queueUrl })),
      ],
      progress,
    );
    return Object.keys(urls).map((kind, index) =>
      row(
        { name: `clicks that one worker drains from ${kind}`, unit: 'clicks/s' },
        values[index] ?? NaN,
        { name: 'plain insert of the same rows', value: baseline },
        atLeast(DRAIN_AIM),
      ),
    );
  });
}

async function emptied(client: Client) {
  await client.query('TRUNCATE plain, counted_clicks');
  await client.query('VACUUM links');
  return Array.from({ length: BATCHES }, newBatch);
}

async function plainly(client: Client): Promise<number> {
  const batches = await emptied(client);
  const started = performance.now();
  for (const batch of batches) {
    await insertPlainly(client, batch);
  }
  return perSecond(batches.flatMap(({ clicks }) => clicks).length, started);
}

/** From the first batch that is seen to be counted, for before it a worker connects and joins its group. */
async function byWorker(
  client: Client,
  { url, queueUrl }: { readonly url: string; readonly queueUrl: string },
): Promise<number> {
  const batches = await emptied(client);
  const clicks = batches.flatMap((batch) => batch.clicks).length;
  await fill(
    queueUrl,
    batches.flatMap(({ messages }) => messages.map(({ body }) => body)),
  );
  const worker = await startWorker({ DATABASE_URL: url, CLICK_QUEUE_URL: queueUrl });
  try {
    const first = await counted(client, 1);
    const started = performance.now();
    await counted(client, clicks);
    return perSecond(clicks - first, started);
  } finally {
    await worker.stop();
  }
}

async function fill(queueUrl: string, bodies: readonly string[]): Promise<void> {
  const address = readQueueUrl(queueUrl);
  if (address === undefined || address.kind === 'sqs') {
    throw new Error(`No queue that a worker on servers reads: ${queueUrl}`);
  }
  const sender =
    address.kind === 'kafka' ? await openKafkaSender(address) : await openRabbitMqSender(address, undefined);
  for (const some of chunks(bodies, 50)) {
    await sender.send(some);
  }
  sender.close();
}

/** Resolves with how many are counted when there are so many. @throws Error where they do not come in time */
async function counted(client: Client, least: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM counted_clicks',
    );
    const count = rows[0]?.count ?? 0;
    if (count >= least) {
      return count;
    }
    if (performance.now() > deadline) {
      throw new Error(`Only ${count} of ${least} clicks were counted within ${PATIENCE_MS / 1_000} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const perSecond = (clicks: number, started: number): number =>
  (clicks * 1_000) / (performance.now() - started);
