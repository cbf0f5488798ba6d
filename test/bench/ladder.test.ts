import fc from 'fast-check';
import { ended } from '../../bench/ladder/answer';
import { inNumbers, kindOf, numberAmongItsKind, type Kind, type Met } from '../../bench/ladder/mix';
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

describe('the mix of requests', () => {
  const hundred = Array.from({ length: 100 }, (_, number) => number);

  test('has 78 redirects, 12 files, 6 reads, 2 creates and 2 pages in each hundred', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (from) => {
        const kinds = hundred.map((number) => kindOf(from * 100 + number));
        const count = (kind: Kind) => kinds.filter((each) => each === kind).length;
        expect((['redirect', 'static', 'read', 'create', 'page'] as const).map(count)).toEqual([
          78, 12, 6, 2, 2,
        ]);
      }),
    );
  });

  test('numbers the requests of a kind without a gap', () => {
    const numbers = new Map<Kind, number[]>();
    Array.from({ length: 350 }, (_, number) => number).forEach((number) => {
      const kind = kindOf(number);
      numbers.set(kind, [...(numbers.get(kind) ?? []), numberAmongItsKind(number)]);
    });
    numbers.forEach((all) => {
      expect(all).toEqual(all.map((_, index) => index));
    });
  });
});

describe('what users met', () => {
  const met = (kind: Kind, waited: number, status: number): Met => ({
    kind,
    waited,
    late: 1,
    status,
    bytes: 100,
  });

  test('is told apart for redirects, which have 302 for their right answer', () => {
    const meeting = inNumbers([
      ...Array.from({ length: 98 }, () => met('redirect', 2, 302)),
      met('redirect', 90, 503),
      met('create', 70, 201),
    ]);
    expect(meeting).toMatchObject({
      requests: 100,
      redirects: 99,
      failed: 1,
      failedRedirects: 1,
      p99: 70,
      redirectP50: 2,
      bytes: 10_000,
      failures: { 'redirect 503': 1 },
    });
  });
});

describe('the end of an answer', () => {
  const body = 'a'.repeat(300);
  const head = (more: string) => `HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n${more}\r\n`;
  const answers: readonly (readonly [string, string])[] = [
    ['a length', `${head('Content-Length: 300\r\n')}\r\n${body}`],
    ['chunks', `${head('Transfer-Encoding: chunked\r\n')}\r\n12c\r\n${body}\r\n1\r\nb\r\n0\r\n\r\n`],
    ['a redirect', 'HTTP/1.1 302 Found\r\nlocation: https://example.com/\r\ncontent-length: 0\r\n\r\n'],
    ['no body', 'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n'],
  ];

  test.each(answers)('is found by %s, and not before it has come', (_, answer) => {
    const bytes = Buffer.from(answer.replace('\r\n\r\n\r\n', '\r\n\r\n'));
    const whole = ended(bytes);
    expect(whole).toMatchObject({ bytes: bytes.length, isKept: true });
    const before = Array.from({ length: bytes.length }, (__, length) => ended(bytes.subarray(0, length)));
    expect(before.every((each) => each === undefined)).toBe(true);
  });

  test('says whether the connection may be used again', () => {
    const closing = 'HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    expect(ended(Buffer.from(closing))).toMatchObject({ status: 302, isKept: false });
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
