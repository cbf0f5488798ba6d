import fc from 'fast-check';
import {
  CHECKS,
  THRESHOLD,
  probed,
  unknownHealth,
  verdictOf,
  type Check,
  type DataCenterHealth,
  type Verdict,
} from '../../local/parts/data-center-health';

const NEAR = 'near';
const FAR = 'far';
const REGIONS = [NEAR, FAR, 'farthest'];

type Probe = readonly [region: string, check: Check, answered: boolean];

const after = (...probes: readonly Probe[]) => since(unknownHealth(REGIONS), ...probes);
const since = (health: readonly DataCenterHealth[], ...probes: readonly Probe[]) =>
  probes.reduce((known, probe) => probed(known, ...probe), health);
const times = (count: number, probe: Probe): readonly Probe[] => Array.from({ length: count }, () => probe);

/** The near one takes writes, the far one reads only, and of the farthest nothing is known. */
const WELL = after(
  [NEAR, 'ready', true],
  [NEAR, 'writable', true],
  [FAR, 'ready', true],
  [FAR, 'writable', false],
);
const verdictAfter = (...probes: readonly Probe[]): Verdict => verdictOf(since(WELL, ...probes));

describe('a data center', () => {
  test('that was never probed before is believed at its first answer', () => {
    expect(verdictOf(WELL)).toEqual({ reads: NEAR, writes: NEAR });
  });

  test('is left out after three bad probes in a row', () => {
    expect(verdictAfter(...times(2, [NEAR, 'ready', false])).reads).toBe(NEAR);
    expect(verdictAfter(...times(3, [NEAR, 'ready', false])).reads).toBe(FAR);
  });

  test('is not left out for bad probes that are not in a row', () => {
    const two = times(2, [NEAR, 'ready', false]);
    expect(verdictAfter(...two, [NEAR, 'ready', true], ...two).reads).toBe(NEAR);
  });

  test('is taken back after three good probes in a row', () => {
    const bad = times(3, [NEAR, 'ready', false]);
    expect(verdictAfter(...bad, ...times(2, [NEAR, 'ready', true])).reads).toBe(FAR);
    expect(verdictAfter(...bad, ...times(3, [NEAR, 'ready', true])).reads).toBe(NEAR);
  });

  test('is passed over for reads and writes where the mark of another one can be seen', () => {
    expect(verdictAfter(...times(3, [FAR, 'marked', true]))).toEqual({ reads: FAR, writes: FAR });
  });

  test('is not passed over for its own mark', () => {
    expect(verdictAfter(...times(3, [NEAR, 'marked', true]))).toEqual({ reads: NEAR, writes: NEAR });
  });
});

describe('requests for the API', () => {
  test('go to a farther data center if that is the one whose database takes writes', () => {
    const moved = [...times(3, [NEAR, 'writable', false]), ...times(3, [FAR, 'writable', true])];
    expect(verdictAfter(...moved)).toEqual({ reads: NEAR, writes: FAR });
  });

  test('go to the nearest that answers reads, and refuses them, where no database takes writes', () => {
    const gone = [...times(3, [NEAR, 'writable', false]), ...times(3, [NEAR, 'ready', false])];
    expect(verdictAfter(...gone)).toEqual({ reads: FAR, writes: FAR });
  });
});

test('where no data center passes, the nearest is asked', () => {
  expect(verdictOf(unknownHealth(REGIONS))).toEqual({ reads: NEAR, writes: NEAR });
});

test('without a data center there is no verdict', () => {
  expect(() => verdictOf([])).toThrow('There is no data center.');
});

const probe = fc.tuple(fc.constantFrom(...REGIONS), fc.constantFrom(...CHECKS), fc.boolean());
const probes = fc.array(probe, { maxLength: 60 });

test('whatever was found before, a check says what the last three probes agree on', () => {
  fc.assert(
    fc.property(probes, probe, (before, last) => {
      const [region, check, answered] = last;
      const known = after(...before, ...times(THRESHOLD, last)).find((each) => each.region === region);
      expect(known?.[check].holds).toBe(answered);
    }),
  );
});

test('a check does not change its mind unless the last three probes agree', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: THRESHOLD, maxLength: 30 }), (answers) => {
      const saysAfter = (count: number) =>
        after(...answers.slice(0, count).map((answered): Probe => [NEAR, 'ready', answered]))[0]?.ready.holds;
      const hasChanged = saysAfter(answers.length) !== saysAfter(answers.length - 1);
      const agree = new Set(answers.slice(-THRESHOLD)).size === 1;
      expect(hasChanged && !agree).toBe(false);
    }),
  );
});

test('probes of one check change nothing about another', () => {
  fc.assert(
    fc.property(probes, probe, (before, [region, check, answered]) => {
      const known = after(...before);
      const next = probed(known, region, check, answered);
      const others = (health: readonly DataCenterHealth[]) =>
        health.flatMap((each) =>
          CHECKS.filter((other) => each.region !== region || other !== check).map((other) => each[other]),
        );
      expect(others(next)).toEqual(others(known));
    }),
  );
});

test('no user is sent to a data center beside one that is marked, if that one answers', () => {
  fc.assert(
    fc.property(probes, (before) => {
      const health = after(...before, ...times(3, [FAR, 'marked', true]), ...times(3, [FAR, 'ready', true]));
      const alone = health.every(({ region, marked }) => region === FAR || !marked.holds);
      const { reads, writes } = verdictOf(health);
      expect(alone ? [reads, writes] : [FAR, FAR]).toEqual([FAR, FAR]);
    }),
  );
});

test('writes are never sent to a data center that refuses them while one that passes takes them', () => {
  fc.assert(
    fc.property(probes, (before) => {
      const health = after(...before);
      const isPassed = ({ region }: DataCenterHealth): boolean =>
        health.some((other) => other.region !== region && other.marked.holds);
      const takers = health
        .filter((each) => each.writable.holds && !isPassed(each))
        .map(({ region }) => region);
      const { writes } = verdictOf(health);
      expect(takers.length === 0 ? [writes] : takers).toContain(writes);
    }),
  );
});
