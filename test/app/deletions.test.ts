import type { Entry } from '../../app/adapters/cache/entry';
import { MAX_DELETIONS, type Deletion } from '../../app/adapters/database';
import { createDeletions } from '../../app/services/deletions';
import { silent } from './support';

const LINK: Entry = { kind: 'link', version: 1, url: 'https://example.com/', expiresAt: Infinity };
const LONGEST = 300_000;

/** What the database and the cache do, and what they were asked and told. */
interface State {
  list: readonly Deletion[];
  confirmed: boolean;
  up: boolean;
  cacheTakes: boolean;
  windows: number[];
  put: (readonly [string, Entry, boolean])[];
  marked: (readonly [string, number])[];
}

/** A database and a cache that the test makes fail, with deletions that listen to both. */
function create(log = silent) {
  const state: State = {
    list: [],
    confirmed: true,
    up: true,
    cacheTakes: true,
    windows: [],
    put: [],
    marked: [],
  };
  const deletions = createDeletions({
    reader: {
      deletions: (within) => {
        state.windows.push(within);
        return state.up
          ? Promise.resolve({ value: state.list, source: 'primary', confirmed: state.confirmed })
          : Promise.reject(new Error('down'));
      },
    },
    cache: {
      longestLifetime: LONGEST,
      put: (...told) => {
        state.put.push(told);
        return Promise.resolve(state.cacheTakes);
      },
      markDeleted: (...told) => {
        state.marked.push(told);
        return Promise.resolve(state.cacheTakes);
      },
    },
    log,
  });
  return { state, deletions };
}

const deleted = (version: number): Entry => ({ kind: 'deleted', version });

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('the list reaches a minute further back than any entry lives', async () => {
  const { state, deletions } = create();
  await deletions.start();
  expect(state.windows).toEqual([360_000]);
  deletions.stop();
});

test('nothing is known, and nothing complete, before the list was read', () => {
  const { deletions } = create();
  expect([deletions.isKnown(), deletions.isComplete()]).toEqual([false, false]);
});

test('what the primary lists is known, and complete for two seconds', async () => {
  const { state, deletions } = create();
  await deletions.start();
  expect([deletions.isKnown(), deletions.isComplete()]).toEqual([true, true]);
  state.up = false;
  await jest.advanceTimersByTimeAsync(2_000);
  expect(deletions.isComplete()).toBe(true);
  await jest.advanceTimersByTimeAsync(1);
  expect([deletions.isKnown(), deletions.isComplete()]).toEqual([true, false]);
  deletions.stop();
});

test('what another than the primary lists is known, and not complete', async () => {
  const { state, deletions } = create();
  state.confirmed = false;
  await deletions.start();
  expect([deletions.isKnown(), deletions.isComplete()]).toEqual([true, false]);
  deletions.stop();
});

test('a list from another than the primary does not end what was complete a moment ago', async () => {
  const { state, deletions } = create();
  await deletions.start();
  state.confirmed = false;
  await jest.advanceTimersByTimeAsync(600);
  expect(deletions.isComplete()).toBe(true);
  deletions.stop();
});

test('a database that is away is asked again twice a second, and its outage is said once', async () => {
  const warned: (readonly unknown[])[] = [];
  const { state, deletions } = create({ ...silent, warn: (...line) => warned.push(line) });
  state.up = false;
  await deletions.start();
  expect([deletions.isKnown(), deletions.isComplete()]).toEqual([false, false]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(state.windows).toHaveLength(3);
  expect(warned).toEqual([
    [{ err: new Error('down') }, 'The database does not say which links were deleted; it is asked again.'],
  ]);
  state.up = true;
  await jest.advanceTimersByTimeAsync(500);
  expect(deletions.isKnown()).toBe(true);
  state.up = false;
  await jest.advanceTimersByTimeAsync(500);
  expect(warned).toHaveLength(2);
  deletions.stop();
});

test('an entry that is older than the deletion is corrected, and no other', async () => {
  const { state, deletions } = create();
  state.list = [{ code: 'abc', version: 2 }];
  await deletions.start();
  const newer: Entry = { ...LINK, version: 2 };
  expect(deletions.correct('abc', LINK)).toEqual(deleted(2));
  expect(deletions.correct('abc', newer)).toBe(newer);
  expect(deletions.correct('other', LINK)).toBe(LINK);
  deletions.stop();
});

test('a deletion is told once: to those who listen, and to the cache for as long as it lives there', async () => {
  const { state, deletions } = create();
  const heard: string[] = [];
  deletions.onNew((code) => heard.push(code));
  deletions.onNew((code) => heard.push(`also ${code}`));
  state.list = [{ code: 'abc', version: 2 }];
  await deletions.start();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(heard).toEqual(['abc', 'also abc']);
  expect(state.put).toEqual([['abc', deleted(2), true]]);
  deletions.stop();
});

test('a deletion that is listed later is told then', async () => {
  const { state, deletions } = create();
  await deletions.start();
  state.list = [{ code: 'abc', version: 2 }];
  await jest.advanceTimersByTimeAsync(499);
  expect(state.put).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(state.put).toEqual([['abc', deleted(2), true]]);
  deletions.stop();
});

test('a cache that takes nothing is told one thing a time, the oldest last, until it takes it', async () => {
  const { state, deletions } = create();
  state.list = [
    { code: 'late', version: 2 },
    { code: 'early', version: 3 },
  ];
  state.cacheTakes = false;
  await deletions.start();
  await jest.advanceTimersByTimeAsync(0);
  expect(state.put).toEqual([['late', deleted(2), true]]);
  state.cacheTakes = true;
  state.put = [];
  await jest.advanceTimersByTimeAsync(1_000);
  expect(state.put).toEqual([
    ['late', deleted(2), true],
    ['early', deleted(3), true],
  ]);
  deletions.stop();
});

test('of more than the database lists at most the earliest are dropped', async () => {
  const { state, deletions } = create();
  state.cacheTakes = false;
  state.list = Array.from({ length: MAX_DELETIONS + 1 }, (_, index) => ({
    code: `code-${index}`,
    version: 2,
  }));
  await deletions.start();
  expect(deletions.correct('code-0', LINK)).toEqual(deleted(2));
  expect(deletions.correct(`code-${MAX_DELETIONS}`, LINK)).toBe(LINK);
  deletions.stop();
});

test('what this process has deleted is known at once, and the cache is told', async () => {
  const { state, deletions } = create();
  await deletions.add('abc', 2);
  expect(deletions.correct('abc', LINK)).toEqual(deleted(2));
  expect(state.marked).toEqual([['abc', 2]]);
  await deletions.start();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(state.put).toEqual([]);
  deletions.stop();
});

test('what this process has deleted while the cache took nothing is told again', async () => {
  const { state, deletions } = create();
  state.cacheTakes = false;
  await deletions.add('abc', 2);
  state.cacheTakes = true;
  await deletions.start();
  await jest.advanceTimersByTimeAsync(0);
  expect(state.put).toEqual([['abc', deleted(2), true]]);
  deletions.stop();
});

test('after a stop the database is asked no more', async () => {
  const { state, deletions } = create();
  await deletions.start();
  await jest.advanceTimersByTimeAsync(0);
  deletions.stop();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(state.windows).toHaveLength(1);
});

test('a stop during the first look is the end as well', async () => {
  const { state, deletions } = create();
  const starting = deletions.start();
  deletions.stop();
  await starting;
  await jest.advanceTimersByTimeAsync(5_000);
  expect(state.windows).toHaveLength(1);
});
