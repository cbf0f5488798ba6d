/**
 * The click worker where Lambda is none: a process on each server that reads clicks from RabbitMQ or Kafka and counts
 * them as Lambda's function counts those of SQS.
 */
import { createCounting } from '../../lambda/click-worker/counting';
import { createDatabase } from '../../lambda/click-worker/database';
import { QUEUE_READ } from '../../contract/log-fields';
import { log as plainLog, withFields, type Log } from '../../lambda/log';
import { createHold, oneAtATime } from './hold';
import { createKafkaReader } from './kafka';
import { readUntilStopped, type ReadQueue } from './queue';
import { createRabbitMqReader } from './rabbitmq';
import { readSettings, type Settings } from './settings';

const HELP = `Usage: node click-worker.js

Counts clicks from the queue at CLICK_QUEUE_URL (amqps://… or kafka://…) in the database at DATABASE_URL, until SIGTERM.
The other settings stand in contract/click-worker.ts. Writes a line of JSON for what happens.
`;

/** How long a stop may take, in ms; a transaction takes a few seconds at most. Nothing is lost where it takes longer. */
const STOP_MS = 18_000;

function readerOf({ queue, queueSecretArn }: Settings): ReadQueue {
  return queue.kind === 'rabbitmq' ? createRabbitMqReader(queue, queueSecretArn) : createKafkaReader(queue);
}

function stopSignal(log: Log): AbortSignal {
  const stopping = new AbortController();
  (['SIGTERM', 'SIGINT'] as const).forEach((name) =>
    process.on(name, () => {
      log.info({ signal: name }, 'Stopping.');
      stopping.abort();
      setTimeout(() => {
        log.error({}, 'The stop took too long; what was not finished is delivered again.');
        process.exit(1);
      }, STOP_MS).unref();
    }),
  );
  return stopping.signal;
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const settings = readSettings(process.env);
  const { databaseUrls: urls, secretArn, queue } = settings;
  const log = withFields(plainLog, { [QUEUE_READ]: queue.kind });
  const counter = createDatabase({ urls, secretArn });
  const count = oneAtATime(createCounting({ counter, log, now: () => Date.now() }));
  const signal = stopSignal(log);
  await readUntilStopped(readerOf(settings), { hold: createHold(count), log, signal });
  log.info({}, 'Stopped.');
  // Connections to the database are kept, and would keep the process.
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
