import fc from 'fast-check';
import { judge, secondsUntilWhole, type Observed } from '../../../local/rehearse/judge';
import type { Ending, RungPromise } from '../../../local/promises';
import type { Kind, Request } from '../../../local/load/requests';

/** Broken at 10 s, healed at 21 s. */
const TIMES = { brokenAt: 10_000, brokenBy: 10_050, healedAt: 21_000 };
const NOTHING_WRONG = { lostWrites: 0, lostClicks: 0, doubledClicks: 0, ledOn: [] };

const NONE: RungPromise['reads'] = { endings: [], for: 0, share: 0 };
const STRICT: RungPromise = {
  fault: 'a fault',
  rungs: [1, 8],
  reads: NONE,
  writes: NONE,
  lostClickSeconds: 0,
  wholeWithinSeconds: 0,
};

function at(due: number, ending: Ending, kind: Kind = 'redirect', wait = 5): Request {
  return { kind, due, sent: due, ended: due + wait, ending };
}

function seen(requests: readonly Request[], verdict: Partial<Observed['verdict']> = {}): Observed {
  return { ...TIMES, requests, verdict: { ...NOTHING_WRONG, ...verdict } };
}

const anyMoment = fc.integer({ min: 0, max: 40_000 });
const anyKind = fc.constantFrom<Kind>('create', 'redirect', 'read');

describe('a promise that nothing fails', () => {
  test('is broken by a single request, whenever it was due', () => {
    fc.assert(
      fc.property(anyMoment, anyKind, fc.constantFrom<Ending>('failed', 'refused'), (due, kind, ending) => {
        expect(judge(STRICT, seen([at(due, ending, kind)]))).toHaveLength(1);
      }),
    );
  });

  test('is kept where all are answered', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyMoment, anyKind)), (all) => {
        expect(judge(STRICT, seen(all.map(([due, kind]) => at(due, 'answered', kind))))).toEqual([]);
      }),
    );
  });

  test.each([
    [{ lostWrites: 1 }, '1 acknowledged writes are lost; 0 may be.'],
    [{ lostClicks: 1 }, '1 clicks are not counted; 0 may be lost.'],
    [{ doubledClicks: 2 }, '2 clicks were counted twice.'],
    [{ ledOn: [{ since: 12_000, seconds: 1.1 }] }, 'A deleted link led on for 1.1 s; 1 s are allowed.'],
  ])('is broken by what the ledger finds: %j', (verdict, sentence) => {
    expect(judge(STRICT, seen([], verdict))).toEqual([sentence]);
  });
});

describe('a deleted link', () => {
  const ledOn = [{ since: 9_500, seconds: 30 }];

  test('may lead on for a second', () => {
    expect(judge(STRICT, seen([], { ledOn: [{ since: 12_000, seconds: 1 }] }))).toEqual([]);
  });

  test('may lead on where its deletion may be lost with what was written last', () => {
    expect(judge({ ...STRICT, lostWriteSeconds: 1 }, seen([], { ledOn }))).toEqual([]);
    expect(judge({ ...STRICT, lostWriteSeconds: 0.1 }, seen([], { ledOn }))).toHaveLength(1);
  });
});

describe('a promise of refusals until the rung is whole', () => {
  const promise: RungPromise = {
    ...STRICT,
    writes: { endings: ['refused'], for: 'until whole', share: 1 },
    wholeWithinSeconds: 2,
  };

  test('allows a refused write from the fault’s beginning until it is whole, and at no other time', () => {
    fc.assert(
      fc.property(anyMoment, (due) => {
        const isThen = due + 5 >= 10_000 && due <= 23_000;
        expect(judge(promise, seen([at(due, 'refused', 'create')]))).toHaveLength(isThen ? 0 : 1);
      }),
    );
  });

  test('allows no refused read', () => {
    expect(judge(promise, seen([at(15_000, 'refused', 'read')]))).toHaveLength(1);
  });

  test('allows no write that is not answered at all', () => {
    expect(judge(promise, seen([at(15_000, 'failed', 'create')]))).toHaveLength(1);
  });

  test('allows the request that was under way when the fault began', () => {
    expect(judge(promise, seen([at(9_900, 'refused', 'create', 200)]))).toEqual([]);
  });
});

describe('a promise for a share of the requests', () => {
  const promise: RungPromise = { ...STRICT, reads: { endings: ['failed'], for: 5, share: 0.5 } };
  const mixed = (failed: number, answered: number) => [
    ...Array.from({ length: failed }, () => at(12_000, 'failed')),
    ...Array.from({ length: answered }, () => at(12_000, 'answered')),
  ];

  test('is kept up to that share and broken beyond it', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), (failed, answered) => {
        expect(judge(promise, seen(mixed(failed, answered)))).toHaveLength(failed <= answered ? 0 : 1);
      }),
    );
  });

  test('ends after its seconds, before the rung is healed', () => {
    expect(judge(promise, seen([...mixed(0, 10), at(15_200, 'failed')]))).toHaveLength(1);
  });
});

describe('a promise that the last seconds’ clicks may be lost', () => {
  const promise: RungPromise = { ...STRICT, lostClickSeconds: 1 };

  test('allows as many as were answered in that time, and no more', () => {
    const requests = [
      at(8_000, 'answered'),
      at(9_500, 'answered'),
      at(9_700, 'answered'),
      at(12_000, 'answered'),
    ];
    expect(judge(promise, seen(requests, { lostClicks: 2 }))).toEqual([]);
    expect(judge(promise, seen(requests, { lostClicks: 3 }))).toEqual([
      '3 clicks are not counted; 2 may be lost.',
    ]);
  });
});

describe('a promise about waiting', () => {
  const promise: RungPromise = { ...STRICT, p99Milliseconds: 1_000 };

  test('is broken where more than one in a hundred waits longer while the fault lasts', () => {
    const slow = Array.from({ length: 100 }, (_, index) =>
      at(12_000, 'answered', 'read', index < 2 ? 1_500 : 5),
    );
    expect(judge(promise, seen(slow))).toEqual(['One in a hundred waited 1500 ms or longer.']);
  });

  test('is kept where that happens outside of the fault', () => {
    expect(judge(promise, seen([at(5_000, 'answered', 'read', 1_500)]))).toEqual([]);
  });
});

describe('the time until whole', () => {
  test('is none where everything was answered', () => {
    expect(secondsUntilWhole(seen([at(25_000, 'answered')]))).toBe(0);
  });

  test('is none where the last failure was before it was healed', () => {
    expect(secondsUntilWhole(seen([at(15_000, 'failed')]))).toBe(0);
  });

  test('goes from when it was healed to the last failure’s end', () => {
    expect(secondsUntilWhole(seen([at(20_500, 'failed'), at(22_000, 'refused', 'read', 500)]))).toBe(1.5);
  });
});
