import fc from 'fast-check';
import { UNKNOWN, probed, type Finding } from '../../../app/adapters/replicas/standing';

const FINDINGS: readonly Finding[] = ['good', 'unproven', 'lagging', 'silent'];
const after = (...findings: readonly Finding[]) => findings.reduce(probed, UNKNOWN);

test('a server that was never probed is not relied on', () => {
  expect(UNKNOWN.inService).toBe(false);
});

test('of a server that was never probed nothing is known, and one good probe is missing', () => {
  expect(UNKNOWN).toEqual({ inService: false, answers: false, isDoubted: false, goodInARow: 2 });
});

test.each([
  ['lagging', true],
  ['silent', false],
] as const)('a %s probe says of a server whether it answers: %s', (finding, answers) => {
  expect(after('good', finding)).toEqual({ inService: false, answers, isDoubted: false, goodInARow: 0 });
});

test('the first good probe takes a server in', () => {
  expect(after('good').inService).toBe(true);
});

test.each(['lagging', 'silent'] as const)('one %s probe leaves a server out', (finding) => {
  expect(after('good', 'good', finding).inService).toBe(false);
});

test('a server that was left out needs three good probes in a row', () => {
  expect(after('good', 'silent', 'good', 'good').inService).toBe(false);
  expect(after('good', 'silent', 'good', 'good', 'good').inService).toBe(true);
});

test('a bad probe among good ones makes the count begin anew', () => {
  expect(after('silent', 'good', 'good', 'lagging', 'good', 'good').inService).toBe(false);
});

test('a probe that proves nothing changes nothing but that the server answers', () => {
  expect(after('good', 'unproven').inService).toBe(true);
  expect(after('silent', 'unproven')).toMatchObject({ inService: false, answers: true });
});

test('the next probe ends a doubt, whatever it finds', () => {
  fc.assert(
    fc.property(fc.constantFrom(...FINDINGS), (finding) => {
      expect(probed({ ...after('good'), isDoubted: true }, finding).isDoubted).toBe(false);
    }),
  );
});

test('a server in service has answered, and was never bad in its last three telling probes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...FINDINGS), { maxLength: 30 }), (findings) => {
      const standing = after(...findings);
      const telling = findings.filter((finding) => finding !== 'unproven').slice(-3);
      expect(standing.inService && telling.some((finding) => finding !== 'good')).toBe(false);
      expect(standing.inService && !standing.answers).toBe(false);
    }),
  );
});
