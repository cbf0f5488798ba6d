import fc from 'fast-check';
import {
  KINDS,
  clientOf,
  dueAfter,
  dueBy,
  kindOf,
  lateness,
  percentile,
  waited,
} from '../../../local/rehearse/load';

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
    const twenty = Array.from({ length: 20 }, (_, number) => kindOf(number + 90));
    expect(KINDS.map((kind) => twenty.filter((each) => each === kind).length)).toEqual([2, 14, 2, 1, 1]);
  });

  test('lets every client make as many links as the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (clients) => {
        const made = Array.from({ length: 20 * clients }, (_, number) => number)
          .filter((number) => kindOf(number) === 'create')
          .map((number) => clientOf(number, clients));
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
