/**
 * A real primary and two replicas: the primary dies, a replica is promoted as somebody types it, the old primary comes back.
 */
import assert from 'node:assert/strict';
import { createDatabase, type ClickCounter } from '../../../lambda/click-worker/database';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { configure, receivedBy, startReplica, type Replica } from '../../../local/parts/replication';
import { promote } from '../../../local/rung/promote';
import type { PartOf } from '../../../local/rung/parts';
import { codeOf, countsIn, eventually, newClick, prepareDatabase, query } from './support';

let old: Postgres;
/** The one that is promoted, and that has received less until then. */
let promoted: Replica;
let sibling: Replica;
let kept: ClickCounter;
/** Whose mark was set, in order. */
const marked: (string | undefined)[] = [];

const newWorker = (): ClickCounter =>
  createDatabase({ urls: [old, promoted, sibling].map(({ url }) => url), secretArn: undefined });

const replica = (name: string, part: Replica): PartOf<'replica'> => ({
  ...{ name, kind: 'replica', region: undefined, port: part.port, part },
});

beforeAll(async () => {
  old = await startPostgres({ settings: { fsync: 'off', wal_retrieve_retry_interval: '100ms' } });
  await prepareDatabase(old.url, 3);
  [promoted, sibling] = await Promise.all([
    startReplica(old, { name: 'one' }),
    startReplica(old, { name: 'two' }),
  ]);
  await configure(old, { synchronous_standby_names: 'ANY 1 (one, two)' });
  kept = newWorker();
  assert.equal((await kept.count([newClick(codeOf(0))])).kind, 'counted');

  await configure(promoted, { primary_conninfo: '' });
  await eventually(async () => {
    const rows = await query(promoted.url, 'SELECT FROM pg_stat_wal_receiver');
    return rows.length === 0;
  });
  await query(old.url, `INSERT INTO links (code, url, alias) VALUES ('late', 'https://example.com/', true)`);
  assert((await receivedBy(sibling)) > (await receivedBy(promoted)));
  await old.kill();
  const parts = [
    { name: 'primary', kind: 'primary', region: undefined, port: old.port, part: old } as const,
    replica('replica-1', promoted),
    replica('replica-2', sibling),
  ];
  const mark = (region: string | undefined) => Promise.resolve(void marked.push(region));
  await promote({ parts, mark }, replica('replica-1', promoted));
  await old.restart();
}, 60_000);

afterAll(() => Promise.all([promoted, sibling, old].map((server) => server.stop())));

test('a replica gets what its sibling alone had received, before it is promoted', async () => {
  expect(await query(promoted.url, `SELECT code FROM links WHERE code = 'late'`)).toEqual([{ code: 'late' }]);
  expect(marked).toStrictEqual([undefined]);
});

test('the sibling follows the promoted one', async () => {
  await query(promoted.url, `UPDATE links SET url = 'https://example.com/followed' WHERE code = 'late'`);
  const followed = () => query(sibling.url, `SELECT FROM links WHERE url = 'https://example.com/followed'`);
  await eventually(async () => (await followed()).length === 1);
  expect(await followed()).toHaveLength(1);
});

test.each([
  ['worked before', () => kept],
  ['has just started', newWorker],
])(
  'a worker that %s counts on the promoted one, and not on the old primary that is back',
  async (_who, of) => {
    const before = { old: await countsIn(old.url), promoted: await countsIn(promoted.url) };
    expect(await of().count([newClick(codeOf(1))])).toEqual({ kind: 'counted' });
    expect(await countsIn(old.url)).toEqual(before.old);
    expect((await countsIn(promoted.url)).get(codeOf(1))).toBe((before.promoted.get(codeOf(1)) ?? 0) + 1);
  },
);

test('what the old primary had counted before is counted on the promoted one', async () => {
  expect((await countsIn(promoted.url)).get(codeOf(0))).toBe(1);
});

test('with the promoted one out of reach, the old primary is not counted on either', async () => {
  const before = await countsIn(old.url);
  await promoted.freeze();
  expect((await kept.count([newClick(codeOf(2))])).kind).toBe('away');
  await promoted.thaw();
  expect(await countsIn(old.url)).toEqual(before);
  await eventually(async () => (await kept.count([newClick(codeOf(2))])).kind === 'counted');
  expect((await countsIn(promoted.url)).get(codeOf(2))).toBe(1);
});
