import fc from 'fast-check';
import {
  MAX_LAG_MS,
  createFleetState,
  type FleetState,
  type Sighting,
} from '../../../app/adapters/replicas/state';

const PROBE_MS = 250;
const [OLD, ONE, TWO] = [0, 1, 2];

const primary = (overrides: Partial<Sighting> = {}): Sighting => ({
  inRecovery: false,
  isWritable: true,
  position: 1_000n,
  timeline: 1,
  system: 'one',
  instance: 'one/old',
  ...overrides,
});

const replica = (overrides: Partial<Sighting> = {}): Sighting => ({
  ...primary({ instance: 'one/replica' }),
  inRecovery: true,
  isWritable: false,
  ...overrides,
});

/** A primary and two replicas, all well and probed once. */
function createFleet(): FleetState {
  const state = createFleetState(3);
  state.saw(OLD, primary(), 0);
  state.saw(ONE, replica(), 0);
  state.saw(TWO, replica(), 0);
  return state;
}

/** Probes all three at a steady pace from `from` on; the primary writes 100 bytes each time, and so does what `shows` says. */
function run(
  state: FleetState,
  from: number,
  milliseconds: number,
  shows: (written: bigint) => bigint,
): number {
  let now = from;
  for (; now < from + milliseconds; now += PROBE_MS) {
    const written = 1_000n + BigInt(now);
    state.saw(OLD, primary({ position: written }), now);
    state.saw(ONE, replica({ position: written }), now);
    state.saw(TWO, replica({ position: shows(written) }), now);
  }
  return now;
}

test('before the first probe nobody is relied on, and all are silent', () => {
  const state = createFleetState(2);
  expect([state.reliable(), state.others(), state.silent(), state.verdict().primary]).toEqual([
    [],
    [],
    [0, 1],
    undefined,
  ]);
});

test('before the first probe there is no primary, none that was replaced, and no contest', () => {
  const state = createFleetState(2);
  expect(state.verdict()).toStrictEqual({ primary: undefined, replaced: [], isContested: false });
  expect([state.sighting(0), state.primaryPosition()]).toEqual([undefined, undefined]);
});

test('a replica whose timeline is not told is measured by its position alone', () => {
  const state = createFleet();
  state.saw(ONE, replica({ timeline: undefined }), PROBE_MS);
  expect([state.reliable(), state.verdict().primary]).toEqual([[ONE, TWO], OLD]);
});

test('replicas are relied on from their first probe, and the primary is none of them', () => {
  const state = createFleet();
  expect([state.reliable(), state.others(), state.verdict().primary]).toEqual([[ONE, TWO], [], OLD]);
});

test('replicas are relied on without a primary: a process that starts in an outage answers reads', () => {
  const state = createFleetState(3);
  state.missed(OLD);
  state.saw(ONE, replica(), 0);
  expect(state.reliable()).toEqual([ONE]);
});

test('a replica that does not answer is silent', () => {
  const state = createFleet();
  state.missed(ONE);
  expect([state.reliable(), state.others(), state.silent()]).toEqual([[TWO], [], [ONE]]);
});

test('a replica on which a request has failed is a last resort until its next probe', () => {
  const state = createFleet();
  state.doubt(ONE);
  expect([state.reliable(), state.others()]).toEqual([[TWO], [ONE]]);
  state.saw(ONE, replica(), PROBE_MS);
  expect(state.reliable()).toEqual([ONE, TWO]);
});

test('a replica that falls behind by more than the bound is a last resort', () => {
  const state = createFleet();
  run(state, PROBE_MS, 2 * MAX_LAG_MS, () => 1_000n);
  expect([state.reliable(), state.others()]).toEqual([[ONE], [TWO]]);
});

test('a replica that was left out comes back at half the bound, not just below it', () => {
  const state = createFleet();
  let now = run(state, PROBE_MS, 2 * MAX_LAG_MS, () => 1_000n);
  now = run(state, now, 2 * MAX_LAG_MS, (written) => written - BigInt(MAX_LAG_MS - PROBE_MS));
  expect(state.reliable()).toEqual([ONE]);
  run(state, now, MAX_LAG_MS, (written) => written - BigInt(MAX_LAG_MS / 2 - PROBE_MS));
  expect(state.reliable()).toEqual([ONE, TWO]);
});

test('a replica stays in service as long as it lags less than the bound', () => {
  const state = createFleet();
  run(state, PROBE_MS, 5 * MAX_LAG_MS, (written) => written - BigInt(MAX_LAG_MS - PROBE_MS));
  expect(state.reliable()).toEqual([ONE, TWO]);
});

test('with the primary gone replicas stay relied on', () => {
  const state = createFleet();
  let now = run(state, PROBE_MS, MAX_LAG_MS, (written) => written);
  for (; now < 60_000; now += PROBE_MS) {
    state.missed(OLD);
    state.saw(ONE, replica({ position: 3_000n }), now);
  }
  expect([state.verdict().primary, state.reliable()]).toEqual([undefined, [ONE, TWO]]);
});

test('a primary that comes back needs three good probes before it takes writes', () => {
  const state = createFleet();
  state.missed(OLD);
  const primaries = [1, 2, 3].map((probe) => {
    state.saw(OLD, primary({ instance: 'one/restarted' }), probe * PROBE_MS);
    return state.verdict().primary;
  });
  expect(primaries).toStrictEqual([undefined, undefined, OLD]);
});

test('a replica that comes back from an outage of the primary together with it is relied on all the time', () => {
  const state = createFleet();
  const now = run(state, PROBE_MS, 2 * MAX_LAG_MS, (written) => written);
  state.missed(OLD);
  state.saw(OLD, primary({ position: 900_000n }), now + 60_000);
  state.saw(ONE, replica({ position: 5_000n }), now + 60_000);
  expect(state.reliable()).toContain(ONE);
});

describe('after a promotion', () => {
  function promote(): FleetState {
    const state = createFleet();
    state.missed(OLD);
    state.saw(ONE, primary({ instance: 'one/promoted', timeline: 2, position: 2_000n }), PROBE_MS);
    return state;
  }

  test('the promoted replica is the primary at its next probe, under its own name', () => {
    expect(promote().verdict().primary).toBe(ONE);
  });

  test('the old primary that comes back is named as replaced, and answers reads only as a last resort', () => {
    const state = promote();
    state.saw(OLD, primary(), 2 * PROBE_MS);
    expect(state.verdict()).toStrictEqual({ primary: ONE, replaced: [OLD], isContested: false });
    expect(state.others()).toContain(OLD);
  });

  test('a replica that follows the promoted one is relied on', () => {
    const state = promote();
    [2, 3, 4].forEach((probe) => {
      state.saw(ONE, primary({ instance: 'one/promoted', timeline: 2, position: 2_000n }), probe * PROBE_MS);
      state.saw(TWO, replica({ timeline: 2, position: 2_000n }), probe * PROBE_MS);
    });
    expect(state.reliable()).toEqual([TWO]);
  });

  test.each([
    ['still follows the old one', 1],
    ['follows nobody', undefined],
  ])('a replica that %s is a last resort, whatever its position', (_what, timeline) => {
    const state = promote();
    [2, 3, 4].forEach((probe) => {
      state.saw(TWO, replica({ timeline, position: 9_000n }), probe * PROBE_MS);
    });
    expect([state.reliable(), state.others()]).toEqual([[], [TWO]]);
  });

  test('positions of the old log are forgotten', () => {
    const state = createFleet();
    state.saw(OLD, primary({ position: 50_000n }), PROBE_MS);
    state.missed(OLD);
    state.saw(ONE, primary({ instance: 'one/promoted', timeline: 2, position: 2_000n }), 2 * PROBE_MS);
    expect(state.primaryPosition()).toBe(2_000n);
  });
});

test('what is known to be written is the furthest of what was seen and what this process wrote', () => {
  const state = createFleet();
  state.recordWrite(5_000n);
  state.saw(OLD, primary({ position: 3_000n }), PROBE_MS);
  expect(state.primaryPosition()).toBe(5_000n);
  state.saw(OLD, primary({ position: 7_000n }), 2 * PROBE_MS);
  expect(state.primaryPosition()).toBe(7_000n);
});

test('a primary that was never seen has written at least what a replica of it shows', () => {
  const state = createFleetState(1);
  state.saw(0, replica({ position: 4_000n }), 0);
  expect(state.primaryPosition()).toBe(4_000n);
});

test('once a primary was seen, a replica tells nothing of what is written', () => {
  const state = createFleet();
  state.saw(ONE, replica({ position: 4_000n }), PROBE_MS);
  expect(state.primaryPosition()).toBe(1_000n);
});

test('a server that claims to be the primary and is not believed tells nothing of what is written', () => {
  const state = createFleetState(1);
  state.missed(0);
  state.saw(0, primary({ position: 4_000n }), PROBE_MS);
  expect([state.verdict().primary, state.primaryPosition()]).toEqual([undefined, undefined]);
});

test('a replica of a promoted server tells of the promotion: the old primary is not believed any more', () => {
  const state = createFleet();
  state.saw(ONE, replica({ timeline: 2 }), PROBE_MS);
  state.saw(OLD, primary(), PROBE_MS);
  expect(state.verdict()).toStrictEqual({ primary: undefined, replaced: [OLD], isContested: false });
});

test('what a server last said of itself is kept, also where it does not answer any more', () => {
  const state = createFleet();
  state.missed(ONE);
  expect([state.sighting(ONE), state.sighting(OLD)]).toEqual([replica(), primary()]);
});

test('a replica is in service at exactly the bound, and comes back at exactly half of it', () => {
  const state = createFleet();
  const lagging = (by: number) => (written: bigint) => written - BigInt(by);
  let now = run(state, PROBE_MS, 4 * MAX_LAG_MS, lagging(MAX_LAG_MS));
  expect(state.reliable()).toEqual([ONE, TWO]);
  now = run(state, now, MAX_LAG_MS, lagging(MAX_LAG_MS + PROBE_MS));
  expect(state.reliable()).toEqual([ONE]);
  run(state, now, MAX_LAG_MS, lagging(MAX_LAG_MS / 2));
  expect(state.reliable()).toEqual([ONE, TWO]);
});

test('a replica that is behind a primary which was just found keeps its place until its lag is known', () => {
  const state = createFleetState(2);
  state.saw(0, primary({ position: 5_000n }), 0);
  state.saw(1, replica({ position: 4_000n }), 0);
  expect([state.reliable(), state.others()]).toEqual([[], [1]]);
});

test('whatever happens, each server is relied on, a last resort, silent or the primary, and only one of these', () => {
  const server = fc.nat(2);
  const seen = fc.record({
    inRecovery: fc.boolean(),
    isWritable: fc.boolean(),
    position: fc.bigInt({ min: 0n, max: 10_000n }),
    timeline: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    system: fc.constant('one'),
    instance: fc.constantFrom('a', 'b', 'c'),
  });
  const event = fc.oneof(
    fc.record({ kind: fc.constant('saw' as const), server, seen }),
    fc.record({ kind: fc.constantFrom('missed' as const, 'doubt' as const), server }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const state = createFleetState(3);
      events.forEach((each, index) => {
        if (each.kind === 'saw') {
          state.saw(each.server, each.seen, index * PROBE_MS);
        } else {
          state[each.kind](each.server);
        }
      });
      const { primary: chosen } = state.verdict();
      const parts = [
        ...state.reliable(),
        ...state.others(),
        ...state.silent(),
        ...(chosen === undefined ? [] : [chosen]),
      ];
      expect(parts.toSorted()).toEqual([0, 1, 2]);
    }),
  );
});
