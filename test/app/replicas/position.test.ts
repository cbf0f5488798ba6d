import fc from 'fast-check';
import { toPosition } from '../../../app/adapters/replicas/position';

test("a position is PostgreSQL's upper and lower 32 bits", () => {
  expect(toPosition('16/B374D848')).toBe(0x16_b374d848n);
});

test('where there is no position yet it is the beginning', () => {
  expect(toPosition(null)).toBe(0n);
});

test('positions are in the order of the log', () => {
  const position = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const toLsn = (value: bigint) => `${(value >> 32n).toString(16)}/${(value & 0xffffffffn).toString(16)}`;
  fc.assert(
    fc.property(position, position, (one, other) => {
      expect(toPosition(toLsn(one)) < toPosition(toLsn(other))).toBe(one < other);
    }),
  );
});
