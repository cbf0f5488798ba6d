import type { ClickBatch } from '../../app/adapters/database';
import { createClicks, type Clicks } from '../../app/services/clicks';
import { listen, silent } from './support';

interface Counter {
  readonly totals: Map<string, number>;
  calls: number;
  /** What happens to a call: applied and acknowledged, applied and lost on the way back, or never arrived. */
  fate: 'acknowledged' | 'applied' | 'lost';
  addClicks(batch: ClickBatch): Promise<void>;
}

/** A database that remembers batches as the real one does: each id counts once. */
function createCounter(): Counter {
  const applied = new Map<string, number>();
  const totals = new Map<string, number>();
  const counter: Counter = {
    totals,
    calls: 0,
    fate: 'acknowledged',
    addClicks({ id, counts }: ClickBatch): Promise<void> {
      counter.calls += 1;
      if (counter.fate !== 'lost' && !applied.has(id)) {
        applied.set(id, counts.size);
        counts.forEach((count, code) => totals.set(code, (totals.get(code) ?? 0) + count));
      }
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
  expect(log.sentences.at(-1)).toBe('Clicks were lost: nobody took them before the stop.');
});

test('what gathered in a long outage is written in batches that the database can take', async () => {
  const sizes: number[] = [];
  const clicks = createClicks(
    {
      addClicks: ({ counts }) => {
        sizes.push(counts.size);
        return Promise.resolve();
      },
    },
    silent,
  );
  clicks.start();
  Array.from({ length: 12_000 }, (_, index) => `code-${index}`).forEach((code) => {
    clicks.record(code);
  });
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
  Array.from({ length: 50_002 }, (_, index) => `code-${index}`).forEach((code) => {
    clicks.record(code);
  });
  clicks.record('code-0');
  expect(clicks.state()).toEqual({ waiting: 50_001, dropped: 2 });
  await jest.advanceTimersByTimeAsync(1_000);
  expect(log.sentences).toEqual(['Clicks were dropped: too many wait to be written.']);
  await clicks.stop(0);
});
