import { ensure } from '../../../local/machine';
import { neededBy, planRung } from '../../../local/rung/plan';
import { rehearse, type Outcome } from '../../../local/rehearse/rehearsal';
import type { RungNumber } from '../../../lib/scaling-plan';
import { lineOf } from '../../../local/rehearse/table';

/** Two seconds before, during and after a fault show whether it is survived; how long it takes, the long rehearsal says. */
const PACE = { before: 1.5, broken: 2, after: 1.5 };
const RATE = 30;

/** What each of these rungs is there for. */
const REHEARSED: readonly (readonly [RungNumber, string])[] = [
  [1, 'server killed'],
  [3, 'server killed'],
  [5, 'cache frozen'],
];

describe.each(REHEARSED)('rung %i, %s', (rung, fault) => {
  let outcomes: readonly Outcome[];

  beforeAll(async () => {
    ensure(neededBy(planRung({ stage: rung })));
    outcomes = await rehearse(rung, {
      pace: PACE,
      rate: RATE,
      faults: [fault],
      say: () => undefined,
      signal: new AbortController().signal,
    });
  }, 120_000);

  test('keeps its promise', () => {
    expect(outcomes.map(({ promise, broken }) => [promise.fault, broken])).toEqual([[fault, []]]);
  });

  test('was under load all the time', () => {
    const [line] = outcomes.map(lineOf);
    expect(line?.requests).toBeGreaterThanOrEqual((PACE.before + PACE.broken + PACE.after) * RATE);
  });
});

test('a rehearsal that is called off leaves nothing running', async () => {
  const calledOff = new AbortController();
  const rehearsal = rehearse(2, {
    pace: PACE,
    rate: RATE,
    say: (text) => {
      if (text.includes('server killed')) {
        calledOff.abort();
      }
    },
    signal: calledOff.signal,
  });
  await expect(rehearsal).rejects.toThrow('aborted');
}, 120_000);
