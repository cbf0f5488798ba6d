/** The producer against queues that fail in every way a stub can; real ones are beside it. */
import { randomUUID } from 'node:crypto';
import { ClicksNotTaken } from '../../../app/adapters/database';
import { createClickQueue } from '../../../app/adapters/queue/click-queue';
import type { Send } from '../../../app/adapters/queue/send';
import { createClicks } from '../../../app/services/clicks';
import { chunks } from '../../../contract/chunks';
import {
  MAX_CLICKS_PER_MESSAGE,
  clickId,
  decodeClickMessage,
  type ClickBatch,
} from '../../../contract/click-message';
import { listen, silent } from '../support';

/** What gathers on so many links, and what it counts in all. */
function gathered(links: number): {
  readonly batches: readonly ClickBatch[];
  readonly counts: ReadonlyMap<string, number>;
} {
  const entries = Array.from({ length: links }, (_, index) => [`code-${index}`, index + 1] as const);
  return {
    batches: chunks(entries, MAX_CLICKS_PER_MESSAGE).map((counts) => ({
      id: clickId(Date.now(), randomUUID()),
      counts: new Map(counts),
    })),
    counts: new Map(entries),
  };
}

/** What is left of batches that a queue has refused. */
async function leftOf(sending: Promise<void>): Promise<readonly ClickBatch[]> {
  const error: unknown = await sending.catch((reason: unknown) => reason);
  return error instanceof ClicksNotTaken ? error.left : [];
}

/** A queue that remembers every message it took, and answers requests by `answer` in turn. */
function createQueue(...answers: readonly ('taken' | 'odd ones refused' | 'lost' | 'taken, unheard')[]) {
  const taken: string[] = [];
  const requests: number[] = [];
  const send: Send = (bodies) => {
    const answer = answers[requests.length] ?? 'taken';
    requests.push(bodies.length);
    const refused = answer === 'odd ones refused' ? bodies.filter((_, index) => index % 2 === 1) : [];
    taken.push(...(answer === 'lost' ? [] : bodies.filter((body) => !refused.includes(body))));
    return answer === 'lost' || answer === 'taken, unheard'
      ? Promise.reject(new Error('timed out'))
      : Promise.resolve(refused);
  };
  return { taken, requests, send };
}

/** What a worker counts: each id once. */
function counted(bodies: readonly string[]): ReadonlyMap<string, number> {
  const byId = new Map(
    bodies
      .map(decodeClickMessage)
      .flatMap((message) => (message.kind === 'clicks' ? message.clicks : []))
      .map((click) => [click.id, click]),
  );
  const counts = new Map<string, number>();
  byId.forEach(({ code, count }) => counts.set(code, (counts.get(code) ?? 0) + count));
  return counts;
}

test('each batch becomes a message, ten a request', async () => {
  const { send, taken, requests } = createQueue();
  const { batches, counts } = gathered(5_000);
  await createClickQueue(send).addClicks(batches);
  expect(taken).toHaveLength(34);
  expect(requests).toEqual([10, 10, 10, 4]);
  expect(counted(taken)).toEqual(counts);
});

test('messages that were refused are sent again, and no others', async () => {
  const { send, taken, requests } = createQueue('odd ones refused');
  const queue = createClickQueue(send);
  const { batches, counts } = gathered(1_500);
  const sending = queue.addClicks(batches);
  await expect(sending).rejects.toThrow('The click queue did not take 5 messages');
  await queue.addClicks(await leftOf(sending));
  expect(requests).toEqual([10, 5]);
  expect(new Set(taken).size).toBe(taken.length);
  expect(counted(taken)).toEqual(counts);
});

test('after a request that failed no other is tried; the rest goes on from there', async () => {
  const { send, taken, requests } = createQueue('taken', 'lost');
  const queue = createClickQueue(send);
  const { batches, counts } = gathered(4_500);
  const sending = queue.addClicks(batches);
  await expect(sending).rejects.toThrow('The click queue did not take 20 messages: timed out');
  await queue.addClicks(await leftOf(sending));
  expect(requests).toEqual([10, 10, 10, 10]);
  expect(counted(taken)).toEqual(counts);
});

test('what was taken without our hearing of it is sent again under the same ids', async () => {
  const { send, taken } = createQueue('taken, unheard');
  const queue = createClickQueue(send);
  const { batches, counts } = gathered(100);
  await queue.addClicks(await leftOf(queue.addClicks(batches)));
  expect(taken).toHaveLength(2);
  expect(counted(taken)).toEqual(counts);
});

describe('with the buffer before it', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('clicks wait while the queue is away, beyond the bound they are dropped, counted, and logged once', async () => {
    const { send, taken } = createQueue('lost', 'lost', 'lost');
    const log = listen();
    const clicks = createClicks(createClickQueue(send), log);
    clicks.start();
    Array.from({ length: 50_007 }).forEach((_, index) => {
      clicks.record(`code-${index}`);
    });
    expect(clicks.state()).toEqual({ waiting: 50_000, dropped: 7 });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(log.sentences.filter((sentence) => sentence.startsWith('Clicks were dropped'))).toHaveLength(1);
    expect(clicks.state()).toEqual({ waiting: 0, dropped: 7 });
    expect(counted(taken).size).toBe(50_000);
    await clicks.stop(0);
  });

  test('attempts have jitter, so that servers do not come back at once', async () => {
    const times = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const at: number[] = [];
        const send: Send = () => {
          at.push(Date.now());
          return Promise.reject(new Error('timed out'));
        };
        const clicks = createClicks(createClickQueue(send), silent);
        clicks.record('code');
        clicks.start();
        await jest.advanceTimersByTimeAsync(4_000);
        await clicks.stop(0);
        return (at[1] ?? 0) - (at[0] ?? 0);
      }),
    );
    expect(new Set(times).size).toBeGreaterThan(4);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1_000);
  });

  test('a stop sends what waits', async () => {
    const { send, taken } = createQueue();
    const clicks = createClicks(createClickQueue(send), silent);
    clicks.record('code');
    clicks.record('code');
    await clicks.stop(1_000);
    expect(counted(taken)).toEqual(new Map([['code', 2]]));
  });
});
