import fc from 'fast-check';
import { createAllowance } from '../../../app/adapters/replicas/allowance';

/** How many of the asks at these moments (ms) are allowed. */
function allowed(perSecond: number, moments: readonly number[]): number {
  let now = 0;
  const take = createAllowance(perSecond, () => now);
  return moments.filter((moment) => {
    now = moment;
    return take();
  }).length;
}

test('as many as a second allows may come at once', () => {
  expect(
    allowed(
      5,
      Array.from({ length: 20 }, () => 0),
    ),
  ).toBe(5);
});

test('what was used up comes back evenly', () => {
  expect(allowed(5, [0, 0, 0, 0, 0, 0, 200, 200, 400, 400])).toBe(7);
});

test('what is not used does not pile up', () => {
  expect(
    allowed(
      5,
      Array.from({ length: 20 }, () => 60_000),
    ),
  ).toBe(5);
});

test('within no period more than its share and one burst are allowed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat(200), { minLength: 1, maxLength: 200 }),
      (perSecond, pauses) => {
        let now = 0;
        const moments = pauses.map((pause) => (now += pause));
        expect(allowed(perSecond, moments)).toBeLessThanOrEqual(perSecond + (perSecond * now) / 1_000);
      },
    ),
  );
});
