/** One suite for both databases: what the application relies on holds in each. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../app/adapters/database';
import { clickId, type ClickBatch } from '../../contract/click-message';
import { DATABASES, type OpenDatabase } from './support';

describe.each(DATABASES)('$name', ({ open }) => {
  let opened: OpenDatabase;
  let database: Database;

  beforeAll(async () => {
    opened = await open();
    database = opened.database;
  });

  afterAll(() => opened.close());

  const newLink = (code: string, url = 'https://example.com/') => ({
    code,
    url,
    alias: true,
    expiresAt: null,
  });
  const batchOf = (counts: ReadonlyMap<string, number>): ClickBatch => ({
    id: clickId(Date.now(), randomUUID()),
    counts,
  });
  const clicksOf = async (code: string) => (await database.links.find(code)).value?.clicks;

  test('a stored link is found as it was stored', async () => {
    const expiresAt = new Date('2100-01-02T03:04:05.678Z');
    await database.links.insert({ code: 'stored', url: 'https://example.com/%20', alias: false, expiresAt });
    const { value, source } = await database.links.find('stored');
    const { createdAt, ...rest } = value ?? {};
    expect([source, rest]).toEqual([
      'primary',
      { code: 'stored', url: 'https://example.com/%20', expiresAt, deletedAt: null, clicks: 0, version: 1 },
    ]);
    expect(Math.abs(Date.now() - Number(createdAt))).toBeLessThan(5_000);
  });

  test('an unknown code is found as nothing', async () => {
    expect((await database.links.find('unknown')).value).toBeUndefined();
  });

  test('codes differ by case', async () => {
    await database.links.insert(newLink('Case'));
    expect((await database.links.insert(newLink('case'))).kind).toBe('created');
  });

  test('of many who insert one code at once, one gets it', async () => {
    const kinds = await Promise.all(
      Array.from({ length: 20 }, async () => (await database.links.insert(newLink('contested'))).kind),
    );
    expect(kinds.filter((kind) => kind === 'created')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'code-taken')).toHaveLength(19);
  });

  test('of many who use one idempotency key at once, one creates and all get its link', async () => {
    const once = { key: randomUUID(), fingerprint: 'same' };
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => database.links.insert(newLink(`once-${index}`), once)),
    );
    const codes = all.map((inserted) => ('link' in inserted ? inserted.link.code : inserted.kind));
    expect(new Set(codes).size).toBe(1);
    expect(all.filter(({ kind }) => kind === 'created')).toHaveLength(1);
  });

  test('links that are made at once each have their own answer: what is taken is taken, an alias goes to one of two', async () => {
    await database.links.insert(newLink('made-before'));
    const expiresAt = new Date('2100-01-02T03:04:05.678Z');
    const made = await Promise.all([
      database.links.insert(newLink('made-before')),
      database.links.insert({ ...newLink('made-1', 'https://example.com/%20{"a\\b,NULL}'), expiresAt }),
      database.links.insert({ ...newLink('made-2'), alias: false }),
      database.links.insert(newLink('made-2', 'https://example.com/second')),
      database.links.insert(newLink('keyed-3'), { key: randomUUID(), fingerprint: 'x' }),
    ]);
    expect(made.map(({ kind }) => kind)).toEqual([
      'code-taken',
      'created',
      'created',
      'code-taken',
      'created',
    ]);
    expect((await database.links.find('made-1')).value).toMatchObject({
      url: 'https://example.com/%20{"a\\b,NULL}',
      expiresAt,
    });
    expect((await database.links.find('made-2')).value).toMatchObject({
      url: 'https://example.com/',
      expiresAt: null,
    });
  });

  test('an idempotency key stands for one request only', async () => {
    const key = randomUUID();
    await database.links.insert(newLink('keyed-1'), { key, fingerprint: 'one' });
    expect(await database.links.insert(newLink('keyed-2'), { key, fingerprint: 'two' })).toEqual({
      kind: 'key-reused',
    });
    expect((await database.links.find('keyed-2')).value).toBeUndefined();
  });

  test('an idempotency key whose code was taken is free again', async () => {
    const once = { key: randomUUID(), fingerprint: 'x' };
    await database.links.insert(newLink('occupied'));
    expect((await database.links.insert(newLink('occupied'), once)).kind).toBe('code-taken');
    expect((await database.links.insert(newLink('vacant'), once)).kind).toBe('created');
  });

  test('a deletion stays, and keeps its first moment', async () => {
    await database.links.insert(newLink('deleted'));
    expect(await database.links.markDeleted('deleted')).toMatchObject({ version: 2 });
    const first = (await database.links.find('deleted')).value?.deletedAt;
    expect(Math.abs(Date.now() - Number(first))).toBeLessThan(5_000);
    expect(await database.links.markDeleted('deleted')).toMatchObject({ version: 2 });
    expect((await database.links.find('deleted')).value?.deletedAt).toEqual(first);
  });

  test('lists what was deleted lately, the latest first, and nothing older', async () => {
    await database.links.insert(newLink('deleted-first'));
    await database.links.insert(newLink('deleted-last'));
    await database.links.insert(newLink('not-deleted'));
    await database.links.markDeleted('deleted-first');
    // The embedded database's clock counts milliseconds.
    await sleep(5);
    await database.links.markDeleted('deleted-last');
    const { value, confirmed } = await database.links.deletions(60_000);
    const ours = value.filter(({ code }) => /^(not-)?deleted-/.test(code));
    expect(ours).toEqual([
      { code: 'deleted-last', version: 2 },
      { code: 'deleted-first', version: 2 },
    ]);
    expect(confirmed).toBe(true);
    expect((await database.links.deletions(0)).value).toEqual([]);
  });

  test('deleting what does not exist says so', async () => {
    expect(await database.links.markDeleted('never-was')).toBeUndefined();
  });

  test('a batch of clicks is added to its links; clicks of unknown links vanish', async () => {
    await database.links.insert(newLink('clicked-1'));
    await database.links.insert(newLink('clicked-2'));
    const counts = new Map([
      ['clicked-1', 3],
      ['clicked-2', 5],
      ['not-there', 7],
    ]);
    await database.links.addClicks([batchOf(counts)]);
    await database.links.addClicks([batchOf(new Map([['clicked-1', 1]]))]);
    expect([await clicksOf('clicked-1'), await clicksOf('clicked-2')]).toEqual([4, 5]);
  });

  test('a batch that is sent again, even at the same time, counts once', async () => {
    await database.links.insert(newLink('repeated'));
    const batches = [batchOf(new Map([['repeated', 2]]))];
    await Promise.all(Array.from({ length: 5 }, () => database.links.addClicks(batches)));
    await database.links.addClicks(batches);
    expect(await clicksOf('repeated')).toBe(2);
  });

  test('batches that are sent together each count once, and those that were counted before do not again', async () => {
    await database.links.insert(newLink('together'));
    const [one, two, three] = [
      batchOf(new Map([['together', 3]])),
      batchOf(new Map([['together', 4]])),
      batchOf(new Map([['together', 5]])),
    ];
    await database.links.addClicks([one, two]);
    expect(await clicksOf('together')).toBe(7);
    await database.links.addClicks([one, three]);
    expect(await clicksOf('together')).toBe(12);
  });

  test('servers that count the same links at once, in any order, lose no click and do not deadlock', async () => {
    const codes = Array.from({ length: 50 }, (_, index) => `busy-${index}`);
    await Promise.all(codes.map((code) => database.links.insert(newLink(code))));
    const batch = (order: readonly string[]) => [batchOf(new Map(order.map((code) => [code, 1])))];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        database.links.addClicks(batch(index % 2 === 0 ? codes : codes.toReversed())),
      ),
    );
    expect(await Promise.all(codes.map(clicksOf))).toStrictEqual(codes.map(() => 20));
  });

  test('it can be read and written, and says so', async () => {
    await expect(database.health.canRead()).resolves.toBeUndefined();
    expect(await database.health.canWrite()).toBe(true);
  });
});
