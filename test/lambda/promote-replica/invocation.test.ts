/** What becomes of one invocation, and who is told. */
import { invoke, type Lock } from '../../../lambda/promote-replica/invocation';
import { createAws, type Facts, FIRST, GONE, HEALTHY, HERE } from './simulated-region';

type Told = readonly [subject: string, message: string];

interface Ended {
  readonly told: readonly Told[];
  readonly deeds: readonly string[];
  readonly outcome: string;
}

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(String(chunk));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** A lock that is free, and counts. */
function createLock(): Lock & { held: number; taken: number } {
  return {
    held: 0,
    taken: 0,
    take() {
      this.held += 1;
      this.taken += 1;
      return Promise.resolve(() => {
        this.held -= 1;
        return Promise.resolve();
      });
    },
  };
}

async function invoked(
  facts: Facts,
  event: unknown,
  failing = false,
  lock: Lock = createLock(),
): Promise<Ended> {
  const aws = createAws(facts);
  const told: Told[] = [];
  const world = aws.invocation(() => (failing ? 'fails' : 'well'));
  const tell = (subject: string, message: string) => {
    told.push([subject, message]);
    return Promise.resolve();
  };
  const { outcome } = await invoke(event, world, tell, lock);
  return { told, deeds: aws.deeds, outcome };
}

test('what became of it is told, with the region, the reason and where there is more', async () => {
  const { told } = await invoked(GONE, { reason: 'us-east-1 is gone' });
  expect(told).toEqual([
    [
      `Promotion of ${HERE}: done`,
      'The replica was promoted, and users’ writes come here. It was asked because: "us-east-1 is gone". See docs/runbook.md#a-region-is-gone',
    ],
  ]);
});

test('an order without a reason is told as one', async () => {
  const { told } = await invoked(GONE, {});
  expect(told.map(([, message]) => message)).toEqual([
    'The replica was promoted, and users’ writes come here. See docs/runbook.md#a-region-is-gone',
  ]);
});

test('a refusal is told, with what speaks against it', async () => {
  const { told } = await invoked(HEALTHY, {});
  expect(told).toEqual([
    [`Promotion of ${HERE}: refused`, expect.stringContaining(`Somebody takes writes: ${FIRST}`)],
  ]);
});

test('that nothing was begun is told to nobody', async () => {
  const { told, outcome } = await invoked(GONE, { resume: true });
  expect([told, outcome]).toEqual([[], 'nothing begun']);
});

test('what was begun is gone on with where the schedule asks, and told', async () => {
  const { told, outcome } = await invoked({ ...GONE, mark: true }, { resume: true });
  expect([told.map(([subject]) => subject), outcome]).toEqual([[`Promotion of ${HERE}: done`], 'done']);
});

test('a step that fails is an outcome, and told', async () => {
  const { told, outcome } = await invoked(GONE, {}, true);
  expect(outcome).toBe('failed');
  expect(told).toEqual([
    [
      `Promotion of ${HERE}: failed`,
      'A step failed (Error: instance failed). Invoking again goes on. See docs/runbook.md#a-region-is-gone',
    ],
  ]);
});

test('that nobody could be told changes nothing but the log', async () => {
  const aws = createAws(GONE);
  const { outcome } = await invoke(
    {},
    aws.invocation(),
    () => Promise.reject(new Error('no topic')),
    createLock(),
  );
  expect([outcome, aws.facts.replica]).toEqual(['done', false]);
  expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual(
    expect.objectContaining({
      level: 'error',
      err: { name: 'Error', message: 'no topic' },
      msg: 'Nobody could be told.',
    }),
  );
});

test('an event that cannot be used is an error, and nothing is done nor told', async () => {
  const aws = createAws(GONE);
  const tell = jest.fn();
  await expect(invoke({ forced: true }, aws.invocation(), tell, createLock())).rejects.toThrow(
    'There is no "forced".',
  );
  expect([aws.steps, tell.mock.calls]).toEqual([[], []]);
});

test('order and outcome are one line of the log, a whole JSON object', async () => {
  await invoked(HEALTHY, { reason: 'a drill' });
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'info',
      msg: 'Promotion',
      outcome: 'refused',
      reason: 'a drill',
      force: false,
    }),
  ]);
});

describe('the lock', () => {
  test.each([
    ['done', GONE, false],
    ['refused', HEALTHY, false],
    ['failed', GONE, true],
  ])('is given back whatever becomes of it: %s', async (outcome, facts, failing) => {
    const lock = createLock();
    expect((await invoked(facts, {}, failing, lock)).outcome).toBe(outcome);
    expect([lock.taken, lock.held]).toEqual([1, 0]);
  });

  test('of another invocation makes this one do nothing, and tell nobody', async () => {
    const other: Lock = { take: () => Promise.resolve(undefined) };
    expect(await invoked(GONE, {}, false, other)).toEqual({ told: [], deeds: [], outcome: 'under way' });
  });

  test('of another invocation is what the log says of this one', async () => {
    await invoked(GONE, {}, false, { take: () => Promise.resolve(undefined) });
    expect(lines.join('')).toContain('Another invocation is promoting');
  });

  test('is not asked for where nothing was begun', async () => {
    const lock = createLock();
    await invoked(GONE, { resume: true }, false, lock);
    expect(lock.taken).toBe(0);
  });

  test('that cannot be had for sure is a failure, and nothing is done', async () => {
    const broken: Lock = { take: () => Promise.reject(new Error('no S3')) };
    const { outcome, deeds, told } = await invoked(GONE, {}, false, broken);
    expect([outcome, deeds]).toEqual(['failed', []]);
    expect(told).toEqual([[`Promotion of ${HERE}: failed`, expect.stringContaining('no S3')]]);
  });

  test('that cannot be given back changes nothing but the log', async () => {
    const stuck: Lock = { take: () => Promise.resolve(() => Promise.reject(new Error('no S3'))) };
    expect((await invoked(GONE, {}, false, stuck)).outcome).toBe('done');
    expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        err: { name: 'Error', message: 'no S3' },
        msg: 'The lock could not be given back; it ends by itself.',
      }),
    );
  });
});
