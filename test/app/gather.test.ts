/** Many questions as one, alone: whatever is asked when, and whatever becomes of it. */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { gather } from '../../app/adapters/gather';

/** A source whose batches end when and as the test says. */
function createSource() {
  const batches: { readonly keys: readonly number[]; answer(): void; fail(reason: Error): void }[] = [];
  let underWay = 0;
  let most = 0;
  return {
    batches,
    most: () => most,
    load: (keys: readonly number[]): Promise<ReadonlyMap<number, string>> => {
      underWay += 1;
      most = Math.max(most, underWay);
      return new Promise<ReadonlyMap<number, string>>((resolve, reject) => {
        batches.push({
          keys,
          // Odd keys are unknown.
          answer: () => {
            resolve(new Map(keys.filter((key) => key % 2 === 0).map((key) => [key, `of ${key}`])));
          },
          fail: reject,
        });
      }).finally(() => (underWay -= 1));
    },
  };
}

const answerTo = (key: number): string | undefined => (key % 2 === 0 ? `of ${key}` : undefined);

/** So slow that no batch of a test is. */
const NEVER = 60_000;

test('what is asked for in one turn is loaded together, each key has its own answer', async () => {
  const source = createSource();
  const ask = gather(source.load, { atOnce: 2, batchSize: 100, slowAfter: NEVER });
  const answers = Promise.all([2, 1, 4].map(ask));
  expect(source.batches).toEqual([]);
  await turn();
  expect(source.batches.map(({ keys }) => keys)).toEqual([[2, 1, 4]]);
  source.batches[0]?.answer();
  expect(await answers).toStrictEqual(['of 2', undefined, 'of 4']);
});

test('while enough batches are under way the next ones gather, until one returns', async () => {
  const source = createSource();
  const ask = gather(source.load, { atOnce: 2, batchSize: 100, slowAfter: NEVER });
  const answers: Promise<unknown>[] = [];
  for (const key of [0, 2, 4, 6]) {
    answers.push(ask(key));
    await turn();
  }
  expect(source.batches.map(({ keys }) => keys)).toEqual([[0], [2]]);
  source.batches[1]?.answer();
  await turn();
  expect(source.batches.map(({ keys }) => keys)).toEqual([[0], [2], [4, 6]]);
  source.batches[0]?.answer();
  source.batches[2]?.answer();
  expect(await Promise.all(answers)).toEqual(['of 0', 'of 2', 'of 4', 'of 6']);
});

test('a batch that is slow holds up the next one for its time, and is answered all the same', async () => {
  const source = createSource();
  const ask = gather(source.load, { atOnce: 1, batchSize: 100, slowAfter: 5 });
  const slow = ask(0);
  await turn();
  const next = ask(2);
  await turn();
  expect(source.batches).toHaveLength(1);
  while (source.batches.length < 2) {
    await turn();
  }
  source.batches[1]?.answer();
  expect(await next).toBe('of 2');
  source.batches[0]?.answer();
  expect(await slow).toBe('of 0');
  // It has made room once, not twice.
  const last = [ask(4), turn().then(() => ask(6))];
  await turn();
  await turn();
  expect(source.batches.map(({ keys }) => keys)).toEqual([[0], [2], [4]]);
  source.batches[2]?.answer();
  await turn();
  source.batches[3]?.answer();
  expect(await Promise.all(last)).toStrictEqual(['of 4', 'of 6']);
});

test('a batch that fails fails those who asked for it, and no others', async () => {
  const source = createSource();
  const ask = gather(source.load, { atOnce: 2, batchSize: 2, slowAfter: NEVER });
  const answers = Promise.all([0, 2, 4].map((key) => ask(key).catch(String)));
  await turn();
  source.batches[0]?.fail(new Error('down'));
  source.batches[1]?.answer();
  expect(await answers).toStrictEqual(['Error: down', 'Error: down', 'of 4']);
});

test('no timer is needed while nothing is under way, and none is left behind', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  try {
    const source = createSource();
    const ask = gather(source.load, { atOnce: 2, batchSize: 100, slowAfter: 10 });
    const answer = ask(0);
    await turn();
    source.batches[0]?.answer();
    expect(await answer).toBe('of 0');
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test('a thousand askers of one key, and of a thousand keys, are answered each, in bounded batches', async () => {
  const sizes: number[] = [];
  const ask = gather(
    async (keys: readonly number[]) => {
      sizes.push(keys.length);
      await turn();
      return new Map(keys.map((key) => [key, key]));
    },
    { atOnce: 2, batchSize: 100, slowAfter: NEVER },
  );
  const thousand = Array.from({ length: 1_000 }, (_, key) => key);
  expect(await Promise.all(thousand.map(ask))).toStrictEqual(thousand);
  expect(await Promise.all(thousand.map(() => ask(7)))).toStrictEqual(thousand.map(() => 7));
  expect(sizes).toEqual(Array.from({ length: 20 }, () => 100));
});

test('whatever is asked, answered and refused in whatever order: all are answered rightly, none twice, within the bounds', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ does: fc.constant('asks' as const), key: fc.nat(9) }),
      fc.record({ does: fc.constantFrom('answers' as const, 'fails' as const), batch: fc.nat(20) }),
      fc.record({ does: fc.constant('waits' as const) }),
    ),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      async (given, atOnce, batchSize) => {
        const source = createSource();
        const ask = gather(source.load, { atOnce, batchSize, slowAfter: NEVER });
        const asked: { readonly key: number; readonly answer: Promise<unknown> }[] = [];
        for (const step of given) {
          switch (step.does) {
            case 'asks':
              asked.push({ key: step.key, answer: ask(step.key).catch((error: unknown) => error) });
              break;
            case 'answers':
              source.batches[step.batch]?.answer();
              break;
            case 'fails':
              source.batches[step.batch]?.fail(new Error(String(step.batch)));
              break;
            case 'waits':
              await turn();
          }
        }
        // In the end all is well: what is under way is answered, as long as more comes.
        for (let answered = 0, idle = 0; idle < 3; idle += 1) {
          for (; answered < source.batches.length; answered += 1) {
            source.batches[answered]?.answer();
            idle = 0;
          }
          await turn();
        }
        expect(source.most()).toBeLessThanOrEqual(atOnce);
        expect(source.batches.every(({ keys }) => keys.length > 0 && keys.length <= batchSize)).toBe(true);
        // In the order in which they asked, each once.
        expect(source.batches.flatMap(({ keys }) => keys)).toEqual(asked.map(({ key }) => key));
        const answers = await Promise.all(asked.map(({ answer }) => answer));
        const batchOf = source.batches.flatMap(({ keys }, batch) => keys.map(() => batch));
        answers.forEach((answer, index) => {
          expect([answerTo(asked[index]?.key ?? -1), new Error(String(batchOf[index]))]).toContainEqual(
            answer,
          );
        });
      },
    ),
    { numRuns: 200 },
  );
});
