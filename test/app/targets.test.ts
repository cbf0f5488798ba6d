import type { Cache } from '../../app/adapters/cache/cache';
import type { Entry } from '../../app/adapters/cache/entry';
import type { LinkReader, Read, StoredLink } from '../../app/adapters/database';
import type { Deletions } from '../../app/services/deletions';
import { TARGET_TTL_MS, createTargets, type Cached } from '../../app/services/targets';
import { storedLink } from './support';

const LINK = storedLink('abc');

/** A database whose answers the test gives, one by one. */
function createSlowLinks() {
  const waiting: ((link: StoredLink | undefined) => void)[] = [];
  const links: LinkReader = {
    find: () =>
      new Promise<Read<StoredLink | undefined>>((resolve) => {
        waiting.push((value) => {
          resolve({ value, source: 'primary', confirmed: true });
        });
      }),
  };
  return {
    links,
    reads: () => waiting.length,
    answer: (index: number, link: StoredLink | undefined) => waiting[index]?.(link),
  };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

test('those who ask for a code at the same time share one read', async () => {
  const { links, reads, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const answers = Promise.all([targets.load('abc'), targets.load('abc'), targets.load('abc')]);
  expect(reads()).toBe(1);
  answer(0, LINK);
  expect((await answers).map(({ target }) => target.kind)).toEqual(['active', 'active', 'active']);
});

test('memory answers for one second, counted from when the read started', async () => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = targets.load('abc');
  jest.advanceTimersByTime(400);
  answer(0, LINK);
  await loading;
  jest.advanceTimersByTime(TARGET_TTL_MS - 401);
  expect(targets.hot('abc')).toMatchObject({ kind: 'active', url: 'https://example.com/' });
  jest.advanceTimersByTime(1);
  expect(targets.hot('abc')).toBeUndefined();
});

test('a hot link is read again before it runs out, once, without making anybody wait', async () => {
  const { links, reads, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = targets.load('abc');
  answer(0, LINK);
  await loading;
  jest.advanceTimersByTime(600);
  expect([targets.hot('abc'), targets.hot('abc')]).toMatchObject([{ kind: 'active' }, { kind: 'active' }]);
  expect(reads()).toBe(2);
});

test('a deletion found by the second read is believed at once', async () => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = targets.load('abc');
  answer(0, LINK);
  await loading;
  jest.advanceTimersByTime(600);
  targets.hot('abc');
  const refreshing = targets.load('abc');
  answer(1, { ...LINK, deletedAt: new Date() });
  await refreshing;
  expect(targets.hot('abc')).toEqual({ kind: 'gone', reason: 'This link was deleted.' });
});

test('a read that was under way when a link was deleted does not come back into memory', async () => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = targets.load('abc');
  await targets.deleted('abc', 2);
  answer(0, LINK);
  await loading;
  expect(targets.hot('abc')).toBeUndefined();
});

test('an unknown code is remembered for a shorter time', async () => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = targets.load('abc');
  answer(0, undefined);
  await loading;
  jest.advanceTimersByTime(199);
  expect(targets.hot('abc')).toEqual({ kind: 'unknown' });
  jest.advanceTimersByTime(1);
  expect(targets.hot('abc')).toBeUndefined();
});

test('a failed read is not remembered, and the next one may succeed', async () => {
  let failing = true;
  const targets = createTargets(
    {
      find: () =>
        failing
          ? Promise.reject(new Error('down'))
          : Promise.resolve({ value: LINK, source: 'primary', confirmed: true }),
    },
    [],
  );
  await expect(targets.load('abc')).rejects.toThrow('down');
  failing = false;
  expect((await targets.load('abc')).target.kind).toBe('active');
});

test.each(['javascript:alert(1)', 'https://user:password@example.com/', 'https://go.example.com/loop'])(
  'a stored %s, which is not allowed any more, leads nowhere',
  async (url) => {
    const targets = createTargets(
      { find: () => Promise.resolve({ value: { ...LINK, url }, source: 'primary', confirmed: true }) },
      ['go.example.com'],
    );
    expect((await targets.load('abc')).target.kind).toBe('gone');
  },
);

test('memory is bounded', async () => {
  const targets = createTargets(
    { find: (code) => Promise.resolve({ value: { ...LINK, code }, source: 'primary', confirmed: true }) },
    [],
  );
  const codes = Array.from({ length: 10_001 }, (_, index) => `code-${index}`);
  for (const code of codes) {
    await targets.load(code);
  }
  expect(targets.hot('code-0')).toBeUndefined();
  expect(targets.hot('code-10000')?.kind).toBe('active');
});

describe('with a cache', () => {
  /** A cache in memory that notes what it is told, and of which the test may announce deletions. */
  function createCache(holds: Readonly<Record<string, Entry>> = {}) {
    const put: Entry[] = [];
    const certain: boolean[] = [];
    const asked: string[] = [];
    let announce: (code: string) => void = () => undefined;
    const cache: Cache = {
      get: (code) => {
        asked.push(code);
        return Promise.resolve(holds[code]);
      },
      put: (_code, entry, isCertain) => {
        put.push(entry);
        certain.push(isCertain);
        return Promise.resolve(true);
      },
      markDeleted: () => Promise.resolve(true),
      longestLifetime: 300_000,
      onDeleted: (listener) => {
        announce = listener;
      },
      close: () => undefined,
    };
    return {
      cache,
      put,
      certain,
      asked,
      announce: (code: string) => {
        announce(code);
      },
    };
  }

  function answering(value: StoredLink | undefined, confirmed = true, isRecent = false): LinkReader {
    return { find: () => Promise.resolve({ value, source: 'primary', confirmed, isRecent }) };
  }

  /** A cache and what is known of deletions: none, by default, for certain. */
  function cached(cache: Cache, known: Partial<Deletions> = {}): Cached {
    const deletions: Deletions = {
      correct: (_code, entry) => entry,
      isKnown: () => true,
      isComplete: () => true,
      add: () => Promise.resolve(),
      onNew: () => undefined,
      start: () => Promise.resolve(),
      stop: () => undefined,
      ...known,
    };
    return { cache, deletions };
  }

  const ENTRY: Entry = { kind: 'link', version: 1, url: 'https://example.com/', expiresAt: Infinity };

  test('what the cache holds is not read from the database', async () => {
    const { links, reads } = createSlowLinks();
    const found = await createTargets(links, [], cached(createCache({ abc: ENTRY }).cache)).load('abc');
    expect(found).toMatchObject({ target: { kind: 'active' }, read: { source: 'cache' } });
    expect(reads()).toBe(0);
  });

  test('what the database says goes into the cache', async () => {
    const { cache, put } = createCache();
    await createTargets(answering(LINK), [], cached(cache)).load('abc');
    await createTargets(answering({ ...LINK, version: 2, deletedAt: new Date() }), [], cached(cache)).load(
      'abc',
    );
    await createTargets(answering(undefined), [], cached(cache)).load('abc');
    expect(put).toEqual([ENTRY, { kind: 'deleted', version: 2 }, { kind: 'unknown', version: 0 }]);
  });

  test('a miss that the primary has not confirmed is not stored', async () => {
    const { cache, put } = createCache();
    await expect(createTargets(answering(undefined, false), [], cached(cache)).load('abc')).rejects.toThrow(
      'primary',
    );
    expect(put).toEqual([]);
  });

  test('whoever has just written is answered by the database', async () => {
    const { cache, asked } = createCache({ abc: { kind: 'unknown', version: 0 } });
    const { target } = await createTargets(answering(LINK), [], cached(cache)).load('abc', 1n);
    expect([target.kind, asked]).toEqual(['active', []]);
  });

  test('an address that is not allowed leads nowhere, whoever put it into the cache', async () => {
    const { cache } = createCache({ abc: { ...ENTRY, url: 'javascript:alert(1)' } });
    expect((await createTargets(answering(LINK), [], cached(cache)).load('abc')).target.kind).toBe('gone');
  });

  test('a read that was under way when a deletion was heard does not come back into memory', async () => {
    const { links, answer } = createSlowLinks();
    const { cache, announce } = createCache();
    const targets = createTargets(links, [], cached(cache));
    const loading = targets.load('abc');
    await Promise.resolve();
    announce('abc');
    answer(0, LINK);
    await loading;
    expect(targets.hot('abc')).toBeUndefined();
  });

  test('a deletion that is heard empties memory at once', async () => {
    const { cache, announce } = createCache();
    const targets = createTargets(answering(LINK), [], cached(cache));
    await targets.load('abc');
    expect(targets.hot('abc')?.kind).toBe('active');
    announce('abc');
    expect(targets.hot('abc')).toBeUndefined();
  });

  test('a link that was deleted leads nowhere, whatever the cache says, which is told', async () => {
    const { cache, put } = createCache({ abc: ENTRY });
    const correct = () => ({ kind: 'deleted', version: 2 }) as const;
    const targets = createTargets(answering(LINK), [], cached(cache, { correct }));
    expect((await targets.load('abc')).target.kind).toBe('gone');
    expect(put).toEqual([{ kind: 'deleted', version: 2 }]);
  });

  test('a link that was deleted leads nowhere, whatever a replica says', async () => {
    const { cache, put } = createCache();
    const correct = () => ({ kind: 'deleted', version: 2 }) as const;
    const targets = createTargets(answering(LINK, false, true), [], cached(cache, { correct }));
    expect((await targets.load('abc')).target.kind).toBe('gone');
    expect(put).toEqual([{ kind: 'deleted', version: 2 }]);
  });

  test('a deletion that the database lists empties memory at once', async () => {
    const { cache } = createCache();
    let announce: (code: string) => void = () => undefined;
    const onNew: Deletions['onNew'] = (listener) => (announce = listener);
    const targets = createTargets(answering(LINK), [], cached(cache, { onNew }));
    await targets.load('abc');
    announce('abc');
    expect(targets.hot('abc')).toBeUndefined();
  });

  test('the cache is not asked until the deletions were listed once', async () => {
    const { cache, asked } = createCache({ abc: ENTRY });
    const targets = createTargets(answering(LINK), [], cached(cache, { isKnown: () => false }));
    expect((await targets.load('abc')).read.source).toBe('primary');
    expect(asked).toEqual([]);
  });

  test.each([
    { confirmed: true, isRecent: false, isComplete: false, certain: true },
    { confirmed: false, isRecent: true, isComplete: true, certain: true },
    { confirmed: false, isRecent: true, isComplete: false, certain: false },
    { confirmed: false, isRecent: false, isComplete: true, certain: false },
  ])('a row is cached for long only where it is certain: %j', async ({ confirmed, isRecent, ...wanted }) => {
    const { cache, certain } = createCache();
    const known = cached(cache, { isComplete: () => wanted.isComplete });
    await createTargets(answering(LINK, confirmed, isRecent), [], known).load('abc');
    expect(certain).toEqual([wanted.certain]);
  });
});
