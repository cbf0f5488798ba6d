/** What becomes of one invocation, and who is told. */
import { invoke } from '../../../lambda/promote-replica/invocation';
import { createAws, type Facts, FIRST, GONE, HEALTHY, HERE } from './world';

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

async function invoked(facts: Facts, event: unknown, failing = false): Promise<Ended> {
  const aws = createAws(facts);
  const told: Told[] = [];
  const world = aws.invocation(() => (failing ? 'fails' : 'well'));
  const { outcome } = await invoke(event, world, (subject, message) => {
    told.push([subject, message]);
    return Promise.resolve();
  });
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

test('a step that fails is an outcome, and told', async () => {
  const { told, outcome } = await invoked(GONE, {}, true);
  expect(outcome).toBe('failed');
  expect(told).toEqual([
    [`Promotion of ${HERE}: failed`, expect.stringContaining('A step failed (Error: instance failed)')],
  ]);
});

test('that nobody could be told changes nothing but the log', async () => {
  const aws = createAws(GONE);
  const { outcome } = await invoke({}, aws.invocation(), () => Promise.reject(new Error('no topic')));
  expect([outcome, aws.facts.replica]).toEqual(['done', false]);
  expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ level: 'error', err: { name: 'Error', message: 'no topic' } }),
  );
});

test('an event that cannot be used is an error, and nothing is done nor told', async () => {
  const aws = createAws(GONE);
  const tell = jest.fn();
  await expect(invoke({ forced: true }, aws.invocation(), tell)).rejects.toThrow('There is no "forced".');
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
