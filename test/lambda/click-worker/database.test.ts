/** The counting statement, on a real PostgreSQL. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { CLICK_MEMORY_MS, type Click } from '../../../contract/click-message';
import { createDatabase, type ClickCounter } from '../../../lambda/click-worker/database';
import { createMarks } from '../../../lambda/click-worker/marks';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { codeOf, countsIn, newClick, prepareDatabase, query, totals } from './support';

const LINKS = 20;

let postgres: Postgres;
/** Workers, each with its connection. */
let workers: readonly ClickCounter[];

beforeAll(async () => {
  postgres = await startPostgres({ settings: { fsync: 'off' } });
  await prepareDatabase(postgres.url, LINKS);
  workers = Array.from({ length: 3 }, () => createDatabase({ urls: [postgres.url], secretArn: undefined }));
});

beforeEach(() => forgetAll());

afterAll(async () => {
  // Ends the workers' connections, which an invocation keeps for the next.
  await postgres.stop();
});

async function forgetAll(): Promise<void> {
  await query(postgres.url, 'UPDATE links SET clicks = 0');
  await query(postgres.url, 'DELETE FROM counted_clicks');
}

function count(clicks: readonly Click[], worker = 0): Promise<string> {
  return workers[worker]?.count(clicks).then(({ kind }) => kind) ?? Promise.resolve('no such worker');
}

async function remembered(): Promise<number> {
  const [row] = await query<{ ids: number }>(
    postgres.url,
    'SELECT count(*)::float8 AS ids FROM counted_clicks',
  );
  return row?.ids ?? -1;
}

test('whatever is repeated, reordered, regrouped, and counted by whom at once, each id counts once', async () => {
  const pool = Array.from({ length: 60 }, (_, index) => newClick(codeOf(index % LINKS), 1 + (index % 7)));
  const batch = fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 9 }), async (batches) => {
      await forgetAll();
      const outcomes = await Promise.all(
        workers.map(async (_, worker) => {
          const own = batches.filter((_batch, index) => index % workers.length === worker);
          const kinds: string[] = [];
          for (const clicks of own) {
            kinds.push(await count(clicks, worker));
          }
          return kinds;
        }),
      );
      expect(new Set(outcomes.flat())).toEqual(new Set(['counted']));
      expect(await countsIn(postgres.url)).toEqual(totals(batches.flat()));
    }),
    { numRuns: 30 },
  );
});

test('what comes twice at once counts once; what was counted before is passed by, and the rest of its batch counted', async () => {
  const [one, two, three] = [newClick(codeOf(1), 2), newClick(codeOf(1), 3), newClick(codeOf(2), 5)];
  expect(await count([one, two, one])).toBe('counted');
  expect(await countsIn(postgres.url)).toEqual(new Map([[codeOf(1), 5]]));
  expect(await count([three, two, three])).toBe('counted');
  expect(await countsIn(postgres.url)).toEqual(
    new Map([
      [codeOf(1), 5],
      [codeOf(2), 5],
    ]),
  );
});

test('clicks of a link that does not exist count for nothing, and keep none from counting', async () => {
  expect(await count([newClick('no-such-link'), newClick(codeOf(1))])).toBe('counted');
  expect(await countsIn(postgres.url)).toEqual(new Map([[codeOf(1), 1]]));
});

test('what no link can hold is refused, and nothing of the batch is counted or remembered', async () => {
  await query(postgres.url, `UPDATE links SET clicks = 9223372036854775807 WHERE code = '${codeOf(0)}'`);
  expect(await count([newClick(codeOf(1)), newClick(codeOf(0))])).toBe('refused');
  await query(postgres.url, `UPDATE links SET clicks = 0 WHERE code = '${codeOf(0)}'`);
  expect(await countsIn(postgres.url)).toEqual(new Map());
  expect(await remembered()).toBe(0);
});

test('ids are remembered as long as their clicks may come again, then forgotten, some with each batch', async () => {
  const now = Date.now();
  const old = Array.from({ length: 150 }, () => newClick(codeOf(0), 1, now - CLICK_MEMORY_MS - 60_000));
  const young = Array.from({ length: 10 }, () => newClick(codeOf(0), 1, now - CLICK_MEMORY_MS + 60_000));
  await count([...old, ...young]);
  await count([newClick(codeOf(1))]);
  expect(await remembered()).toBe(150 + 10 + 1 - 102);
  await count([newClick(codeOf(1))]);
  expect(await remembered()).toBe(10 + 2);
});

test('a connection that ended between two batches is replaced unnoticed', async () => {
  await count([newClick(codeOf(1))]);
  await query(
    postgres.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%click-worker'`,
  );
  expect(await count([newClick(codeOf(1))])).toBe('counted');
});

test('a database that takes no writes is away, and counts again once it does, without a restart', async () => {
  await query(postgres.url, 'ALTER DATABASE postgres SET default_transaction_read_only = on');
  const readOnly = createDatabase({ urls: [postgres.url], secretArn: undefined });
  const click = newClick(codeOf(1));
  expect((await readOnly.count([click])).kind).toBe('away');
  const operator = `${postgres.url}?options=-c%20default_transaction_read_only=off`;
  await query(operator, 'ALTER DATABASE postgres RESET ALL');
  expect((await readOnly.count([click])).kind).toBe('counted');
});

test('a database without the table yet, before the first server of this version has started, is away', async () => {
  await query(postgres.url, 'ALTER TABLE counted_clicks RENAME TO counted_clicks_later');
  expect(await count([newClick(codeOf(1))])).toBe('away');
  await query(postgres.url, 'ALTER TABLE counted_clicks_later RENAME TO counted_clicks');
  expect(await count([newClick(codeOf(1))])).toBe('counted');
});

test('while another data center shows that its database was promoted, nothing is counted here', async () => {
  let status = 200;
  const edge = createHttpServer((request, response) => {
    response.writeHead(request.url === '/promoted-mark/there' ? status : 500).end();
  });
  await once(edge.listen(0, '127.0.0.1'), 'listening');
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it listens on TCP
  const { port } = edge.address() as AddressInfo;
  const isPassedOver = createMarks(
    ['gone', 'there'].map((region) => `http://127.0.0.1:${port}/promoted-mark/${region}`),
    0,
  );
  const worker = createDatabase({ urls: [postgres.url], secretArn: undefined, isPassedOver });
  expect((await worker.count([newClick(codeOf(1))])).kind).toBe('away');
  expect(await remembered()).toBe(0);
  status = 403;
  expect((await worker.count([newClick(codeOf(1))])).kind).toBe('counted');
  edge.close();
  edge.closeAllConnections();
  await once(edge, 'close');
  // What nobody can tell counts as no mark.
  expect((await worker.count([newClick(codeOf(1))])).kind).toBe('counted');
});

test('a frozen database is away within the time of an invocation, and each click counts once when it thaws', async () => {
  const click = newClick(codeOf(1));
  await count([newClick(codeOf(2))]);
  await postgres.freeze();
  const started = performance.now();
  expect(await count([click])).toBe('away');
  expect(performance.now() - started).toBeLessThan(10_000);
  await postgres.thaw();
  expect(await count([click])).toBe('counted');
  expect(await countsIn(postgres.url)).toEqual(
    new Map([
      [codeOf(1), 1],
      [codeOf(2), 1],
    ]),
  );
});
