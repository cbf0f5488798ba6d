/** The schema across versions: today's application takes over a released one's database while that one still serves. */
import { join } from 'node:path';
import { Client } from 'pg';
import { MIGRATIONS } from '../../app/adapters/migrations';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import {
  ADMIN_TOKEN,
  eventually,
  runSql,
  type ServerProcess,
  spawnServer,
  startServer,
  temporaryFolder,
} from '../app/support';
import { query } from '../lambda/click-worker/support';
import { ROOT } from '../support/synthesize';
import { releases, unpack } from './archive';

/** What a bundle leaves to its surroundings it finds among the project's packages. */
const ENVIRONMENT = {
  NODE_PATH: join(ROOT, 'node_modules'),
  PUBLIC_URL: 'http://links.example.com',
  ADMIN_TOKEN,
};

describe.each(releases())('over a database of version %s', (version) => {
  const folder = temporaryFolder();
  const bundle = join(folder.path, 'server.js');
  let postgres: Postgres;
  let old: ServerProcess;
  let today: ServerProcess;
  let code: string;
  /** The last step that the released application knows. */
  let known: number;

  beforeAll(async () => {
    unpack(version, 'server', folder.path);
    postgres = await startPostgres();
    old = await startServer({ ...ENVIRONMENT, DATABASE_URL: postgres.url }, bundle);
    known = await level(postgres.url);
    code = await create(old.url, 'https://example.com/made-before');
    await click(old.url, code);
    await eventually(
      () => clicks(old.url, code),
      (count) => count === 1,
    );
    today = await startServer({ ...ENVIRONMENT, DATABASE_URL: postgres.url });
  });
  afterAll(async () => {
    for (const { child, ended } of [old, today]) {
      child.kill('SIGTERM');
      await ended;
    }
    await postgres.stop();
    folder.remove();
  });

  it('today’s application leads to what was made before, with its clicks', async () => {
    expect(await clicks(today.url, code)).toBe(1);
    expect(await target(today.url, code)).toBe('https://example.com/made-before');
  });

  it('the released application still leads, makes links and counts, after the schema’s last step', async () => {
    const made = await create(old.url, 'https://example.com/made-by-the-old-one');
    await click(old.url, made);
    expect(await target(today.url, made)).toBe('https://example.com/made-by-the-old-one');
    expect(
      await eventually(
        () => clicks(today.url, made),
        (count) => count === 2,
      ),
    ).toBe(2);
  });

  it('clicks that neither could write at first are counted once, the released one’s and today’s', async () => {
    const made = await create(today.url, 'https://example.com/clicked-on-both');
    const holder = new Client(postgres.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM links WHERE code = $1 FOR UPDATE', [made]);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => click(index % 2 === 0 ? old.url : today.url, made)),
    );
    // Both give up, and send the same again.
    const refused = () =>
      [old, today].map((server) => server.output().match(/could not be written/g)?.length ?? 0);
    await eventually(
      () => Promise.resolve(refused()),
      (times) => times.every((count) => count > 0),
    );
    await holder.query('ROLLBACK');
    await holder.end();
    const count = await eventually(
      () => clicks(today.url, made),
      (sum) => sum >= 20,
    );
    expect([count, await clicks(old.url, made)]).toEqual([20, 20]);
  });

  it('what today’s application makes and deletes, the released one answers likewise', async () => {
    const made = await create(today.url, 'https://example.com/made-by-the-new-one');
    expect(await target(old.url, made)).toBe('https://example.com/made-by-the-new-one');
    const another = await create(today.url, 'https://example.com/deleted');
    const deleted = await fetch(`${today.url}/api/links/${another}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(deleted.status).toBe(204);
    expect((await fetch(`${old.url}/${another}`, { redirect: 'manual' })).status).toBe(410);
  });

  it('a released server that starts on today’s schema serves, or says that it cannot where a step says so', async () => {
    const needed = MIGRATIONS.at(-1)?.oldestCompatible ?? 0;
    const again = spawnServer({ ...ENVIRONMENT, DATABASE_URL: postgres.url, PORT: '0' }, bundle);
    const said = await eventually(
      () => Promise.resolve(again.output()),
      (output) => /is serving|needs an application that knows step/.test(output),
    );
    again.child.kill('SIGTERM');
    await again.ended;
    expect(said).toMatch(needed <= known ? /is serving/ : /needs an application that knows step/);
  });

  it('a released server that starts on a schema that leaves it behind says so, and changes nothing', async () => {
    const far = 10_000;
    await runSql(
      postgres.url,
      `INSERT INTO schema_migrations (number, name, oldest_compatible) VALUES (${far}, 'far-ahead', ${far})`,
    );
    const again = spawnServer({ ...ENVIRONMENT, DATABASE_URL: postgres.url, PORT: '0' }, bundle);
    expect(await again.ended).not.toBe(0);
    expect(again.output()).toContain('needs an application that knows step');
    await runSql(postgres.url, `DELETE FROM schema_migrations WHERE number = ${far}`);
  });
});

async function create(url: string, target: string): Promise<string> {
  const answer = await fetch(`${url}/api/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: target }),
  });
  expect(answer.status).toBe(201);
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the contract's answer
  return ((await answer.json()) as { code: string }).code;
}

async function target(url: string, code: string): Promise<string | null> {
  return (await fetch(`${url}/${code}`, { redirect: 'manual' })).headers.get('location');
}

async function click(url: string, code: string): Promise<void> {
  expect(await target(url, code)).not.toBeNull();
}

async function clicks(url: string, code: string): Promise<number> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the contract's answer
  return ((await (await fetch(`${url}/api/links/${code}`)).json()) as { clicks: number }).clicks;
}

async function level(url: string): Promise<number> {
  const [row] = await query<{ level: number }>(url, 'SELECT max(number) AS level FROM schema_migrations');
  return row?.level ?? 0;
}
