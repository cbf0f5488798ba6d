import fc from 'fast-check';
import { createElection, type Claim } from '../../contract/election';

const claim = (server: number, overrides: Partial<Claim> = {}): Claim => ({
  server,
  system: 'one',
  timeline: 1,
  instance: `instance-${server}`,
  isReliable: true,
  ...overrides,
});

test('the only one who claims it is the primary', () => {
  expect(createElection()([claim(1)])).toEqual({ primary: 1, replaced: [], isContested: false });
});

test('without a claim there is no primary', () => {
  expect(createElection()([])).toEqual({ primary: undefined, replaced: [], isContested: false });
});

test('a claim that is not reliable yet is no primary', () => {
  expect(createElection()([claim(1, { isReliable: false })]).primary).toBeUndefined();
});

test('of two the one that was promoted last is the primary', () => {
  expect(createElection()([claim(0), claim(1, { timeline: 2 })])).toEqual({
    primary: 1,
    replaced: [0],
    isContested: false,
  });
});

test('a primary that comes back after a promotion is not believed, although the promoted one is out of sight', () => {
  const elect = createElection();
  elect([claim(1, { timeline: 2 })]);
  expect(elect([claim(0)])).toEqual({ primary: undefined, replaced: [0], isContested: false });
});

test('a replica that follows another timeline tells of a promotion, although the promoted one is out of sight', () => {
  expect(createElection()([claim(0)], [{ system: 'one', timeline: 2 }])).toEqual({
    primary: undefined,
    replaced: [0],
    isContested: false,
  });
});

test('a replica of another database tells nothing', () => {
  expect(createElection()([claim(0)], [{ system: 'another', timeline: 2 }]).primary).toBe(0);
});

test('of two that were promoted apart neither is chosen', () => {
  expect(createElection()([claim(0, { timeline: 2 }), claim(1, { timeline: 2 })])).toEqual({
    primary: undefined,
    replaced: [],
    isContested: true,
  });
});

test('of primaries of two different databases neither is chosen', () => {
  expect(createElection()([claim(0), claim(1, { system: 'another' })])).toMatchObject({
    primary: undefined,
    isContested: true,
  });
});

test('a contest is over when one of the two is gone', () => {
  const elect = createElection();
  elect([claim(0, { timeline: 2 }), claim(1, { timeline: 2 })]);
  expect(elect([claim(1, { timeline: 2 })])).toEqual({ primary: 1, replaced: [], isContested: false });
});

test('one server that is reached under two names is not in contest with itself', () => {
  const verdict = createElection()([claim(0, { instance: 'same' }), claim(1, { instance: 'same' })]);
  expect(verdict).toEqual({ primary: 0, replaced: [], isContested: false });
});

describe('whatever is claimed', () => {
  const claims = fc.uniqueArray(
    fc.record({
      server: fc.nat(4),
      system: fc.constantFrom('one', 'another'),
      timeline: fc.integer({ min: 1, max: 4 }),
      instance: fc.constantFrom('a', 'b', 'c', 'd'),
      isReliable: fc.boolean(),
    }),
    { selector: ({ server }) => server, maxLength: 5 },
  );
  const history = fc.array(claims, { minLength: 1, maxLength: 8 });

  /** Each round's claims, with what was decided and the highest timeline seen until then. */
  function play(rounds: readonly (readonly Claim[])[]) {
    const elect = createElection();
    return rounds.map((round, index) => {
      const seen = rounds.slice(0, index + 1).flat();
      const latest = (system: string) =>
        Math.max(...seen.filter((each) => each.system === system).map(({ timeline }) => timeline));
      return { claims: round, verdict: elect(round), latest };
    });
  }

  test('a lower timeline than was ever seen is never chosen', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        for (const { claims: round, verdict, latest } of play(rounds)) {
          const chosen = round.find(({ server }) => server === verdict.primary);
          expect(chosen?.timeline).toBe(chosen === undefined ? undefined : latest(chosen.system));
        }
      }),
    );
  });

  test('whoever has another equal beside it is never chosen', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        for (const { claims: round, verdict, latest } of play(rounds)) {
          const current = round.filter(({ system, timeline }) => timeline === latest(system));
          const instances = new Set(current.map(({ instance }) => instance));
          expect(verdict.primary !== undefined && instances.size > 1).toBe(false);
        }
      }),
    );
  });

  test('the primary claims to be it, is reliable, and is not among the replaced', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        for (const { claims: round, verdict } of play(rounds).filter(
          (each) => each.verdict.primary !== undefined,
        )) {
          expect(round.find(({ server }) => server === verdict.primary)?.isReliable).toBe(true);
          expect(verdict.replaced).not.toContain(verdict.primary);
        }
      }),
    );
  });
});
