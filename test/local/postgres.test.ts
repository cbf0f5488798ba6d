import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { EMPTY_DATABASE } from '../../local/parts/empty-databases';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { ask, familyOf, newFolder, running } from './support';

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

function folder(): string {
  const made = newFolder();
  folders.push(made);
  return made;
}

describe('a PostgreSQL server on this machine', () => {
  test('takes settings', async () => {
    const server = await start({ settings: { fsync: 'off' } });
    expect(await ask(server, `SELECT current_setting('fsync') AS answer`)).toBe('off');
  });

  test('leaves no process and no folder once stopped', async () => {
    const server = await start();
    const processes = familyOf(server.pid);
    await server.stop();
    expect(running(processes)).toEqual([]);
    expect(existsSync(server.dataDir)).toBe(false);
  });

  test('runs beside another', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await ask(one, 'CREATE TABLE mine (id int)');
    expect(await ask(two, `SELECT to_regclass('mine') AS answer`)).toBeNull();
  });

  test('is a copy of the empty one that this checkout keeps, unless another is named', async () => {
    const others = Object.entries(process.env).filter(([name]) => name !== EMPTY_DATABASE);
    const environment = jest.replaceProperty(process, 'env', Object.fromEntries(others));
    try {
      // The first one is made, where none is kept yet.
      const [one, two] = [await start(), await start()];
      const origin = 'SELECT system_identifier::text AS answer FROM pg_control_system()';
      expect(await ask(one, origin)).toBe(await ask(two, origin));
    } finally {
      environment.restore();
    }
  });

  test('says why it does not start', async () => {
    await expect(start({ settings: { shared_buffers: 'nonsense' } })).rejects.toThrow(
      /shared_buffers.*nonsense/s,
    );
  });

  test('keeps what it acknowledged through a SIGKILL, on the same folder and port', async () => {
    const dataDir = join(folder(), 'data');
    const before = await start({ dataDir });
    await ask(before, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await before.kill();
    await before.stop();
    const after = await start({ dataDir, port: before.port });
    expect(await ask(after, 'SELECT answer FROM kept')).toBe(42);
    expect(after.url).toBe(before.url);
  });

  test('comes back from a SIGKILL by a restart, on the same port and with what it acknowledged', async () => {
    const server = await start();
    await ask(server, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const processes = familyOf(server.pid);
    await server.kill();
    expect(running(processes)).toEqual([]);
    await server.restart();
    expect(await ask(server, 'SELECT answer FROM kept')).toBe(42);
  });
});

describe('a PostgreSQL server on this machine, without settings', () => {
  let server: Postgres;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(() => server.stop());

  test('is version 18 and answers on loopback', async () => {
    expect(await ask(server, `SELECT current_setting('server_version') AS answer`)).toMatch(/^18\./);
    expect(await ask(server, `SELECT current_setting('listen_addresses') AS answer`)).toBe('127.0.0.1');
  });

  test('survives power loss: fsync is on', async () => {
    expect(await ask(server, `SELECT current_setting('fsync') AS answer`)).toBe('on');
  });

  test('refuses a wrong password', async () => {
    const client = new Client({ connectionString: server.url.replace(/:[0-9a-f]+@/, ':wrong@') });
    await expect(client.connect()).rejects.toThrow('password authentication failed');
  });
});
