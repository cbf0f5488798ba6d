import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type Postgres } from '../../local/parts/postgres';

const started: Postgres[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  folders.splice(0).forEach((folder) => {
    rmSync(folder, { recursive: true, force: true });
  });
});

async function start(...options: Parameters<typeof startPostgres>): Promise<Postgres> {
  const server = await startPostgres(...options);
  started.push(server);
  return server;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-test-'));
  chmodSync(folder, 0o755); // as root the server runs as `nobody`
  folders.push(folder);
  return folder;
}

async function ask(server: Postgres, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: unknown }>(sql);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition() && Date.now() < deadline) {
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Starts a server in another process, which then waits forever. */
async function startElsewhere(): Promise<{ parent: ChildProcess; server: { pid: number; dataDir: string } }> {
  const script = `
    require(${JSON.stringify(join(__dirname, '../../local/parts/postgres.ts'))})
      .startPostgres()
      .then((server) => console.log(JSON.stringify(server)));
  `;
  const parent = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    cwd: join(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: unknown[] = await once(parent.stdout, 'data');
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- printed by the script above
  return { parent, server: JSON.parse(String(lines[0])) as { pid: number; dataDir: string } };
}

describe('a PostgreSQL server on this machine', () => {
  test('is version 18 and answers on loopback', async () => {
    const server = await start();
    expect(await ask(server, `SELECT current_setting('server_version') AS answer`)).toMatch(/^18\./);
    expect(await ask(server, `SELECT current_setting('listen_addresses') AS answer`)).toBe('127.0.0.1');
  });

  test('survives power loss by default: fsync is on', async () => {
    expect(await ask(await start(), `SELECT current_setting('fsync') AS answer`)).toBe('on');
  });

  test('refuses a wrong password', async () => {
    const server = await start();
    const client = new Client({ connectionString: server.url.replace(/:[0-9a-f]+@/, ':wrong@') });
    await expect(client.connect()).rejects.toThrow('password authentication failed');
  });

  test('takes settings', async () => {
    const server = await start({ settings: { fsync: 'off' } });
    expect(await ask(server, `SELECT current_setting('fsync') AS answer`)).toBe('off');
  });

  test('leaves no process and no folder once stopped', async () => {
    const server = await start();
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
    expect(existsSync(server.dataDir)).toBe(false);
  });

  test('leaves no process and no folder when its parent is killed with SIGKILL', async () => {
    const { parent, server } = await startElsewhere();
    expect(isRunning(server.pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isRunning(server.pid) && !existsSync(server.dataDir));
    expect(isRunning(server.pid)).toBe(false);
    expect(existsSync(server.dataDir)).toBe(false);
  });

  test('runs beside another', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await ask(one, 'CREATE TABLE mine (id int)');
    expect(await ask(two, `SELECT to_regclass('mine') AS answer`)).toBeNull();
  });

  test('says why it does not start', async () => {
    await expect(start({ settings: { shared_buffers: 'nonsense' } })).rejects.toThrow(
      /shared_buffers.*nonsense/s,
    );
  });

  test('keeps what it acknowledged through a SIGKILL, on the same folder and port', async () => {
    const dataDir = join(newFolder(), 'data');
    const before = await start({ dataDir });
    await ask(before, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await before.kill('SIGKILL');
    await before.stop();
    const after = await start({ dataDir, port: before.port });
    expect(await ask(after, 'SELECT answer FROM kept')).toBe(42);
    expect(after.url).toBe(before.url);
  });

  test('starts a streaming replica from a cold copy', async () => {
    const folder = newFolder();
    const copied = await start({ dataDir: join(folder, 'primary') });
    await copied.stop();
    cpSync(join(folder, 'primary'), join(folder, 'replica'), { recursive: true });
    writeFileSync(join(folder, 'replica/standby.signal'), '');
    const primary = await start({ dataDir: join(folder, 'primary') });
    const replica = await start({
      dataDir: join(folder, 'replica'),
      settings: { primary_conninfo: primary.url },
    });
    await ask(primary, 'CREATE TABLE streamed AS SELECT 7 AS answer');
    const lsn = await ask(primary, 'SELECT pg_current_wal_lsn()::text AS answer');
    let replayed: unknown = false;
    for (let tries = 0; tries < 500 && replayed !== true; tries += 1) {
      replayed = await ask(replica, `SELECT pg_last_wal_replay_lsn() >= '${String(lsn)}' AS answer`);
      await new Promise((wake) => setTimeout(wake, 20));
    }
    expect(await ask(replica, 'SELECT answer FROM streamed')).toBe(7);
  });
});
