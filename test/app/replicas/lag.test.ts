import fc from 'fast-check';
import { createLag } from '../../../app/adapters/replicas/lag';

/** In ms; the primary is looked at four times a second, as probes do. */
const MEMORY = 4_000;
const INTERVAL = 250;

/** A primary that was at these positions, one each interval. */
function watch(positions: readonly bigint[]) {
  const lag = createLag(MEMORY);
  positions.forEach((position, index) => {
    lag.note(position, index * INTERVAL);
  });
  return lag;
}

const writing = (seconds: number) =>
  Array.from({ length: seconds * 4 + 1 }, (_, index) => BigInt(index) * 100n);

test('a replica that shows all of it does not lag', () => {
  expect(watch([100n, 200n]).of(200n)).toBe(0);
});

test('a replica that shows less lags by the time since the primary had written no more', () => {
  expect(watch(writing(2)).of(400n)).toBe(1_000);
});

test('a replica of an idle primary does not lag, however long that wrote nothing', () => {
  expect(watch(Array.from({ length: 100 }, () => 500n)).of(500n)).toBe(0);
});

test('a write after a long idle time makes nobody lag at once', () => {
  expect(watch([...Array.from({ length: 100 }, () => 500n), 600n]).of(500n)).toBe(INTERVAL);
});

test('a replica that is further behind than is remembered lags infinitely', () => {
  expect(watch(writing(10)).of(100n)).toBe(Infinity);
});

test('how far a replica lags is not known before the primary was watched for long enough', () => {
  expect(watch([500n, 600n]).of(400n)).toBeUndefined();
});

test('nothing is known without a primary', () => {
  expect(createLag(MEMORY).of(100n)).toBeUndefined();
});

test('what a primary wrote while it was out of sight makes no replica lag', () => {
  const lag = watch(writing(10));
  lag.note(9_000n, 30_000);
  expect(lag.of(4_000n)).toBeUndefined();
});

test("another primary's positions say nothing about the old one's", () => {
  const lag = watch(writing(10));
  lag.restart();
  expect(lag.of(1n)).toBeUndefined();
});

test('nor does another primary’s time count as the new one’s', () => {
  const lag = watch(writing(10));
  lag.restart();
  lag.note(500n, 10_250);
  expect([lag.of(400n), lag.of(500n)]).toEqual([undefined, 0]);
});

test('a primary that is first seen late has not been watched since the beginning', () => {
  const lag = createLag(MEMORY);
  lag.note(500n, 10_000);
  lag.note(600n, 10_250);
  expect([lag.of(400n), lag.of(500n)]).toEqual([undefined, 250]);
});

test.each([
  ['seen four times within the memory', MEMORY / 4, Infinity, MEMORY / 4],
  ['out of sight for longer', MEMORY / 4 + 1, undefined, undefined],
])('a primary that was %s', (_what, gap, ofNothing, ofTheLast) => {
  const lag = watch(writing(10));
  lag.note(9_000n, 10_000 + gap);
  expect([lag.of(-1n), lag.of(4_000n)]).toEqual([ofNothing, ofTheLast]);
});

test('a position is remembered for as long as the memory, and no longer', () => {
  const lag = watch(writing(4));
  expect([lag.of(0n), lag.of(-1n)]).toEqual([MEMORY, Infinity]);
  lag.note(9_000n, 4_001);
  expect(lag.of(99n)).toBe(Infinity);
});

test('a primary that was watched for less than the memory says nothing of what is further behind', () => {
  const lag = createLag(MEMORY);
  [0, 1_000, 2_000, 3_000, 3_999].forEach((now) => {
    lag.note(BigInt(now), now);
  });
  expect(lag.of(-1n)).toBeUndefined();
});

test('of two replicas the one that shows more never lags more', () => {
  const position = fc.bigInt({ min: 0n, max: 10_000n });
  fc.assert(
    fc.property(
      fc.array(fc.nat(300), { minLength: 17, maxLength: 60 }),
      position,
      position,
      (steps, one, other) => {
        let written = 0n;
        const lag = watch(steps.map((step) => (written += BigInt(step))));
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(lag.of(more) ?? Infinity).toBeLessThanOrEqual(lag.of(less) ?? Infinity);
      },
    ),
  );
});
