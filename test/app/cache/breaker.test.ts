import fc from 'fast-check';
import { createBreaker, FAILURES_TO_OPEN, type Change } from '../../../app/adapters/cache/breaker';

/** The longest and the shortest pause, in ms. */
const PAUSE = { min: 500, max: 1_500 };

function start(random = 0.5) {
  let now = 0;
  const breaker = createBreaker({ clock: () => now, random: () => random });
  return {
    ...breaker,
    pass: (milliseconds: number): void => {
      now += milliseconds;
    },
    /** One call at a time; undefined where it was not admitted. */
    call: (succeeded: boolean): Change | 'nothing' | undefined => {
      const ticket = breaker.admit();
      return ticket === undefined ? undefined : (breaker.settle(ticket, succeeded) ?? 'nothing');
    },
  };
}

function opened() {
  const breaker = start();
  for (let failures = 0; failures < FAILURES_TO_OPEN; failures += 1) {
    breaker.call(false);
  }
  return breaker;
}

test('it opens at the fifth failure in a row, and then admits nothing', () => {
  const { call } = start();
  expect(Array.from({ length: 6 }, () => call(false))).toStrictEqual([
    ...Array.from({ length: FAILURES_TO_OPEN - 1 }, () => 'nothing'),
    'opened',
    undefined,
  ]);
});

test('a success in between starts the count anew', () => {
  const { call } = start();
  const calls = [false, false, false, false, true, false, false, false, false].map(call);
  expect(calls).not.toContain('opened');
});

test('after the pause it admits one call at a time', () => {
  const { admit, pass } = opened();
  pass(1_000);
  expect(admit()).toBeDefined();
  expect(admit()).toBeUndefined();
});

test('that call closes it if it succeeds', () => {
  const { call, pass } = opened();
  pass(1_000);
  expect([call(true), call(true)]).toEqual(['closed', 'nothing']);
});

test('and starts another pause if it fails', () => {
  const { call, pass } = opened();
  pass(1_000);
  expect([call(false), call(true)]).toEqual(['reopened', undefined]);
  pass(1_000);
  expect(call(true)).toBe('closed');
});

test('calls that were under way when it opened change nothing, however they end', () => {
  const { admit, settle, pass, call } = start();
  const late = Array.from({ length: 20 }, admit);
  Array.from({ length: FAILURES_TO_OPEN }, () => call(false));
  expect(late.map((ticket) => settle(ticket ?? 0, true))).toStrictEqual(late.map(() => undefined));
  expect(call(true)).toBeUndefined();
  pass(1_000);
  expect(admit()).toBeDefined();
  expect(late.map((ticket) => settle(ticket ?? 0, false))).toStrictEqual(late.map(() => undefined));
});

test('servers whose breakers opened together do not all come back together', () => {
  const probes = [0, 0.999].map((random) => {
    const { call, pass, admit } = start(random);
    Array.from({ length: FAILURES_TO_OPEN }, () => call(false));
    pass(PAUSE.min);
    return admit() !== undefined;
  });
  expect(probes).toEqual([true, false]);
});

/** What may happen to a breaker: time passes, a call is made, the oldest call under way ends. */
const EVENT = fc.oneof(
  fc.record({ kind: fc.constant('time' as const), milliseconds: fc.nat({ max: 2_000 }) }),
  fc.record({ kind: fc.constant('call' as const) }),
  fc.record({ kind: fc.constant('end' as const), succeeded: fc.boolean() }),
);

/** What must never be seen. */
interface Seen {
  readonly admittedInPause: number;
  readonly refusedWhileClosed: number;
  readonly mostProbesAtOnce: number;
  readonly openedOnSuccess: number;
  readonly closedOnFailure: number;
}

function play(
  events: readonly (typeof EVENT extends fc.Arbitrary<infer Event> ? Event : never)[],
  random: number,
): Seen {
  const { admit, settle, pass } = start(random);
  const seen = {
    admittedInPause: 0,
    refusedWhileClosed: 0,
    mostProbesAtOnce: 0,
    openedOnSuccess: 0,
    closedOnFailure: 0,
  };
  const underWay: number[] = [];
  let isClosed = true;
  let sinceChange = 0;
  let probes = 0;
  const step = {
    time: (milliseconds: number): void => {
      pass(milliseconds);
      sinceChange += milliseconds;
    },
    call: (): void => {
      const ticket = admit();
      underWay.push(...(ticket === undefined ? [] : [ticket]));
      probes += Number(ticket !== undefined && !isClosed);
      seen.refusedWhileClosed += Number(ticket === undefined && isClosed);
      seen.admittedInPause += Number(ticket !== undefined && !isClosed && sinceChange < PAUSE.min);
      seen.mostProbesAtOnce = Math.max(seen.mostProbesAtOnce, probes);
    },
    end: (succeeded: boolean): void => {
      const ticket = underWay.shift();
      const change = ticket === undefined ? undefined : settle(ticket, succeeded);
      seen.closedOnFailure += Number(change === 'closed' && !succeeded);
      seen.openedOnSuccess += Number((change === 'opened' || change === 'reopened') && succeeded);
      isClosed = change === undefined ? isClosed : change === 'closed';
      sinceChange = change === undefined ? sinceChange : 0;
      probes = change === undefined ? probes : 0;
    },
  };
  events.forEach((event) => {
    switch (event.kind) {
      case 'time':
        step.time(event.milliseconds);
        break;
      case 'call':
        step.call();
        break;
      case 'end':
        step.end(event.succeeded);
    }
  });
  return seen;
}

test('whatever happens: open, it lets through one call a pause; it opens on failures and closes on success only', () => {
  fc.assert(
    fc.property(
      fc.array(EVENT, { maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (events, random) => {
        const { mostProbesAtOnce, ...never } = play(events, random);
        expect(mostProbesAtOnce).toBeLessThanOrEqual(1);
        expect(never).toEqual({
          admittedInPause: 0,
          refusedWhileClosed: 0,
          openedOnSuccess: 0,
          closedOnFailure: 0,
        });
      },
    ),
  );
});

test('whatever has happened, it closes again once calls succeed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 2_000 })), { maxLength: 50 }), (history) => {
      const { call, pass } = start();
      history.forEach(([succeeded, milliseconds]) => {
        call(succeeded);
        pass(milliseconds);
      });
      pass(PAUSE.max);
      call(true);
      expect(call(true)).toBe('nothing');
    }),
  );
});
