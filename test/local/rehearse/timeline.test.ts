import fc from 'fast-check';
import type { Request } from '../../../local/load/requests';
import { timelineOf } from '../../../local/rehearse/timeline';

const requests = fc.array(
  fc.record<Request>({
    kind: fc.constantFrom('create', 'redirect', 'read'),
    due: fc.integer({ min: 0, max: 30_000 }),
    sent: fc.constant(30_000),
    ended: fc.integer({ min: 30_000, max: 40_000 }),
    ending: fc.constantFrom('answered', 'refused', 'failed'),
  }),
  { maxLength: 200 },
);

const BROKEN_AT = 10_000;

function of(all: readonly Request[]) {
  return timelineOf({
    requests: all,
    brokenAt: BROKEN_AT,
    brokenBy: BROKEN_AT,
    healedAt: 12_500,
    verdict: { lostWrites: 0, lostClicks: 0, doubledClicks: 0, ledOn: [] },
  });
}

describe('a time line', () => {
  test('holds each request once that was due in a step that the load filled, however late it ended', () => {
    fc.assert(
      fc.property(requests, (all) => {
        const { seconds, answered, failed } = of(all);
        const [from = 0, to = -1] = [seconds[0], seconds.at(-1)];
        const shown = all.filter(
          ({ due }) => due >= from * 1_000 + BROKEN_AT && due < to * 1_000 + 500 + BROKEN_AT,
        );
        const total = [...answered, ...failed].reduce((sum, perSecond) => sum + perSecond / 2, 0);
        expect(total).toBe(shown.length);
      }),
    );
  });

  test('has no gap, and a value of each series for every step', () => {
    fc.assert(
      fc.property(requests, (all) => {
        const { seconds, answered, failed, p99 } = of(all);
        expect([answered.length, failed.length, p99.length]).toEqual(Array(3).fill(seconds.length));
        expect(seconds.every((second, index) => second === (seconds[0] ?? 0) + index / 2)).toBe(true);
      }),
    );
  });

  test('counts seconds from the fault’s beginning, and leaves out what the load filled in part', () => {
    const answered = { kind: 'read', ending: 'answered', sent: 9_000 } as const;
    expect(
      of([
        { ...answered, due: 8_900, ended: 8_950 },
        { ...answered, due: 9_000, ended: 9_400 },
        { kind: 'read', due: 9_600, sent: 9_600, ended: 9_700, ending: 'failed' },
        { ...answered, due: 10_700, ended: 10_800 },
      ]),
    ).toEqual({
      seconds: [-1, -0.5, 0],
      answered: [2, 0, 0],
      failed: [0, 2, 0],
      p99: [400, 100, null],
      healed: 2.5,
    });
  });
});
