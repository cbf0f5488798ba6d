import { ClicksNotTaken, type ClickWriter } from '../../app/adapters/database';
import { createClicks, type Clicks } from '../../app/services/clicks';
import type { Log } from '../../app/adapters/log';
import { clickTime, type ClickBatch } from '../../contract/click-message';
import { LOST_CLICKS } from '../../contract/log-fields';
import { listen, silent } from './support';

interface Counter extends ClickWriter {
  readonly totals: Map<string, number>;
  calls: number;
  /** What happens to a call: applied and acknowledged, applied and lost on the way back, or never arrived. */
  fate: 'acknowledged' | 'applied' | 'lost';
}

/** A database that remembers batches as the real one does: each id counts once. */
function createCounter(): Counter {
  const applied = new Map<string, number>();
  const totals = new Map<string, number>();
  const counter: Counter = {
    totals,
    calls: 0,
    fate: 'acknowledged',
    addClicks(batches) {
      counter.calls += 1;
      batches
        .filter(({ id }) => counter.fate !== 'lost' && !applied.has(id))
        .forEach(({ id, counts }) => {
          applied.set(id, counts.size);
          counts.forEach((count, code) => totals.set(code, (totals.get(code) ?? 0) + count));
        });
      return counter.fate === 'acknowledged'
        ? Promise.resolve()
        : Promise.reject(new Error('connection lost'));
    },
  };
  return counter;
}

function record(clicks: Clicks, code: string, times: number): void {
  Array.from({ length: times }).forEach(() => {
    clicks.record(code);
  });
}

/** A click on each of so many links. */
function recordCodes(clicks: Clicks, count: number): void {
  Array.from({ length: count }, (_, index) => `code-${index}`).forEach((code) => {
    clicks.record(code);
  });
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('a second of clicks is written in one batch', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  record(clicks, 'a', 3);
  record(clicks, 'b', 1);
  await jest.advanceTimersByTimeAsync(1_000);
  expect([...counter.totals]).toEqual([
    ['a', 3],
    ['b', 1],
  ]);
  expect(counter.calls).toBe(1);
  await clicks.stop(0);
});

test('nothing is written when nobody clicked', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(counter.calls).toBe(0);
  await clicks.stop(0);
});

test('what could not be written is kept, and written once the database is back', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  counter.fate = 'lost';
  record(clicks, 'a', 2);
  await jest.advanceTimersByTimeAsync(3_000);
  record(clicks, 'a', 5);
  expect(clicks.state()).toEqual({ waiting: 7, dropped: 0 });
  counter.fate = 'acknowledged';
  await jest.advanceTimersByTimeAsync(30_000);
  expect(counter.totals.get('a')).toBe(7);
  expect(clicks.state()).toEqual({ waiting: 0, dropped: 0 });
  await clicks.stop(0);
});

test('clicks are held up from a write that failed to one that did not', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  expect(clicks.areHeldUp()).toBe(false);
  counter.fate = 'lost';
  record(clicks, 'a', 1);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(clicks.areHeldUp()).toBe(true);
  counter.fate = 'acknowledged';
  await jest.advanceTimersByTimeAsync(10_000);
  expect(clicks.areHeldUp()).toBe(false);
  await clicks.stop(0);
});

test('a database that does not answer is not hurried, however many clicks wait', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  counter.fate = 'lost';
  recordCodes(clicks, 12_000);
  await jest.advanceTimersByTimeAsync(1_900);
  expect(counter.calls).toBe(1);
  await clicks.stop(0);
});

test('a stop ends at once where nothing waits', async () => {
  const clicks = createClicks(createCounter(), silent);
  clicks.start();
  const stopped = jest.fn();
  void clicks.stop(60_000).then(stopped);
  await jest.advanceTimersByTimeAsync(0);
  expect(stopped).toHaveBeenCalled();
});

test('a batch whose acknowledgment was lost is not counted twice', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  counter.fate = 'applied';
  record(clicks, 'a', 2);
  await jest.advanceTimersByTimeAsync(5_000);
  counter.fate = 'acknowledged';
  record(clicks, 'a', 1);
  await jest.advanceTimersByTimeAsync(30_000);
  expect(counter.totals.get('a')).toBe(3);
  await clicks.stop(0);
});

test('clicks have their ids when they are gathered: 150 links each, the same at every attempt, that tell the time', async () => {
  const sent: (readonly ClickBatch[])[] = [];
  const clicks = createClicks(
    {
      addClicks: (batches) => {
        sent.push(batches);
        return sent.length === 1 ? Promise.reject(new Error('connection lost')) : Promise.resolve();
      },
    },
    silent,
  );
  clicks.start();
  recordCodes(clicks, 400);
  const now = Date.now();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(sent[0]?.map(({ counts }) => counts.size)).toEqual([150, 150, 100]);
  expect(new Set(sent[0]?.map(({ id }) => id)).size).toBe(3);
  expect(sent[0]?.map(({ id }) => clickTime(id) - now)).toEqual([1_000, 1_000, 1_000]);
  expect(sent).toEqual([sent[0], sent[0]]);
  await clicks.stop(0);
});

test('of batches that were taken in part, the others are sent again', async () => {
  const sent: (readonly ClickBatch[])[] = [];
  const clicks = createClicks(
    {
      addClicks: (batches) => {
        sent.push(batches);
        return sent.length === 1
          ? Promise.reject(new ClicksNotTaken(batches.slice(2), 'one was refused', undefined))
          : Promise.resolve();
      },
    },
    silent,
  );
  clicks.start();
  recordCodes(clicks, 400);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(clicks.state()).toEqual({ waiting: 100, dropped: 0 });
  await jest.advanceTimersByTimeAsync(4_000);
  expect(sent).toEqual([sent[0], [sent[0]?.[2]]]);
  await clicks.stop(0);
});

test('attempts become rarer while the database is away', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  counter.fate = 'lost';
  record(clicks, 'a', 1);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(counter.calls).toBeGreaterThanOrEqual(6);
  expect(counter.calls).toBeLessThanOrEqual(15);
  await clicks.stop(0);
});

test('a stop writes what waits', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  record(clicks, 'a', 4);
  await clicks.stop(1_000);
  expect(counter.totals.get('a')).toBe(4);
});

test('a stop without a database gives up, and logs what is lost', async () => {
  const counter = createCounter();
  const log = listen();
  const clicks = createClicks(counter, log);
  counter.fate = 'lost';
  record(clicks, 'a', 4);
  const stopping = clicks.stop(1_000);
  await jest.advanceTimersByTimeAsync(1_500);
  await stopping;
  expect(log.sentences.at(-1)).toBe(
    'Clicks were lost: neither database nor queue took them before the stop.',
  );
});

test('what gathered in a long outage is written in batches that the database can take', async () => {
  const sizes: number[] = [];
  const clicks = createClicks(
    {
      addClicks: (batches) => {
        sizes.push(batches.reduce((sum, { counts }) => sum + counts.size, 0));
        return Promise.resolve();
      },
    },
    silent,
  );
  clicks.start();
  recordCodes(clicks, 12_000);
  await jest.advanceTimersByTimeAsync(2_500);
  expect(sizes).toEqual([5_000, 5_000, 2_000]);
  expect(clicks.state()).toEqual({ waiting: 0, dropped: 0 });
  await clicks.stop(0);
});

test('beyond 50,000 links the clicks of others are dropped, counted and logged', async () => {
  const counter = createCounter();
  const log = listen();
  const clicks = createClicks(counter, log);
  clicks.start();
  recordCodes(clicks, 50_002);
  clicks.record('code-0');
  expect(clicks.state()).toEqual({ waiting: 50_001, dropped: 2 });
  await jest.advanceTimersByTimeAsync(1_000);
  expect(log.sentences).toEqual(['Clicks were dropped: too many wait to be written.']);
  await clicks.stop(0);
});

describe('what is logged', () => {
  /** A log that keeps what it is told with each sentence. */
  function createLog(): Log & { readonly lines: (readonly [object, string])[] } {
    const lines: (readonly [object, string])[] = [];
    const note = (...line: readonly [object, string]): void => {
      lines.push(line);
    };
    return { lines, info: note, warn: note, error: note };
  }

  const DROPPED = 'Clicks were dropped: too many wait to be written.';

  test('of dropped clicks is how many there are since it was said last', async () => {
    const log = createLog();
    const clicks = createClicks(createCounter(), log, 2);
    clicks.start();
    record(clicks, 'a', 5);
    await jest.advanceTimersByTimeAsync(3_000);
    record(clicks, 'a', 3);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(log.lines).toEqual([
      [{ [LOST_CLICKS]: 3 }, DROPPED],
      [{ [LOST_CLICKS]: 1 }, DROPPED],
    ]);
    expect(clicks.state()).toEqual({ waiting: 0, dropped: 4 });
    await clicks.stop(0);
  });

  test('of clicks that could not be written is why, how many wait and how often it failed', async () => {
    const log = createLog();
    const counter = createCounter();
    const clicks = createClicks(counter, log);
    clicks.start();
    counter.fate = 'lost';
    record(clicks, 'a', 2);
    await jest.advanceTimersByTimeAsync(3_000);
    const err = new Error('connection lost');
    const sentence = 'Clicks could not be written; they are kept.';
    expect(log.lines).toEqual([
      [{ err, clicks: 2, failures: 1 }, sentence],
      [{ err, clicks: 2, failures: 2 }, sentence],
    ]);
    counter.fate = 'acknowledged';
    await clicks.stop(0);
  });

  test('at a stop is how many are lost, those that were under way too', async () => {
    const log = createLog();
    const counter = createCounter();
    const clicks = createClicks(counter, log);
    clicks.start();
    counter.fate = 'lost';
    record(clicks, 'a', 2);
    await jest.advanceTimersByTimeAsync(1_000);
    record(clicks, 'a', 3);
    await clicks.stop(0);
    expect(log.lines.at(-1)).toEqual([
      { [LOST_CLICKS]: 5 },
      'Clicks were lost: neither database nor queue took them before the stop.',
    ]);
  });

  test('at a stop that has written everything is nothing', async () => {
    const log = createLog();
    const clicks = createClicks(createCounter(), log);
    record(clicks, 'a', 2);
    await clicks.stop(0);
    expect(log.lines).toEqual([]);
  });
});

/** When a database is asked, in ms since the start, that is away until `until`. */
async function attempts(random: number, until: number, duration: number): Promise<readonly number[]> {
  const moments: number[] = [];
  const startedAt = performance.now();
  jest.spyOn(Math, 'random').mockReturnValue(random);
  const clicks = createClicks(
    {
      addClicks: () => {
        const now = performance.now() - startedAt;
        moments.push(now);
        return now < until ? Promise.reject(new Error('away')) : Promise.resolve();
      },
    },
    silent,
  );
  clicks.start();
  recordCodes(clicks, 5_001);
  await jest.advanceTimersByTimeAsync(duration);
  jest.restoreAllMocks();
  await clicks.stop(0);
  return moments;
}

test('pauses double with each failure, to ten seconds at most', async () => {
  expect(await attempts(1, Infinity, 35_000)).toEqual([1_000, 3_000, 7_000, 15_000, 25_000, 35_000, 35_000]);
});

test('chance shortens them by half at most', async () => {
  expect(await attempts(0, Infinity, 13_000)).toEqual([1_000, 2_000, 4_000, 8_000, 13_000, 13_000]);
});

test('once the database is back a second lies between writes again, and the rest follows', async () => {
  expect(await attempts(1, 5_000, 8_000)).toEqual([1_000, 3_000, 7_000, 8_000]);
});

test('a whole batch that waits already is written at once', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  clicks.start();
  recordCodes(clicks, 10_000);
  await jest.advanceTimersByTimeAsync(1_001);
  expect(counter.calls).toBe(2);
  await clicks.stop(0);
});

test('a stop writes all that waits, batch by batch', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  recordCodes(clicks, 12_000);
  const stopping = clicks.stop(1_000);
  await jest.advanceTimersByTimeAsync(10);
  await stopping;
  expect([counter.calls, counter.totals.size]).toEqual([3, 12_000]);
});

test('a stop tries again ten times a second, until its time is over', async () => {
  const counter = createCounter();
  const clicks = createClicks(counter, silent);
  counter.fate = 'lost';
  record(clicks, 'a', 1);
  const stopping = clicks.stop(1_000);
  await jest.advanceTimersByTimeAsync(5_000);
  await stopping;
  expect(counter.calls).toBe(11);
});

test('a stop waits for the write that is under way, and nothing is written after it', async () => {
  let acknowledge: () => void = () => undefined;
  let calls = 0;
  const addClicks = (): Promise<void> => {
    calls += 1;
    return new Promise((resolve) => (acknowledge = resolve));
  };
  const clicks = createClicks({ addClicks }, silent);
  clicks.start();
  record(clicks, 'a', 1);
  await jest.advanceTimersByTimeAsync(1_000);
  const stopping = clicks.stop(0);
  expect(clicks.state().waiting).toBe(1);
  acknowledge();
  await stopping;
  await jest.advanceTimersByTimeAsync(5_000);
  expect([calls, clicks.state().waiting]).toEqual([1, 0]);
});
