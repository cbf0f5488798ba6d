import fc from 'fast-check';
import {
  EDITED,
  VISITED,
  clientOf,
  dueAfter,
  dueBy,
  inNumbers,
  kindOf,
  lateness,
  percentile,
  waited,
  zipf,
  type Kind,
  type Request,
} from '../../../local/load/requests';

const rates = fc.double({ min: 0.5, max: 20_000, noNaN: true });
const moments = fc.double({ min: 0, max: 600_000, noNaN: true });

describe('the open model', () => {
  test('sends a request at its own moment, neither before it nor after the next one’s', () => {
    fc.assert(
      fc.property(rates, moments, (rate, moment) => {
        const count = dueBy(moment, rate);
        return dueAfter(count - 1, rate) <= moment && moment < dueAfter(count, rate);
      }),
    );
  });

  test('has as many requests due after a stop as without one', () => {
    fc.assert(
      fc.property(rates, fc.array(moments, { maxLength: 50 }), (rate, looks) => {
        const sorted = [...looks].sort((a, b) => a - b);
        const sent = sorted.reduce((already, moment) => Math.max(already, dueBy(moment, rate)), 0);
        return sent === (sorted.length === 0 ? 0 : dueBy(sorted.at(-1) ?? 0, rate));
      }),
    );
  });

  test('makes two links in twenty requests, shows two, deletes one and returns to one that was deleted', () => {
    const twenty = Array.from({ length: 20 }, (_, number) => kindOf(EDITED, number + 90));
    const count = (kind: Kind) => twenty.filter((each) => each === kind).length;
    expect((['create', 'redirect', 'read', 'delete', 'return'] as const).map(count)).toEqual([
      2, 14, 2, 1, 1,
    ]);
  });

  test('has 78 redirects, 12 files, 6 reads, 2 creates and 2 pages in each hundred of a visit', () => {
    const hundred = Array.from({ length: 100 }, (_, number) => number);
    fc.assert(
      fc.property(fc.nat(10_000), (from) => {
        const kinds = hundred.map((number) => kindOf(VISITED, from * 100 + number));
        const count = (kind: Kind) => kinds.filter((each) => each === kind).length;
        expect((['redirect', 'static', 'read', 'create', 'page'] as const).map(count)).toEqual([
          78, 12, 6, 2, 2,
        ]);
      }),
    );
  });

  test('lets every client make as many links as the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (clients) => {
        const made = Array.from({ length: 20 * clients }, (_, number) => number)
          .filter((number) => kindOf(EDITED, number) === 'create')
          .map((number) => clientOf(EDITED, number, clients));
        return new Set(made).size === clients;
      }),
    );
  });

  test('counts a wait from when the request was due', () => {
    expect(waited({ kind: 'read', due: 1_000, sent: 1_200, ended: 1_700, ending: 'answered' })).toBe(700);
  });
});

describe('lateness', () => {
  test('is that of the request that was sent latest after its moment', () => {
    const of = (late: number) =>
      ({ kind: 'read', due: 0, sent: late, ended: 100, ending: 'answered' }) as const;
    fc.assert(fc.property(fc.array(fc.nat(90)), (all) => lateness(all.map(of)) === Math.max(0, ...all)));
  });
});

describe('a percentile', () => {
  test('is one of the values, with that share of them at or below it and fewer before it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
        (values, share) => {
          const found = percentile(values, share);
          const atOrBelow = values.filter((value) => value <= found).length;
          const below = values.filter((value) => value < found).length;
          return (
            values.includes(found) && atOrBelow >= share * values.length && below < share * values.length
          );
        },
      ),
    );
  });

  test('of nothing is no number', () => {
    expect(percentile([], 0.99)).toBeNaN();
  });
});

describe('links drawn by Zipf', () => {
  test('are all of them, the first one half as often again as the second one and more', () => {
    const draw = zipf(4);
    const drawn = Array.from({ length: 4_000 }, draw);
    const [first = 0, second = 0, ...others] = [1, 2, 3, 4].map(
      (rank) => drawn.filter((each) => each === rank).length,
    );
    expect(first).toBeGreaterThan(second * 1.5);
    expect(Math.min(...others)).toBeGreaterThan(200);
    expect(new Set(drawn)).toEqual(new Set([1, 2, 3, 4]));
  });
});

describe('what users met', () => {
  const met = (kind: Kind, wait: number, instead?: string): Request => ({
    ...{ kind, due: 0, sent: 1, ended: wait, ending: instead === undefined ? 'answered' : 'failed' },
    ...(instead === undefined ? {} : { instead }),
  });

  test('is told apart for redirects', () => {
    const numbers = inNumbers([
      ...Array.from({ length: 98 }, () => met('redirect', 2)),
      met('redirect', 90, '503'),
      met('create', 70),
    ]);
    expect(numbers).toEqual({
      ...{ requests: 100, redirects: 99, failed: 1, failedRedirects: 1 },
      ...{
        p99: 70,
        redirectP50: 2,
        redirectP99: 90,
        redirectP999: 90,
        lateP99: 1,
        failures: { 'redirect 503': 1 },
      },
    });
  });
});
