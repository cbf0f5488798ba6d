import type { Cache } from '../../app/adapters/cache/cache';
import type { Entry } from '../../app/adapters/cache/entry';
import type { LinkReader, Read, StoredLink } from '../../app/adapters/database';
import type { Deletions } from '../../app/services/deletions';
import { NOT_ALLOWED, TARGET_TTL_MS, createTargets, type Cached } from '../../app/services/targets';
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

test('a hot link is read again from half a second on, an unknown code never', async () => {
  const { links, reads, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = [targets.load('abc'), targets.load('none')];
  answer(0, LINK);
  answer(1, undefined);
  await Promise.all(loading);
  jest.advanceTimersByTime(199);
  targets.hot('none');
  jest.advanceTimersByTime(300);
  targets.hot('abc');
  expect(reads()).toBe(2);
  jest.advanceTimersByTime(1);
  targets.hot('abc');
  expect(reads()).toBe(3);
});

test('a link whose second read fails is believed until it runs out', async () => {
  let failing = false;
  const targets = createTargets(
    {
      find: () =>
        failing
          ? Promise.reject(new Error('down'))
          : Promise.resolve({ value: LINK, source: 'primary', confirmed: true }),
    },
    [],
  );
  await targets.load('abc');
  failing = true;
  jest.advanceTimersByTime(600);
  targets.hot('abc');
  await Promise.resolve();
  expect(targets.hot('abc')?.kind).toBe('active');
  jest.advanceTimersByTime(400);
  expect(targets.hot('abc')).toBeUndefined();
});

test('whoever has just written shares no read that began before', async () => {
  const { links, reads, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const both = [targets.load('abc'), targets.load('abc', 1n)];
  expect(reads()).toBe(2);
  answer(0, undefined);
  answer(1, LINK);
  expect((await Promise.all(both)).map(({ target }) => target.kind)).toEqual(['unknown', 'active']);
  expect(targets.hot('abc')?.kind).toBe('active');
});

test('a read that fails after it was forgotten leaves the next one to be shared', async () => {
  const fails: ((error: Error) => void)[] = [];
  const find = () =>
    new Promise<never>((_resolve, reject) => {
      fails.push(reject);
    });
  const targets = createTargets({ find }, []);
  const first = targets.load('abc');
  await targets.deleted('abc', 2);
  const second = targets.load('abc');
  fails[0]?.(new Error('down'));
  await expect(first).rejects.toThrow('down');
  const third = targets.load('abc');
  expect(fails).toHaveLength(2);
  fails[1]?.(new Error('down'));
  await expect(Promise.all([second, third])).rejects.toThrow('down');
});

test('a scan of unknown codes evicts no link that is in use, and is bounded itself', async () => {
  const targets = createTargets(
    {
      find: (code) =>
        Promise.resolve({ value: code === 'abc' ? LINK : undefined, source: 'primary', confirmed: true }),
    },
    [],
  );
  await targets.load('abc');
  for (let index = 0; index <= 10_000; index += 1) {
    await targets.load(`none-${index}`);
  }
  expect(['abc', 'none-0', 'none-1'].map((code) => targets.hot(code)?.kind)).toStrictEqual([
    'active',
    undefined,
    'unknown',
  ]);
});

test('a read says who has answered, and how long that took', async () => {
  const { links, answer } = createSlowLinks();
  const loading = createTargets(links, []).load('abc');
  jest.advanceTimersByTime(400);
  answer(0, LINK);
  expect((await loading).read).toEqual({ source: 'primary', duration: 400 });
});

test.each([
  ['leads elsewhere', { ...LINK, url: 'https://example.com/other' }, 'https://example.com/other'],
  ['expires at another time', { ...LINK, expiresAt: new Date(5_000) }, 5_000],
  ['is not allowed any more', { ...LINK, url: 'ftp://example.com/' }, NOT_ALLOWED],
])('what a second read finds is believed where the link %s', async (_what, changed, expected) => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const first = targets.load('abc');
  answer(0, LINK);
  await first;
  const second = targets.load('abc');
  answer(1, changed);
  expect(Object.values((await second).target)).toContain(expected);
});

test('what a second read finds unchanged is not checked again', async () => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const targetOf = async (read: number, expiresAt: Date | null) => {
    const loading = targets.load('abc');
    answer(read, { ...LINK, expiresAt });
    return (await loading).target;
  };
  const first = await targetOf(0, new Date(5_000));
  expect(await targetOf(1, new Date(5_000))).toBe(first);
  expect(await targetOf(2, null)).not.toBe(first);
});

test('a link that was just made is not unknown any more', async () => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = targets.load('abc');
  answer(0, undefined);
  await loading;
  await targets.made(LINK);
  expect(targets.hot('abc')).toBeUndefined();
});

test('a link that was just deleted is not in memory any more', async () => {
  const { links, answer } = createSlowLinks();
  const targets = createTargets(links, []);
  const loading = targets.load('abc');
  answer(0, LINK);
  await loading;
  await targets.deleted('abc', 2);
  expect(targets.hot('abc')).toBeUndefined();
});

test('a target holds its URL and when it expires, or why it leads nowhere', async () => {
  const found = async (link: StoredLink | undefined) => {
    const find = () => Promise.resolve({ value: link, source: 'primary', confirmed: true });
    return (await createTargets({ find }, []).load('abc')).target;
  };
  expect(await found({ ...LINK, expiresAt: new Date(5_000) })).toEqual({
    kind: 'active',
    url: 'https://example.com/',
    expiresAt: 5_000,
  });
  expect(await found({ ...LINK, deletedAt: new Date() })).toEqual({
    kind: 'gone',
    reason: 'This link was deleted.',
  });
  expect(await found({ ...LINK, url: 'ftp://example.com/' })).toEqual({
    kind: 'gone',
    reason: 'This link leads to an address that is no longer allowed.',
  });
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

  test('the cache is told nothing that it has said itself', async () => {
    const { cache, put } = createCache({ abc: ENTRY });
    await createTargets(answering(LINK), [], cached(cache)).load('abc');
    expect(put).toEqual([]);
  });

  test('a correction, and a link that was just made, are certain', async () => {
    const { cache, put, certain } = createCache({ abc: ENTRY });
    const correct = () => ({ kind: 'deleted', version: 2 }) as const;
    const targets = createTargets(answering(LINK), [], cached(cache, { correct }));
    await targets.load('abc');
    await targets.made({ ...LINK, expiresAt: new Date(5_000) });
    expect(put).toEqual([
      { kind: 'deleted', version: 2 },
      { ...ENTRY, expiresAt: 5_000 },
    ]);
    expect(certain).toEqual([true, true]);
  });

  test('a deletion is told with the version of the deleted row', async () => {
    const told: unknown[] = [];
    const add: Deletions['add'] = (...what) => {
      told.push(what);
      return Promise.resolve();
    };
    await createTargets(answering(LINK), [], cached(createCache().cache, { add })).deleted('abc', 2);
    expect(told).toEqual([['abc', 2]]);
  });

  test('how long the cache took to miss is not the database’s time', async () => {
    const { cache } = createCache();
    const get = () => {
      jest.advanceTimersByTime(300);
      return Promise.resolve(undefined);
    };
    const { read } = await createTargets(answering(LINK), [], cached({ ...cache, get })).load('abc');
    expect(read).toEqual({ source: 'primary', duration: 0 });
  });
});
