/** What one process takes of a real server, whatever the load. */
import { Client } from 'pg';
import { DatabaseUnavailable } from '../../../app/adapters/database';
import { MIGRATIONS } from '../../../app/adapters/migrations';
import { migrateOver } from '../../../app/adapters/postgres/migration';
import { openPool } from '../../../app/adapters/postgres/pool';
import { openServer, type Server } from '../../../app/adapters/replicas/server';
import { createLinks } from '../../../app/adapters/links';
import { startPostgres, type Postgres } from '../../../local/parts/postgres';
import { eventually, silent } from '../support';

let postgres: Postgres;
let observer: Client;
let server: Server;

beforeAll(async () => {
  postgres = await startPostgres();
  observer = new Client(postgres.url);
  await observer.connect();
  const connectionString = () => Promise.resolve(postgres.url);
  await migrateOver(connectionString, MIGRATIONS);
  const ignore = (): void => undefined;
  server = openServer({
    name: 'replica-1',
    connectionString,
    log: silent,
    saw: ignore,
    missed: ignore,
    doubt: ignore,
  });
  await server.firstProbe;
});

afterAll(async () => {
  await server.close();
  await observer.end();
  await postgres.stop();
});

async function countConnections(names = 'zero-to-million%'): Promise<number> {
  const { rows } = await observer.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE $1',
    [names],
  );
  return rows[0]?.count ?? NaN;
}

/** Runs something while every read of the links waits. */
async function whileLocked<Result>(work: () => Promise<Result>): Promise<Result> {
  await observer.query('BEGIN; LOCK TABLE links');
  try {
    return await work();
  } finally {
    await observer.query('ROLLBACK');
  }
}

test('a connection that came too late for one request is there for the next', async () => {
  const pool = openPool({
    connectionString: () => Promise.resolve(postgres.url),
    maxConnections: 1,
    budget: 300,
    log: silent,
  });
  await postgres.freeze();
  const outcome = await pool.sql
    .query({ name: 'one', text: 'SELECT 1 AS one' }, [])
    .catch((error: unknown) => error);
  await postgres.thaw();
  expect(outcome).toBeInstanceOf(DatabaseUnavailable);
  expect(
    await eventually(
      () => countConnections('zero-to-million'),
      (count) => count === 1,
      5_000,
    ),
  ).toBe(1);
  await pool.close();
});

test('a flood of reads on a primary waits in one line of bounded length, and the rest is refused at once', async () => {
  await server.asPrimary.find('warm');
  const quick = await whileLocked(async () => {
    const startedAt = performance.now();
    const answers = Array.from({ length: 500 }, () =>
      server.asPrimary.find('abc').then(
        () => 0,
        (error: unknown) => (error instanceof DatabaseUnavailable ? performance.now() - startedAt : NaN),
      ),
    );
    return (await Promise.all(answers)).filter((milliseconds) => milliseconds < 150);
  });
  expect(quick.length).toBeGreaterThan(400);
});

test("a process holds four connections and its probe's on a primary under any load of reads and writes", async () => {
  // Whether each is answered in time is another matter; on a busy machine a new connection may not be, either.
  const flood = () =>
    Promise.allSettled(
      Array.from({ length: 60 }, () => [
        server.asPrimary.find('abc'),
        createLinks(server.writes.sql).markDeleted('abc'),
      ]).flat(),
    );
  const held = await eventually(
    async () => {
      await flood();
      return countConnections();
    },
    (count) => count >= 5,
    10_000,
  );
  await flood();
  expect([held, await countConnections()]).toEqual([5, 5]);
});

test('connections for what a server no longer is are given back to it at once', async () => {
  server.writes.renew();
  expect(
    await eventually(
      () => countConnections(),
      (count) => count === 2,
      5_000,
    ),
  ).toBe(2);
});
