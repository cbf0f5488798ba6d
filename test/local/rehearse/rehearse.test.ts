import { spawnSync } from 'node:child_process';
import { ensure } from '../../../local/machine';
import { neededBy, planRung } from '../../../local/rung/plan';
import { rehearse, type Outcome } from '../../../local/rehearse/rehearsal';
import type { RungName, RungNumber } from '../../../lib/scaling-plan';
import { lineOf } from '../../../local/rehearse/table';
import { serverProgram } from '../../support/program';

/** Two seconds before, during and after a fault show whether it is survived; how long it takes, the long rehearsal says. */
const PACE = { before: 1.5, broken: 2, after: 1.5 };
const RATE = 30;

/** Of each rung what it is there for; of the last one without the second data center, which the one before has. */
const REHEARSED: readonly (readonly [RungNumber, readonly RungName[], readonly string[]])[] = [
  [1, [], ['server killed']],
  [2, [], ['primary killed']],
  [3, [], ['rolling deployment']],
  [4, [], ['primary killed']],
  [5, [], ['replicas behind, the cache emptied']],
  [6, [], ['server killed']],
  [7, [], ['data center killed, another promoted']],
  [8, ['data-centers'], ['worker killed']],
];

/** A rehearsal waits most of the time, so that many are under way at once. */
const AT_ONCE = 2;

const rehearsals: (() => Promise<void>)[] = [];
const begun: Promise<void>[] = [];

/** Begins it before the first test, or once one of those before it has ended; the hook that it gives waits for its end. */
function besideOthers(rehearsal: () => Promise<void>): () => Promise<void> {
  const index = rehearsals.push(rehearsal) - 1;
  return async () => begun[index];
}

beforeAll(() => {
  rehearsals.forEach((rehearsal, index) => {
    const before = begun[index - AT_ONCE] ?? Promise.resolve();
    const begins = before.then(rehearsal, rehearsal);
    // Whether it failed, its own hook says.
    begins.catch(() => undefined);
    begun.push(begins);
  });
});

describe.each(REHEARSED)('rung %i without %j', (rung, without, faults) => {
  const outcomes: Outcome[] = [];

  const rehearsal = besideOthers(async () => {
    ensure(neededBy(planRung({ stage: rung, without })));
    await rehearse(rung, {
      without,
      pace: PACE,
      rate: RATE,
      faults,
      program: { nodeArguments: [serverProgram()] },
      say: () => undefined,
      tell: (outcome) => outcomes.push(outcome),
      signal: new AbortController().signal,
    });
  });
  beforeAll(rehearsal, 180_000);

  test.each(faults)('keeps its promise: %s', (fault) => {
    const outcome = outcomes.find(({ promise }) => promise.fault === fault);
    expect(outcome?.broken).toEqual([]);
  });

  test('is under load all the time', () => {
    const requests = outcomes.map((outcome) => lineOf(outcome).requests);
    expect(Math.min(...requests)).toBeGreaterThanOrEqual((PACE.before + PACE.broken + PACE.after) * RATE);
  });
});

/** The commands of those that this process has started and that are still there. */
function ownProcesses(): readonly string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => Number.parseInt(line, 10) === process.pid);
}

test('a rehearsal that is called off leaves nothing running', async () => {
  const calledOff = new AbortController();
  const atWork: string[] = [];
  const rehearsal = rehearse(1, {
    pace: PACE,
    rate: RATE,
    say: (text) => {
      if (text.includes('server killed')) {
        atWork.push(...ownProcesses());
        calledOff.abort();
      }
    },
    tell: () => undefined,
    signal: calledOff.signal,
  });
  await expect(rehearsal).rejects.toThrow('aborted');
  const ours = (command: string) => /supervisor|load-process|keeper/.test(command);
  expect(atWork.filter(ours).length).toBeGreaterThan(1);
  expect(ownProcesses().filter(ours)).toEqual([]);
}, 120_000);
