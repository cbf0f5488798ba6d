/** What every queue that the process on servers reads must keep; one broker a file, and one database. */
import { randomUUID } from 'node:crypto';
import { ClicksNotTaken, type ClickWriter } from '../../../app/adapters/database';
import { openClickQueue } from '../../../app/adapters/queue/click-queue';
import { createClicks } from '../../../app/services/clicks';
import { clickId, type ClickBatch } from '../../../contract/click-message';
import { readQueueUrl } from '../../../contract/click-queue';
import type { Postgres } from '../../../local/parts/postgres';
import { startWorker } from '../../../local/parts/worker';
import {
  countExactly,
  countedIn,
  midBatch,
  openDatabase,
  type TestQueue,
} from '../../lambda/click-worker/exactness';
import { codeOf, eventually } from '../../lambda/click-worker/support';

/** A way in which a broker fails its producers. */
export interface Fault {
  readonly name: string;
  begin(): Promise<void>;
  end(): Promise<void>;
}

const LINKS = 100;

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
  const error: unknown = await writer.addClicks(batches).catch((reason: unknown) => reason);
  if (error !== undefined && !(error instanceof ClicksNotTaken)) {
    throw error;
  }
  return error?.left ?? [];
}

/** As the buffer of clicks does, only sooner. */
async function sendUntilTaken(writer: ClickWriter, batches: readonly ClickBatch[]): Promise<void> {
  let left = batches;
  await eventually(async () => {
    left = await send(writer, left);
    return left.length === 0;
  });
}

/** @param queue and what breaks it; both are there when tests run */
export function keepsItsPromises(queue: () => TestQueue, faults: readonly Fault[]): void {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await openDatabase(LINKS);
  });

  afterAll(() => postgres.stop());

  const settings = () => ({ DATABASE_URL: postgres.url, CLICK_QUEUE_URL: queue().url });

  function openWriter() {
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

  test('an outage of the database, in which more workers stop than a message may be delivered, makes no poison', async () => {
    const before = { counted: await countedIn(postgres), dead: (await queue().dead()).length };
    const writer = openWriter();
    await sendUntilTaken(writer, [clicks(), clicks()]);
    writer.close();
    await postgres.freeze();
    try {
      for (let time = 0; time < 6; time += 1) {
        const worker = await startWorker(settings());
        await worker.stop();
      }
    } finally {
      await postgres.thaw();
    }
    expect(await queue().left()).toBeGreaterThan(0);
    const worker = await startWorker(settings());
    await eventually(async () => (await countedIn(postgres)) === before.counted + 2 * LINKS);
    await worker.stop();
    expect(await queue().left()).toBe(0);
    expect(await queue().dead()).toHaveLength(before.dead);
  });

  test('a worker that is told to stop in mid-batch finishes it, and leaves nothing', async () => {
    const before = await countedIn(postgres);
    const worker = await startWorker(settings());
    const writer = openWriter();
    let stopping = Promise.resolve();
    const broken = midBatch(postgres, () => {
      stopping = worker.stop();
      return Promise.resolve();
    });
    await sendUntilTaken(writer, [clicks()]);
    writer.close();
    await broken;
    await stopping;
    expect(await countedIn(postgres)).toBe(before + LINKS);
    expect(await queue().left()).toBe(0);
  });

  describe.each(faults)('a broker that is $name', ({ begin, end }) => {
    test('delays no click, takes none twice, and is served again by itself when it is back', async () => {
      const before = await countedIn(postgres);
      const writer = openWriter();
      const worker = await startWorker(settings());
      await sendUntilTaken(writer, [clicks()]);
      await eventually(async () => (await countedIn(postgres)) === before + LINKS);

      await begin();
      let isOver = false;
      const heal = async () => {
        await (isOver ? undefined : end());
        isOver = true;
      };
      const buffer = createClicks(writer, silent);
      try {
        for (let index = 0; index < LINKS; index += 1) {
          buffer.record(codeOf(index));
        }
        const started = performance.now();
        const batches = [clicks(), clicks()];
        expect((await send(writer, batches)).length).toBeGreaterThan(0);
        expect(performance.now() - started).toBeLessThan(BOUND_MS);
        expect(buffer.state()).toEqual({ waiting: LINKS, dropped: 0 });
        await heal();
        await sendUntilTaken(writer, batches);
      } finally {
        await heal();
      }
      await buffer.stop(20_000);
      await eventually(async () => (await countedIn(postgres)) === before + 4 * LINKS);
      expect(buffer.state()).toEqual({ waiting: 0, dropped: 0 });
      writer.close();
      await worker.stop();
    });
  });
}
