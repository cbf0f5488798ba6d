import fc from 'fast-check';
import { parseStat, sumTree } from '../../bench/ladder/processor-time';
import { highestRate } from '../../bench/ladder/search';

describe('the search for the highest rate', () => {
  const search = { from: 500, most: 32_000, within: 0.2 };

  test('finds what is carried, to within a fifth, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 63, max: 31_000 }), async (limit) => {
        const { rate, isBounded } = await highestRate(search, (tried) => Promise.resolve(tried <= limit));
        expect(isBounded).toBe(true);
        expect(rate).toBeLessThanOrEqual(limit);
        expect(rate * 1.2 + 1).toBeGreaterThanOrEqual(limit - 1);
      }),
    );
  });

  test('says that nothing failed where even the highest is carried', async () => {
    const found = await highestRate(search, () => Promise.resolve(true));
    expect(found).toEqual({ rate: 32_000, isBounded: false });
  });

  test('ends where nothing is carried', async () => {
    const found = await highestRate(search, () => Promise.resolve(false));
    expect(found).toEqual({ rate: 0, isBounded: true });
  });

  test('tries a dozen rates at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40_000 }), async (limit) => {
        let tries = 0;
        await highestRate(search, (tried) => {
          tries += 1;
          return Promise.resolve(tried <= limit);
        });
        expect(tries).toBeLessThanOrEqual(12);
      }),
    );
  });
});

describe('processor time', () => {
  test('of a part is that of all processes below its first one', () => {
    const processes = [
      { pid: 1, parent: 0, seconds: 100 },
      { pid: 10, parent: 1, seconds: 1 },
      { pid: 11, parent: 10, seconds: 2 },
      { pid: 12, parent: 11, seconds: 4 },
      { pid: 20, parent: 1, seconds: 8 },
    ];
    expect([10, 20, 99].map((root) => sumTree(processes, root))).toEqual([7, 8, 0]);
  });

  test('is read with that of children that have ended, whatever the process is called', () => {
    const line =
      '4711 (a) (b) S 42 4711 4711 0 -1 4194560 1 2 3 4 150 50 25 75 20 0 1 0 12345 1000 100 18446744073709551615';
    expect(parseStat(4711, line)).toEqual({ pid: 4711, parent: 42, seconds: 3 });
  });
});
