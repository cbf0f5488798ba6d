import { DatabaseReadOnly, DatabaseUnavailable } from '../../app/adapters/database';
import { createHealth, isPassing, isReadOnly } from '../../app/services/health';

/** A database that counts what it is asked, and whose answers the test decides. */
function createDatabase() {
  const state = { up: true, writable: true, asked: 0 };
  const ask = <Answer>(answer: Answer): Promise<Answer> => {
    state.asked += 1;
    return state.up ? Promise.resolve(answer) : Promise.reject(new DatabaseUnavailable('down'));
  };
  return { state, canRead: () => ask(undefined), canWrite: () => ask(state.writable) };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

test('with a database that answers it is ready and writable', async () => {
  const health = createHealth(createDatabase());
  expect([await health.ready(), await health.writable()]).toEqual([true, true]);
});

test('with a database that takes no writes it is ready alone', async () => {
  const database = createDatabase();
  database.state.writable = false;
  const health = createHealth(database);
  expect([await health.ready(), await health.writable()]).toEqual([true, false]);
});

test('with a database that is away it is neither', async () => {
  const database = createDatabase();
  database.state.up = false;
  const health = createHealth(database);
  expect([await health.ready(), await health.writable()]).toEqual([false, false]);
});

test('while stopping it is neither, and the database is not asked', async () => {
  const database = createDatabase();
  const health = createHealth(database);
  health.stop();
  expect([await health.ready(), await health.writable(), database.state.asked]).toEqual([false, false, 0]);
});

test('an answer is repeated for a second, counted from when it came', async () => {
  const database = createDatabase();
  const health = createHealth(database);
  await health.ready();
  database.state.up = false;
  jest.advanceTimersByTime(999);
  expect([await health.ready(), database.state.asked]).toEqual([true, 1]);
  jest.advanceTimersByTime(1);
  expect([await health.ready(), database.state.asked]).toEqual([false, 2]);
});

test('an outage is over once a later question is answered', async () => {
  const database = createDatabase();
  database.state.up = false;
  const health = createHealth(database);
  await health.ready();
  database.state.up = true;
  jest.advanceTimersByTime(1_000);
  expect(await health.ready()).toBe(true);
});

test('those who ask at the same time share one question, however long its answer takes', async () => {
  let asked = 0;
  let answer: () => void = () => undefined;
  const canRead = (): Promise<void> => {
    asked += 1;
    return new Promise((resolve) => (answer = resolve));
  };
  const health = createHealth({ canRead, canWrite: () => Promise.resolve(true) });
  const first = health.ready();
  jest.advanceTimersByTime(10_000);
  const second = health.ready();
  answer();
  expect([await first, await second, asked]).toEqual([true, true, 1]);
});

test.each<readonly [string, Error, readonly boolean[]]>([
  ['an outage', new DatabaseUnavailable('down'), [true, false]],
  ['a database that takes no writes', new DatabaseReadOnly('in recovery'), [true, true]],
  ['a mistake of ours', new Error('oops'), [false, false]],
])('%s is told from others', (_what, error, told) => {
  expect([isPassing(error), isReadOnly(error)]).toEqual(told);
});
