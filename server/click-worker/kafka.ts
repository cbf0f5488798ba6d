import type { Message as KafkaMessage } from 'kafka-ts';
import { chunks } from '../../contract/chunks';
import { CONSUMER_GROUP, DEAD_LETTERS_SUFFIX, type KafkaAddress } from '../../contract/click-queue';
import { endedBy } from '../../contract/ended-by';
import { openKafka } from '../../contract/kafka';
import type { Message } from '../../lambda/click-worker/counting';
import { createTopics } from './kafka-topics';
import { aborted, pause, type Backoff } from './pause';
import { GATHER_MS, MOST_MESSAGES, READS, type ReadQueue } from './queue';

/** In ms. A request to join the group is answered when all members have joined. */
const REBALANCE_MS = 20_000;
const PATIENCE = { connectTimeout: 5_000, requestTimeout: REBALANCE_MS + 5_000 };

/**
 * A worker of which the group has heard nothing for so long, in ms, is taken for dead, and others read on where it was;
 * brokers allow no less. It says something ten times.
 */
const SESSION_MS = 6_000;

/** A broker answers when it has so much, in bytes, or after {@link GATHER_MS}. */
const GATHER_BYTES = 64_000;

/** How much one answer holds of each partition, in bytes: a few hundred messages of one second of one process. */
const PARTITION_BYTES = 1_000_000;

const BACKOFF: Backoff = { first: 200, most: 5_000 };

/** What was delivered was neither counted nor dropped: it is read again from the last offset that was committed. */
class GivenBack extends Error {
  override readonly name = 'GivenBack';
}

/**
 * Reads as a member of the group of all workers. Offsets are committed when the database has the clicks, and the
 * dead-letter topic the poison; what another worker reads again after a rebalance or a crash counts once by its id. The client connects
 * again by itself.
 */
export function createKafkaReader(address: KafkaAddress): ReadQueue {
  return async ({ hold, log, signal }) => {
    const { client, library } = await openKafka(address, PATIENCE, (fields, sentence) => {
      log.warn(fields, sentence);
    });
    const { topic } = address;
    const deadLetters = `${topic}${DEAD_LETTERS_SUFFIX}`;
    await createTopics(client, library, [topic, deadLetters]);
    const producer = client.createProducer({ maxRetries: 1 });
    // Of the group's membership: what is held then belongs to another worker.
    let lost = new AbortController();

    /** @returns whether the topic has them, for sure */
    async function bury(poison: readonly Message[], until: AbortSignal): Promise<boolean> {
      const messages = poison.map(({ id, body }) => ({
        topic: deadLetters,
        value: body,
        headers: { 'came-from': `${topic}/${id}` },
      }));
      for (let failures = 0; messages.length > 0; failures += 1) {
        await pause(failures, BACKOFF, until);
        if (until.aborted) {
          return false;
        }
        try {
          await producer.send(messages);
          return true;
        } catch (error) {
          log.warn({ err: error }, 'The dead-letter topic takes no messages now.');
        }
      }
      return true;
    }

    const starting = client.startConsumer({
      topics: [topic],
      groupId: CONSUMER_GROUP,
      fromBeginning: true,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      maxWaitMs: GATHER_MS,
      minBytes: GATHER_BYTES,
      partitionMaxBytes: PARTITION_BYTES,
      // Holding is our own; whatever fails here starts the consumer anew.
      retrier: async (run) => {
        await run();
      },
      onBatch: async (delivered, { resolveOffset, abortSignal }) => {
        for (const batch of chunks(delivered, MOST_MESSAGES)) {
          const isDone = await endedBy([signal, abortSignal, lost.signal], async (until) => {
            const { poison, left } = await hold(batch.map(toMessage), until);
            return left.length === 0 && (await bury(poison, until));
          });
          if (!isDone) {
            // After a rebalance the client commits what is resolved; in every other case it would commit all.
            if (abortSignal.aborted) {
              return;
            }
            throw new GivenBack('The worker stops, or has lost its place in the group.');
          }
          batch.forEach(resolveOffset);
        }
      },
    });
    const consumer = await Promise.race([starting, aborted(signal)]);
    if (consumer === undefined) {
      return;
    }
    consumer.on('heartbeatError', () => {
      lost.abort();
      lost = new AbortController();
    });
    log.info({}, READS);
    await aborted(signal);
    await consumer.close();
    await producer.close();
  };
}

function toMessage({ partition, offset, value }: Required<KafkaMessage>): Message {
  return { id: `${partition}/${offset}`, body: value ?? '' };
}
