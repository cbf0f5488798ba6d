/** The field's formulas, against numbers of its text books. */
import fc from 'fast-check';
import {
  after,
  chanceToWait,
  lowerGamma,
  quantile,
  shareSlower,
  stay,
  stayInTurn,
} from '../../../lib/capacity/queue';
import { missShare, shareBeyond } from '../../../lib/capacity/skew';

describe('Erlang’s C', () => {
  it('of one server is its load', () => {
    expect(chanceToWait(1, 0.7)).toBeCloseTo(0.7, 10);
  });

  it('of two servers with a load of one is a third', () => {
    expect(chanceToWait(2, 1)).toBeCloseTo(1 / 3, 10);
  });

  it('of ten servers with a load of eight is 0.4092', () => {
    expect(chanceToWait(10, 8)).toBeCloseTo(0.4092, 4);
  });

  it('is 1 where servers cannot keep up, and 0 without load', () => {
    expect([chanceToWait(2, 2), chanceToWait(2, 3), chanceToWait(2, 0)]).toEqual([1, 1, 0]);
  });

  it('of a thousand servers overflows nowhere', () => {
    expect(chanceToWait(1000, 950)).toBeGreaterThan(0);
    expect(chanceToWait(1000, 950)).toBeLessThan(0.1);
  });
});

describe('a stay', () => {
  it('at one server is service / (1 − load), exponentially distributed', () => {
    const { mean, variance } = stay(1, 0.5, 1);
    expect(mean).toBeCloseTo(2, 10);
    expect(variance).toBeCloseTo(4, 10);
  });

  it('without others is the service alone', () => {
    expect(stay(4, 0, 3)).toEqual({ mean: 3, variance: 9 });
  });

  it('at servers that cannot keep up never ends', () => {
    expect(stay(2, 2, 1).mean).toBe(Infinity);
    expect(quantile([{ share: 1, fixed: 0, time: stay(2, 2, 1) }], 0.5)).toBe(Infinity);
  });

  it('grows with the load', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0.01, max: 0.98, noNaN: true }),
        (servers, share) => {
          expect(stay(servers, servers * share * 1.01, 1).mean).toBeGreaterThanOrEqual(
            stay(servers, servers * share, 1).mean,
          );
        },
      ),
    );
  });
});

describe('a stay at processes that are asked in turn', () => {
  it('at one is that of M/M/1', () => {
    expect(stayInTurn(1, 0.8, 1).mean).toBeCloseTo(5, 8);
  });

  it('at two with half a load is 1 / (1 − σ), σ the root of σ = (1 / (2 − σ))²', () => {
    // σ³ − 4σ² + 4σ − 1 = (σ − 1)(σ² − 3σ + 1): σ = (3 − √5) / 2.
    expect(stayInTurn(2, 1, 1).mean).toBeCloseTo(1 / (1 - (3 - Math.sqrt(5)) / 2), 8);
  });

  it('is longer than at a common queue, and shorter than by chance', () => {
    for (const processes of [2, 8, 32]) {
      const inTurn = stayInTurn(processes, 0.7 * processes, 1).mean;
      expect(inTurn).toBeGreaterThan(stay(processes, 0.7 * processes, 1).mean);
      expect(inTurn).toBeLessThan(stay(1, 0.7, 1).mean);
    }
  });

  it('where they cannot keep up never ends', () => {
    expect(stayInTurn(4, 4, 1).mean).toBe(Infinity);
  });
});

describe('quantiles', () => {
  const one = (mean: number) => [{ share: 1, fixed: 0, time: { mean, variance: mean * mean } }];

  it('of an exponential time are its own', () => {
    expect(quantile(one(1), 0.5)).toBeCloseTo(Math.log(2), 6);
    expect(quantile(one(2), 0.99)).toBeCloseTo(2 * Math.log(100), 5);
  });

  it('of a sum of two are Erlang’s', () => {
    const time = after({ mean: 1, variance: 1 }, { mean: 1, variance: 1 });
    // P(T > t) = (1 + t) e^−t, 1 of 100 at t = 6.6384.
    expect(quantile([{ share: 1, fixed: 0, time }], 0.99)).toBeCloseTo(6.6384, 3);
  });

  it('of a mixture lie where its shares add up', () => {
    const mixture = [
      { share: 0.5, fixed: 10, time: { mean: 1, variance: 1 } },
      { share: 0.5, fixed: 0, time: { mean: 1, variance: 1 } },
    ];
    const median = quantile(mixture, 0.5);
    expect(shareSlower(mixture, median)).toBeCloseTo(0.5, 6);
    expect(median).toBeGreaterThan(8);
  });

  it('the gamma function’s two halves meet', () => {
    // P(a, a + 1) from both sides of where the method changes.
    expect(lowerGamma(3, 3.999999)).toBeCloseTo(lowerGamma(3, 4.000001), 5);
    expect(lowerGamma(1, 1)).toBeCloseTo(1 - Math.exp(-1), 10);
  });
});

describe('skew', () => {
  it('a memory that keeps nothing misses always', () => {
    expect(missShare(1000, 0, 100_000)).toBeCloseTo(1, 6);
  });

  it('of 100,000 links at 400 redirects a second some 6 of 10 are read anew each second, as the ladder’s bench counted', () => {
    // README.md, "What each rung buys", rung 2: 0.58 queries a request, of which 0.84 are redirects and reads.
    expect(missShare(400 * 0.78, 1, 100_000)).toBeGreaterThan(0.55);
    expect(missShare(400 * 0.78, 1, 100_000)).toBeLessThan(0.75);
  });

  it('agrees with the sum over all ranks', () => {
    const [rate, links] = [500, 10_000];
    const harmonic = Array.from({ length: links }, (_, rank) => 1 / (rank + 1)).reduce((a, b) => a + b);
    const exact = Array.from({ length: links }, (_, rank) => {
      const share = 1 / (rank + 1) / harmonic;
      return share / (1 + rate * share);
    }).reduce((a, b) => a + b);
    expect(missShare(rate, 1, links)).toBeCloseTo(exact, 1);
    expect(Math.abs(missShare(rate, 1, links) / exact - 1)).toBeLessThan(0.02);
  });

  it('falls as more is asked, and rises with the number of links', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        fc.double({ min: 1, max: 1e10, noNaN: true }),
        (rate, links) => {
          expect(missShare(rate * 2, 1, links)).toBeLessThanOrEqual(missShare(rate, 1, links) + 1e-12);
          expect(missShare(rate, 1, links)).toBeGreaterThanOrEqual(0);
          expect(missShare(rate, 1, links)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('what fits into memory is not read from the disk', () => {
    expect(shareBeyond(100, 100)).toBe(0);
    expect(shareBeyond(100, 10_000)).toBeCloseTo(Math.log(100) / (Math.log(10_000) + 0.5772), 4);
  });
});
