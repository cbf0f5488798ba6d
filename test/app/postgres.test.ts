/** What only a real PostgreSQL over the network can show: many servers at once, outages, TLS, passwords that rotate. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseReadOnly, DatabaseUnavailable, type Database } from '../../app/adapters/database';
import { MIGRATIONS } from '../../app/adapters/migrations';
import { openPostgres, type PostgresOptions } from '../../app/adapters/postgres';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { makeCertificate } from '../support/certificate';
import { eventually, runSql, silent, temporaryFolder } from './support';

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

/** An empty database of its own on the shared server. */
async function createDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runSql(postgres.url, `CREATE DATABASE ${name}`);
  return new URL(name, postgres.url).href;
}

function open(url: string, options: Partial<PostgresOptions> = {}): Promise<Database> {
  return openPostgres({ url, migrations: MIGRATIONS, log: silent, ...options });
}

const newLink = (code: string) => ({ code, url: 'https://example.com/', alias: true, expiresAt: null });

async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'fine';
  } catch (error) {
    if (error instanceof DatabaseReadOnly) {
      return 'read-only';
    }
    return error instanceof DatabaseUnavailable ? 'unavailable' : String(error);
  }
}

describe('migrations', () => {
  test('eight servers that start at once make each step once, and all serve', async () => {
    const url = await createDatabase();
    const databases = await Promise.all(Array.from({ length: 8 }, () => open(url)));
    const kinds = await Promise.all(
      databases.map(
        async (database, index) => (await database.links.insert(newLink(`server-${index}`))).kind,
      ),
    );
    expect(kinds).toEqual(Array.from({ length: 8 }, () => 'created'));
    await Promise.all(databases.map((database) => database.close()));
  });

  const next = MIGRATIONS.length + 1;
  const step = (number: number, oldestCompatible: number) => ({
    number,
    name: `step-${number}`,
    oldestCompatible,
    script: `CREATE TABLE step_${number} ()`,
  });

  test('a step that fails leaves nothing of itself or of the steps before it', async () => {
    const url = await createDatabase();
    const broken = { ...step(next, next - 1), script: 'CREATE TABLE half (); SELECT nonsense' };
    await expect(open(url, { migrations: [...MIGRATIONS, broken] })).rejects.toThrow('nonsense');
    await expect(runSql(url, 'SELECT 1 FROM links')).rejects.toThrow('does not exist');
  });

  test('older code serves on a newer schema that says it may: a rollback, or a deployment half-way', async () => {
    const url = await createDatabase();
    await (await open(url, { migrations: [...MIGRATIONS, step(next, next - 1)] })).close();
    const older = await open(url);
    expect((await older.links.insert(newLink('older'))).kind).toBe('created');
    await older.close();
  });

  test('older code refuses a newer schema that would break it, with a sentence', async () => {
    const url = await createDatabase();
    await (await open(url, { migrations: [...MIGRATIONS, step(next, next)] })).close();
    await expect(open(url)).rejects.toThrow('Deploy a newer version of the application.');
  });
});

describe('outages', () => {
  test('a server that is not there is unavailable', async () => {
    expect(await outcome(() => open('postgresql://app@127.0.0.1:1/app'))).toBe('unavailable');
  });

  test('connections that the server ends are replaced: at most one request notices each', async () => {
    const url = await createDatabase();
    const database = await open(url);
    await Promise.all(Array.from({ length: 10 }, () => database.health.canRead()));
    await runSql(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
    await eventually(
      () => outcome(() => database.health.canRead()),
      (result) => result === 'fine',
    );
    const after = await Promise.all(
      Array.from({ length: 20 }, () => outcome(() => database.health.canRead())),
    );
    expect(new Set(after)).toEqual(new Set(['fine']));
    await database.close();
  });

  test('a primary that turns read-only takes no writes, still answers reads, and is taken back by itself', async () => {
    const url = await createDatabase();
    const database = await open(url);
    await database.links.insert(newLink('before'));
    const name = new URL(url).pathname.slice(1);

    await runSql(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await runSql(
      postgres.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    await eventually(
      () => outcome(() => database.health.canRead()),
      (result) => result === 'fine',
    );
    expect(await outcome(() => database.links.insert(newLink('during')))).toBe('read-only');
    expect(await database.health.canWrite()).toBe(false);
    expect((await database.links.find('before')).value?.code).toBe('before');

    // No connection ends this time: the ones that heard "read-only" must not be used again.
    await runSql(postgres.url, `ALTER DATABASE ${name} SET default_transaction_read_only = off`);
    expect(await outcome(() => database.links.insert(newLink('heard')))).toBe('read-only');
    expect((await database.links.insert(newLink('after'))).kind).toBe('created');
    await database.close();
  });

  test('a frozen server costs a request about a second, not for ever, and heals', async () => {
    const frozen = await startPostgres();
    const database = await open(frozen.url);
    await database.health.canRead();
    // The statements of existing connections are served by processes of their own: those are frozen too.
    const backends = execFileSync('pgrep', ['-P', String(frozen.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
    const signal = (name: NodeJS.Signals): void => {
      [frozen.pid, ...backends].forEach((pid) => process.kill(pid, name));
    };

    signal('SIGSTOP');
    const startedAt = Date.now();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => outcome(() => database.links.find('x'))),
    );
    const waited = Date.now() - startedAt;
    signal('SIGCONT');
    expect(new Set(results)).toEqual(new Set(['unavailable']));
    expect(waited).toBeLessThan(2_500);
    expect(
      await eventually(
        () => outcome(() => database.health.canRead()),
        (result) => result === 'fine',
      ),
    ).toBe('fine');
    await database.close();
    await frozen.stop();
  });

  test('a link whose creation was acknowledged is there after a crash of the database', async () => {
    const folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const dataDir = join(folder.path, 'data');
    const first = await startPostgres({ dataDir });
    const database = await open(first.url);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => database.links.insert(newLink(`crash-${index}`))),
    );
    await first.kill();
    await database.close();
    await first.stop();

    const second = await startPostgres({ dataDir });
    const reopened = await open(second.url);
    const found = await Promise.all(
      Array.from({ length: 20 }, (_, index) => reopened.links.find(`crash-${index}`)),
    );
    expect(found.filter(({ value }) => value !== undefined)).toHaveLength(20);
    await reopened.close();
    await second.stop();
    folder.remove();
  });
});

describe('credentials from a secret', () => {
  /** A role that owns a database of its own, and a secret that the test rotates. */
  async function createSecret() {
    const url = await createDatabase();
    const role = `role_${randomUUID().replaceAll('-', '')}`;
    const secret = { username: role, password: 'first pa%ss/word@' };
    await runSql(
      url,
      `CREATE ROLE ${role} LOGIN PASSWORD '${secret.password}'`,
      `GRANT ALL ON SCHEMA public TO ${role}`,
    );
    const withoutCredentials = new URL(url);
    withoutCredentials.username = '';
    withoutCredentials.password = '';
    let fetches = 0;
    return {
      url: withoutCredentials.href,
      fetches: () => fetches,
      fetchCredentials: () => {
        fetches += 1;
        return Promise.resolve({ ...secret });
      },
      async rotate(password: string) {
        await runSql(postgres.url, `ALTER ROLE ${role} PASSWORD '${password}'`);
        secret.password = password;
      },
    };
  }

  test('are used, and fetched once for many connections', async () => {
    const secret = await createSecret();
    const database = await open(secret.url, { fetchCredentials: secret.fetchCredentials });
    await Promise.all(Array.from({ length: 10 }, () => database.health.canRead()));
    expect(secret.fetches()).toBe(1);
    await database.close();
  });

  test('are fetched again when the password has rotated, and no request notices', async () => {
    const secret = await createSecret();
    const database = await open(secret.url, { fetchCredentials: secret.fetchCredentials });
    await secret.rotate('second');
    // The pool is empty until now: opening used a connection of its own.
    const results = await Promise.all(
      Array.from({ length: 10 }, () => outcome(() => database.health.canRead())),
    );
    expect(new Set(results)).toEqual(new Set(['fine']));
    expect(secret.fetches()).toBe(2);
    await database.close();
  });

  test('that cannot be fetched leave the last ones in use', async () => {
    const secret = await createSecret();
    let failing = false;
    const fetchCredentials = () =>
      failing ? Promise.reject(new Error('Secrets Manager is down')) : secret.fetchCredentials();
    const database = await open(secret.url, { fetchCredentials });
    failing = true;
    expect(await outcome(() => database.health.canRead())).toBe('fine');
    await database.close();
  });

  test('that never fit are unavailable, and no message shows them', async () => {
    const secret = await createSecret();
    const wrong = () => Promise.resolve({ username: 'postgres', password: 'the-wrong-one' });
    const error = await open(secret.url, { fetchCredentials: wrong }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(JSON.stringify([String(error), error])).not.toContain('the-wrong-one');
  });
});

describe('TLS with sslmode=verify-full', () => {
  const folder = temporaryFolder();
  const { key, certificate } = makeCertificate(folder.path, 'server');
  const other = makeCertificate(folder.path, 'other');
  let secured: Postgres;

  beforeAll(async () => {
    chmodSync(folder.path, 0o755);
    // The server runs as nobody where the test runs as root, and wants a key that only it can read.
    const probe = await startPostgres();
    const { uid, gid } = statSync(probe.dataDir);
    await probe.stop();
    chownSync(key, uid, gid);
    chmodSync(key, 0o600);
    secured = await startPostgres({ settings: { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key } });
  });

  afterAll(async () => {
    await secured.stop();
    folder.remove();
  });

  function secureUrl(host: string, authority: string): string {
    const url = new URL(secured.url);
    url.hostname = host;
    url.searchParams.set('sslmode', 'verify-full');
    url.searchParams.set('sslrootcert', authority);
    return url.href;
  }

  test('a server with a certificate of the known authority and the right name is talked to', async () => {
    const database = await open(secureUrl('localhost', certificate));
    expect(await database.health.canWrite()).toBe(true);
    await database.close();
  });

  test('a server with another name is refused', async () => {
    await expect(open(secureUrl('127.0.0.1', certificate))).rejects.toThrow(
      /does not match certificate|altnames/,
    );
  });

  test('a server whose certificate another authority signed is refused', async () => {
    await expect(open(secureUrl('localhost', other.certificate))).rejects.toThrow(/certificate/);
  });
});
