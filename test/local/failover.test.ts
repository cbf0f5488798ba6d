import { startReplica, type Replica } from '../../local/parts/replication';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { ask, catchUp } from './support';

async function query(server: Postgres, sql: string): Promise<void> {
  await ask(server, sql);
}

describe('a failover of PostgreSQL by hand', () => {
  let old: Postgres;
  let promoted: Replica;
  let sibling: Replica;

  beforeAll(async () => {
    old = await startPostgres();
    await query(old, 'CREATE TABLE links (code text)');
    promoted = await startReplica(old, { name: 'promoted' });
    sibling = await startReplica(old, { name: 'sibling' });
    await Promise.all([catchUp(promoted, old), catchUp(sibling, old)]);
    await old.freeze();
    await promoted.promote();
    await sibling.follow(promoted);
    await old.thaw();
  });

  afterAll(async () => {
    await Promise.all([promoted, sibling, old].map((server) => server.stop()));
  });

  test('makes the promoted replica writable', async () => {
    expect(await ask(promoted, `INSERT INTO links VALUES ('after') RETURNING code AS answer`)).toBe('after');
  });

  test('streams from the promoted one to its sibling, which was not restarted', async () => {
    await query(promoted, `INSERT INTO links VALUES ('followed')`);
    await catchUp(sibling, promoted);
    expect(await ask(sibling, `SELECT code AS answer FROM links WHERE code = 'followed'`)).toBe('followed');
  });

  test('takes the old primary back as a fresh replica, without what only it had written', async () => {
    await query(old, `INSERT INTO links VALUES ('diverged')`);
    await old.stop();
    const rejoined = await startReplica(promoted, { name: 'rejoined', port: old.port });
    try {
      await catchUp(rejoined, promoted);
      expect(rejoined.url).toBe(old.url);
      expect(await ask(rejoined, 'SELECT pg_is_in_recovery() AS answer')).toBe(true);
      expect(await ask(rejoined, `SELECT code AS answer FROM links WHERE code = 'diverged'`)).toBeUndefined();
    } finally {
      await rejoined.stop();
    }
  });
});
