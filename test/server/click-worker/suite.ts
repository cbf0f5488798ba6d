/** What every queue that the process on servers reads must keep; one broker a file, and one database. */
import { randomUUID } from 'node:crypto';
import { ClicksNotTaken, type ClickWriter } from '../../../app/adapters/database';
import { openClickQueue, type ClickQueue } from '../../../app/adapters/queue/click-queue';
import { createClicks } from '../../../app/services/clicks';
import { clickId, type ClickBatch } from '../../../contract/click-message';
import { readQueueUrl } from '../../../contract/click-queue';
import type { Postgres } from '../../../local/parts/postgres';
import type { Part } from '../../../local/parts/supervised';
import { startWorker } from '../../../local/parts/worker';
import type { ReadQueue } from '../../../server/click-worker/queue';
import { countExactly, countedIn, midBatch, type TestQueue } from '../../lambda/click-worker/exactness';
import { codeOf, eventually } from '../../lambda/click-worker/support';

/** A way in which a broker fails its producers. */
interface Fault {
  readonly name: string;
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
}

// eslint-disable-next-line jest/no-export -- how many links the database of each file has
export const LINKS = 100;

/** How long a request and a new connection may take together, in ms, and what a busy machine adds. */
const BOUND_MS = 7_000;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A click of each link. */
function clicks(): ClickBatch {
  return {
    id: clickId(Date.now(), randomUUID()),
    counts: new Map(Array.from({ length: LINKS }, (_, index) => [codeOf(index), 1])),
  };
}

/** Resolves with what is left of batches that were sent once. */
async function send(writer: ClickWriter, batches: readonly ClickBatch[]): Promise<readonly ClickBatch[]> {
  try {
    await writer.addClicks(batches);
    return [];
  } catch (error) {
    if (error instanceof ClicksNotTaken) {
      return error.left;
    }
    throw error;
  }
}

/** As the buffer of clicks does, only sooner. */
async function sendUntilTaken(writer: ClickWriter, batches: readonly ClickBatch[]): Promise<void> {
  let left = batches;
  await eventually(async () => {
    left = await send(writer, left);
    return left.length === 0;
  });
}

/** As a worker does that stops with all that it has read. */
async function readAndGiveBack(read: ReadQueue): Promise<void> {
  const stopping = new AbortController();
  await read({
    log: silent,
    signal: stopping.signal,
    hold: (messages) => {
      stopping.abort();
      return Promise.resolve({ poison: [], left: messages });
    },
  });
}

interface Kind {
  /** There when tests run, as is the database, which has {@link LINKS} links. */
  readonly queue: () => TestQueue;
  readonly database: () => Postgres;
  /** What reads the queue, and how often it must be able to give a message back. */
  readonly reader: () => ReadQueue;
  readonly returns: number;
  readonly faults: readonly Fault[];
}

// eslint-disable-next-line jest/no-export -- tests of several files, one for each kind of queue
export function keepsItsPromises({ queue, database, reader, returns, faults }: Kind): void {
  const settings = () => ({ DATABASE_URL: database().url, CLICK_QUEUE_URL: queue().url });

  function openWriter(): ClickQueue {
    const address = readQueueUrl(queue().url);
    if (address === undefined) {
      throw new Error('no queue');
    }
    return openClickQueue({ address });
  }

  // eslint-disable-next-line jest/expect-expect -- it expects all that any kind of queue must keep
  test('100,000 clicks, repeated, reordered, poisoned, with workers and database killed in mid-batch, count exactly', async () => {
    await countExactly(queue());
  }, 120_000);

  test('messages are given back by workers that stop while the database is away, and count once it is back', async () => {
    const before = await countedIn(database());
    const dead = (await queue().dead()).toSorted();
    const writer = openWriter();
    await sendUntilTaken(writer, [clicks(), clicks()]);
    writer.close();
    await database().freeze();
    await (await startWorker(settings())).stop();
    for (let time = 0; time < returns; time += 1) {
      await readAndGiveBack(reader());
    }
    await database().thaw();
    expect(await queue().left()).toBeGreaterThan(0);
    const worker = await startWorker(settings());
    await eventually(async () => (await countedIn(database())) === before + 2 * LINKS);
    await worker.stop();
    expect(await queue().left()).toBe(0);
    expect((await queue().dead()).toSorted()).toEqual(dead);
  });

  describe('with a worker', () => {
    let worker: Part;

    beforeAll(async () => {
      worker = await startWorker(settings());
    });

    test.each(faults)(
      'a broker that is $name delays no click, and is served again by itself when it is back',
      async ({ begin, end }) => {
        const before = await countedIn(database());
        const writer = openWriter();
        await sendUntilTaken(writer, [clicks()]);
        await eventually(async () => (await countedIn(database())) === before + LINKS);

        await begin();
        const buffer = createClicks(writer, silent);
        for (let index = 0; index < LINKS; index += 1) {
          buffer.record(codeOf(index));
        }
        const batches = Array.from({ length: 10 }, clicks);
        const started = performance.now();
        const left = await send(writer, batches);
        const took = performance.now() - started;
        const waiting = buffer.state();
        await end();
        expect(left.length).toBeGreaterThan(0);
        expect(took).toBeLessThan(BOUND_MS);
        expect(waiting).toEqual({ waiting: LINKS, dropped: 0 });

        await sendUntilTaken(writer, left);
        await buffer.stop(20_000);
        await eventually(async () => (await countedIn(database())) === before + 12 * LINKS);
        expect(buffer.state()).toEqual({ waiting: 0, dropped: 0 });
        writer.close();
      },
    );

    // The last, for it ends the worker.
    test('a worker that is told to stop in mid-batch finishes it, and leaves nothing', async () => {
      const before = await countedIn(database());
      const writer = openWriter();
      let stopping = Promise.resolve();
      const broken = midBatch(database(), () => {
        stopping = worker.stop();
        return Promise.resolve();
      });
      await sendUntilTaken(writer, [clicks()]);
      writer.close();
      await broken;
      await stopping;
      expect(await countedIn(database())).toBe(before + LINKS);
      expect(await queue().left()).toBe(0);
    });
  });
}
