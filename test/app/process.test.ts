/** The process as it is run: start, crash, stop, and a database that comes and goes. */
import { chmodSync, cpSync, existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import {
  embeddedFolder,
  eventually,
  nextAddress,
  spawnServer,
  startServer,
  temporaryFolder,
  type ServerProcess,
} from './support';

async function create(server: ServerProcess, alias: string): Promise<number> {
  const response = await fetch(`${server.url}/api/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': nextAddress() },
    body: JSON.stringify({ url: 'https://example.com/', alias }),
  });
  return response.status;
}

async function status(server: ServerProcess, path: string): Promise<number> {
  const response = await fetch(server.url + path, {
    redirect: 'manual',
    headers: { 'x-forwarded-for': nextAddress() },
  });
  return response.status;
}

async function clicksOf(server: ServerProcess, code: string): Promise<unknown> {
  const link: unknown = await (await fetch(`${server.url}/api/links/${code}`)).json();
  return typeof link === 'object' && link !== null && 'clicks' in link ? link.clicks : undefined;
}

describe('start', () => {
  test('settings that are wrong end it with code 1, every problem in a line of its own, and no stack trace', async () => {
    const { ended, output } = spawnServer({
      PORT: 'x',
      DATABSE_URL: 'postgresql://u:very-secret@h/d',
      LOG_LEVEL: 'loud',
    });
    expect(await ended).toBe(1);
    expect(output().trim().split('\n')).toEqual([
      'The settings are not usable:',
      '  DATABSE_URL is not a setting; did you mean DATABASE_URL?',
      '  PORT must be a number from 0 to 65535.',
      '  LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.',
    ]);
  });

  test('a port that is in use ends it with code 1 and a sentence', async () => {
    const folders = [embeddedFolder(), embeddedFolder()] as const;
    const first = await startServer({ DATA_DIR: folders[0].path });
    const second = spawnServer({
      DATA_DIR: folders[1].path,
      PORT: new URL(first.url).port,
      LOG_LEVEL: 'silent',
    });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/^Port \d+ cannot be used: .*EADDRINUSE.*\n$/);
    first.child.kill('SIGTERM');
    await first.ended;
    folders.forEach((folder) => {
      folder.remove();
    });
  });
});

describe('the embedded database', () => {
  const folder = embeddedFolder();
  afterAll(() => {
    folder.remove();
  });

  test('loses no acknowledged link to kill -9, and a second process is refused meanwhile', async () => {
    const first = await startServer({ DATA_DIR: folder.path });
    const second = spawnServer({ DATA_DIR: folder.path, PORT: '0', LOG_LEVEL: 'silent' });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/^The data folder .* is in use by process \d+\. Stop that process/);

    const acknowledged: string[] = [];
    let killed = false;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let index = 0; !killed; index += 1) {
        const alias = `writer-${writer}-${index}`;
        if ((await create(first, alias).catch(() => 0)) === 201) {
          acknowledged.push(alias);
        }
      }
    });
    await eventually(
      () => Promise.resolve(acknowledged.length),
      (count) => count >= 100,
    );
    first.child.kill('SIGKILL');
    killed = true;
    await Promise.all([...writers, first.ended]);

    const third = await startServer({ DATA_DIR: folder.path });
    const statuses = await Promise.all(acknowledged.map((alias) => status(third, `/${alias}`)));
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    expect(new Set(statuses)).toEqual(new Set([302]));
    third.child.kill('SIGTERM');
    expect(await third.ended).toBe(0);
  });

  test.each<readonly [string, (dataDir: string) => void, string]>([
    [
      'a file in its place',
      (dataDir) => {
        rmSync(dataDir, { recursive: true });
        writeFileSync(dataDir, '');
      },
      'there is a file in its place',
    ],
    [
      'a database of another version',
      (dataDir) => {
        writeFileSync(join(dataDir, 'postgresql/PG_VERSION'), '15\n');
      },
      'its database is of PostgreSQL 15, and this application opens version 18',
    ],
    [
      'a file that is cut',
      (dataDir) => {
        truncateSync(join(dataDir, 'postgresql/global/pg_control'), 100);
      },
      'its database cannot be opened; files of it are missing or damaged',
    ],
  ])('%s ends the start with the folder, the reason and what to do', async (_what, damage, reason) => {
    const broken = temporaryFolder();
    const dataDir = join(broken.path, 'data');
    cpSync(folder.path, dataDir, { recursive: true });
    damage(dataDir);
    const { ended, output } = spawnServer({ DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' });
    expect(await ended).toBe(1);
    expect(output()).toBe(
      `The data folder ${dataDir} cannot be used: ${reason}. ` +
        'Move it away to begin anew, or name another folder with DATA_DIR.\n',
    );
    broken.remove();
  });

  test('what a start had begun when it was killed is made anew by the next one', async () => {
    const begun = temporaryFolder();
    const files = join(begun.path, 'postgresql');
    const first = spawnServer({ DATA_DIR: begun.path, PORT: '0', LOG_LEVEL: 'silent' });
    await eventually(
      () => Promise.resolve(existsSync(join(files, 'PG_VERSION'))),
      (isThere) => isThere,
    );
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await startServer({ DATA_DIR: begun.path });
    expect(await create(second, 'after-all')).toBe(201);
    second.child.kill('SIGTERM');
    await second.ended;
    begun.remove();
  });
});

describe('a database that does not let the application in', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  afterAll(() => postgres.stop());

  test.each([
    [
      'a wrong password',
      (url: URL) => (url.password = 'very-wrong'),
      'password authentication failed for user "postgres"',
    ],
    [
      'an unknown database',
      (url: URL) => (url.pathname = '/elsewhere'),
      'database "elsewhere" does not exist',
    ],
  ])('for %s ends the start at once, with what it answered', async (_what, change, answer) => {
    const url = new URL(postgres.url);
    change(url);
    const startedAt = performance.now();
    const { ended, output } = spawnServer({ DATABASE_URL: url.href, PORT: '0', LOG_LEVEL: 'silent' });
    expect(await ended).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(output()).toBe(
      `The database postgres@${url.host}${url.pathname} does not let this application in: ${answer}. Correct DATABASE_URL.\n`,
    );
  });

  test('is named while a start waits for one that may still come', async () => {
    const url = 'postgresql://app:secret-word@127.0.0.1:1/links';
    const { child, ended, output } = spawnServer({ DATABASE_URL: url, PORT: '0' });
    const isSaid = (text: string) => text.includes('trying again');
    const said = await eventually(() => Promise.resolve(output()), isSaid, 30_000);
    child.kill('SIGKILL');
    await ended;
    expect(said).toMatch(/"database":"app@127\.0\.0\.1:1\/links".*Opening the database\./);
    expect(said).toMatch(/"reason":"connect ECONNREFUSED 127\.0\.0\.1:1".*trying again/);
    expect(said).not.toContain('secret-word');
  });
});

describe('stop', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  afterAll(() => postgres.stop());

  /**
   * A new connection was refused, or reset in the kernel's queue of connections that the process has not accepted:
   * closing a listening socket resets those, and no process can help it.
   */
  const NOT_ACCEPTED = 'not accepted';

  /** One request over a connection that is kept; resolves with its status, or why there was no answer. */
  function get(server: ServerProcess, path: string, agent: Agent): Promise<string> {
    return new Promise((resolve) => {
      const sent = request(server.url + path, { agent }, (response) => {
        response.resume().on('end', () => {
          resolve(String(response.statusCode));
        });
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        resolve(sent.reusedSocket ? `${error.code} on a connection that was served before` : NOT_ACCEPTED);
      });
      sent.end();
    });
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s under load: no request fails, no click is lost, exit code 0',
    async (signal) => {
      const server = await startServer({ DATABASE_URL: postgres.url });
      const code = `loaded-${signal.toLowerCase()}`;
      await create(server, code);
      const agent = new Agent({ keepAlive: true, maxSockets: 20 });
      const results = new Map<string, number>();
      const clients = Array.from({ length: 20 }, async () => {
        for (let result = ''; result !== NOT_ACCEPTED;) {
          result = await get(server, `/${code}`, agent);
          results.set(result, (results.get(result) ?? 0) + 1);
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      server.child.kill(signal);
      await Promise.all(clients);
      agent.destroy();
      expect(await server.ended).toBe(0);
      expect([...results.keys()].sort()).toEqual(['302', NOT_ACCEPTED]);

      const next = await startServer({ DATABASE_URL: postgres.url });
      // More clicks than answers would mean that an accepted request got none.
      expect(await clicksOf(next, code)).toBe(results.get('302'));
      next.child.kill('SIGTERM');
      await next.ended;
    },
  );

  test('readiness goes down at once, while connections that are open are still served', async () => {
    const server = await startServer({ DATABASE_URL: postgres.url });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await get(server, '/readyz', agent)).toBe('200');
    server.child.kill('SIGTERM');
    await eventually(
      () => Promise.resolve(server.output()),
      (output) => output.includes('Stopping.'),
    );
    expect(await get(server, '/readyz', agent)).toBe('503');
    expect(await get(server, '/healthz', agent)).toBe('200');
    agent.destroy();
    expect(await server.ended).toBe(0);
  });

  test('a second signal ends it at once', async () => {
    const server = await startServer({ DATABASE_URL: postgres.url });
    const agent = new Agent({ keepAlive: true });
    await get(server, '/healthz', agent);
    server.child.kill('SIGTERM');
    await eventually(
      () => Promise.resolve(server.output()),
      (output) => output.includes('Stopping.'),
    );
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(1);
    agent.destroy();
  });
});

describe('a database that comes and goes', () => {
  const folder = temporaryFolder();
  afterAll(() => {
    folder.remove();
  });

  test('a start waits for it; while it is away hot links live on, the rest is 503; then all heals, no click lost', async () => {
    chmodSync(folder.path, 0o755);
    const dataDir = join(folder.path, 'data');
    const { url, port, ...before } = await startPostgres({ dataDir });
    await before.stop();

    const starting = startServer({ DATABASE_URL: url });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const first = await startPostgres({ dataDir, port });
    const server = await starting;
    expect(await create(server, 'hot')).toBe(201);
    expect(await status(server, '/hot')).toBe(302);

    await first.kill();
    await first.stop();
    expect(await status(server, '/hot')).toBe(302);
    const startedAt = Date.now();
    expect(await status(server, '/cold')).toBe(503);
    expect(Date.now() - startedAt).toBeLessThan(1_500);
    expect(await create(server, 'meanwhile')).toBe(503);
    expect(await status(server, '/healthz')).toBe(200);
    const isDown = (code: number) => code === 503;
    expect(await eventually(() => status(server, '/readyz'), isDown)).toBe(503);
    expect(await eventually(() => status(server, '/writable'), isDown)).toBe(503);

    const second = await startPostgres({ dataDir, port });
    const isUp = (code: number) => code === 200;
    expect(await eventually(() => status(server, '/readyz'), isUp)).toBe(200);
    expect(await eventually(() => status(server, '/writable'), isUp)).toBe(200);
    expect(await create(server, 'afterwards')).toBe(201);
    expect(
      await eventually(
        () => clicksOf(server, 'hot'),
        (clicks) => clicks === 2,
        15_000,
      ),
    ).toBe(2);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await second.stop();
  });
});
