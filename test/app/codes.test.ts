import { CODE_LENGTH, codeBefore, isCode, isReserved, randomCode } from '../../app/services/codes';
import { PROBES } from '../../contract/settings';

test('codes are 7 characters of base62, and a thousand of them differ', () => {
  const codes = Array.from({ length: 1_000 }, () => randomCode(CODE_LENGTH));
  expect(codes.filter((code) => !/^[0-9A-Za-z]{7}$/.test(code))).toEqual([]);
  expect(new Set(codes).size).toBe(1_000);
});

test('every character of base62 is about equally likely', () => {
  const counts = new Map<string, number>();
  Array.from(randomCode(62_000)).forEach((character) =>
    counts.set(character, (counts.get(character) ?? 0) + 1),
  );
  expect(counts.size).toBe(62);
  // 1,000 expected of each; a fair draw leaves 800 to 1,200 (over 6 standard deviations) never in practice.
  expect(Math.min(...counts.values())).toBeGreaterThan(800);
  expect(Math.max(...counts.values())).toBeLessThan(1_200);
});

test.each(['abc', 'A-b_9', 'x'.repeat(64)])('%s may be a code', (text) => {
  expect(isCode(text)).toBe(true);
});

test.each(['ab', '-abc', '_abc', 'a.b', 'a b', 'ünder', 'x'.repeat(65), 'abc\n', ''])(
  '%j may not',
  (text) => {
    expect(isCode(text)).toBe(false);
  },
);

test.each([
  ['abc.', 'abc'],
  ['a-b_),', 'a-b_'],
  ['abc\u201d', 'abc'],
  ['abc', undefined],
  ['ab.', undefined],
  ['abc.def', undefined],
  ['abc!!!!!!!!!', undefined],
])('the code before the punctuation of "%s" is %s', (text, code) => {
  expect(codeBefore(text)).toBe(code);
});

test('the longest path is looked through at once', () => {
  const startedAt = performance.now();
  codeBefore(`${'a'.repeat(8_000)}${'.'.repeat(8_000)}a`);
  expect(performance.now() - startedAt).toBeLessThan(50);
});

test.each(['api', 'API', 'Admin', ...Object.values(PROBES).map((path) => path.slice(1))])(
  '%s is reserved',
  (alias) => {
    expect(isReserved(alias)).toBe(true);
  },
);

test.each(['about', 'well-known', 'www', 'Static'])(
  '%s, at whatever place in the list, is reserved',
  (alias) => {
    expect(isReserved(alias)).toBe(true);
  },
);

test.each(['', 'abc', 'api2', 'my-api', 'about account'])('"%s" is not reserved', (alias) => {
  expect(isReserved(alias)).toBe(false);
});

test.each([
  ['', undefined],
  ['-abc.', undefined],
  [' abc.', undefined],
  ['abc!!!!!!!!', 'abc'],
  [`${'x'.repeat(64)}.`, 'x'.repeat(64)],
  [`${'x'.repeat(65)}.`, undefined],
  ['abc._', undefined],
  ['abc.-', undefined],
  ['abc.A', undefined],
  ['abc.z', undefined],
  ['abc.0', undefined],
])('the code before what follows in "%s" is %s', (text, code) => {
  expect(codeBefore(text)).toBe(code);
});

test('codes are as long as asked', () => {
  expect([0, 1, 11].map((length) => randomCode(length).length)).toEqual([0, 1, 11]);
});
