import { Client } from 'pg';
import { configure, startReplica, type Replica } from '../../local/parts/replication';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { ask, catchUp, settles, until } from './support';

async function query(server: Postgres, sql: string): Promise<void> {
  await ask(server, sql);
}

const replicationStates = (primary: Postgres) =>
  ask(
    primary,
    `SELECT string_agg(application_name || ' ' || state, ', ' ORDER BY application_name) AS answer FROM pg_stat_replication`,
  );

describe('a PostgreSQL primary with two replicas', () => {
  let primary: Postgres;
  let one: Replica;
  let two: Replica;

  beforeAll(async () => {
    primary = await startPostgres({ settings: { work_mem: '5MB' } });
    await query(primary, 'CREATE TABLE links (code text PRIMARY KEY)');
    [one, two] = await Promise.all([
      startReplica(primary, { name: 'one' }),
      startReplica(primary, { name: 'two' }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([one, two, primary].map((server) => server.stop()));
  });

  const has = (server: Postgres, code: string) =>
    ask(server, `SELECT EXISTS (SELECT FROM links WHERE code = '${code}') AS answer`);

  test('streams to both under their names', async () => {
    await until(async () => (await replicationStates(primary)) === 'one streaming, two streaming');
    expect(await replicationStates(primary)).toBe('one streaming, two streaming');
  });

  test('shows on its replicas what it wrote', async () => {
    await query(primary, `INSERT INTO links VALUES ('streamed')`);
    await Promise.all([catchUp(one, primary), catchUp(two, primary)]);
    expect(await Promise.all([has(one, 'streamed'), has(two, 'streamed')])).toEqual([true, true]);
  });

  test('has replicas that refuse to write', async () => {
    await expect(query(one, `INSERT INTO links VALUES ('refused')`)).rejects.toThrow('read-only transaction');
  });

  test('holds a row back on the one whose replay is paused, until it goes on', async () => {
    await one.pauseReplay();
    await query(primary, `INSERT INTO links VALUES ('held')`);
    await catchUp(two, primary);
    expect(await Promise.all([has(one, 'held'), has(two, 'held')])).toEqual([false, true]);
    await one.resumeReplay();
    await catchUp(one, primary);
    expect(await has(one, 'held')).toBe(true);
  });

  test('answers nothing on a frozen replica, open connections included, until it is thawed', async () => {
    const client = new Client({ connectionString: one.url });
    await client.connect();
    await one.freeze();
    const answer = client.query('SELECT 1');
    expect(await settles(answer, 300)).toBe(false);
    await one.thaw();
    expect((await answer).rowCount).toBe(1);
    await client.end();
  });

  test('catches a replica up that was killed and started again', async () => {
    await one.kill();
    await query(primary, `INSERT INTO links VALUES ('missed')`);
    await one.restart();
    await catchUp(one, primary);
    expect(await has(one, 'missed')).toBe(true);
  });

  test('takes a replica while it is written to, and loses none of it', async () => {
    const writer = new Client({ connectionString: primary.url });
    await writer.connect();
    await writer.query('CREATE TABLE numbers (number int)');
    let written = 0;
    let writing = true;
    const write = async () => {
      for (; writing; written += 1) {
        await writer.query('INSERT INTO numbers VALUES ($1)', [written]);
      }
    };
    const writes = write();
    const late = await startReplica(primary, { name: 'late' });
    try {
      const before = written;
      await until(() => written > before + 10);
      writing = false;
      await writes;
      await catchUp(late, primary);
      expect(await ask(late, 'SELECT count(DISTINCT number)::int AS answer FROM numbers')).toBe(written);
    } finally {
      writing = false;
      await writes;
      await writer.end();
      await late.stop();
    }
  });

  describe('with a commit that waits for any one of them', () => {
    beforeAll(() => configure(primary, { synchronous_standby_names: 'ANY 1 (one, two)' }));
    afterAll(() => configure(primary, { synchronous_standby_names: '' }));

    test('commits with one of them frozen', async () => {
      await one.freeze();
      const commit = query(primary, `INSERT INTO links VALUES ('one-is-enough')`);
      await commit;
      await one.thaw();
      expect(await has(primary, 'one-is-enough')).toBe(true);
    });

    test('does not commit with both frozen, until one is thawed', async () => {
      await Promise.all([one.freeze(), two.freeze()]);
      const commit = query(primary, `INSERT INTO links VALUES ('waits')`);
      expect(await settles(commit, 300)).toBe(false);
      await two.thaw();
      await commit;
      await one.thaw();
      expect(await has(primary, 'waits')).toBe(true);
    });
  });

  test('refuses to change what its command line fixes', async () => {
    await expect(configure(primary, { work_mem: '8MB' })).rejects.toThrow('work_mem');
  });

  test('gives its replicas the settings that it was started with', async () => {
    expect(await ask(one, `SELECT current_setting('work_mem') AS answer`)).toBe('5MB');
  });
});
