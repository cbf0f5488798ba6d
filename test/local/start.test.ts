/** `npm start`: what it can be told, what it refuses before anything starts, and the background. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { HAPROXY, KCAT, NGINX, PGREP, RABBITMQ, REDIS } from '../../local/machine';
import { readCommand, type Options } from '../../local/start-options';
import { freePort } from '../../local/parts/ports';
import { preflight } from '../../local/preflight';
import type { Kind } from '../../local/rung/parts';
import { neededBy, planRung } from '../../local/rung/plan';
import { describeProgress, describeRung } from '../../local/screen';
import { newPlace, parseReport, type Place } from './runner';
import { newFolder, running, until } from './support';

jest.setTimeout(120_000);

const folders: string[] = [];

function temporary(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}

afterAll(() => {
  folders.forEach((folder) => {
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('the command line', () => {
  test.each([
    [['--stage', '9000'], '--stage 9000: expected a number from 1 to 8, or one of single-server,'],
    [['--without', 'cache,clouds'], '--without clouds: expected a number'],
    [['--port', '0'], '--port 0: expected a whole number from 1 to 65535.'],
    [['--servers', 'many'], '--servers many: expected a whole number from 1 to 16.'],
    [['--speed', '9'], "Unknown option '--speed'; npm start -- --help lists the options."],
    [['--data'], "Option '--data <value>' argument missing; npm start -- --help lists the options."],
    [['go'], 'go: expected options, or stop.'],
  ])('%j is refused with a sentence', (argv, sentence) => {
    expect(() => readCommand(argv, {})).toThrow(sentence);
  });

  test.each([
    ['8', 'data-centers'],
    ['message-queue', '7'],
  ])('a stage and what it is to be without may be numbers or names: %s without %s', (stage, without) => {
    expect(readCommand(['--stage', stage, '--without', without], {})).toMatchObject({
      kind: 'start',
      options: { stage: 8, without: ['data-centers'] },
    });
  });
});

describe('the plan of a rung', () => {
  test.each([
    [{ stage: 9 }, 'Stage 9, sharding, is on the ladder but this version does not build it yet.'],
    [{ stage: 7, without: ['cdn'] }, 'cdn cannot be left out while data-centers is there'],
    [{ stage: 7, queue: 'rabbitmq' }, '--queue rabbitmq: stage 7 has no queue'],
    [{ stage: 2, servers: 4 }, '--servers 4: without a load balancer there is one server'],
  ] as const)('%j is refused with a sentence', (request, sentence) => {
    expect(() => planRung(request)).toThrow(sentence);
  });

  test('the queue does without data centers', () => {
    const plan = planRung({ stage: 8, without: ['data-centers'] });
    expect(plan).toMatchObject({ regions: [undefined], servers: 3, workers: 2, edge: true });
  });

  test.each([
    ['sqs', { regions: ['us-east-1', 'eu-west-1'], leavesOutDataCenters: false }],
    ['rabbitmq', { regions: [undefined], leavesOutDataCenters: true }],
    ['kafka', { regions: [undefined], leavesOutDataCenters: true }],
  ] as const)('with %s it has the data centers that clicks can pass between', (queue, plan) => {
    expect(planRung({ stage: 8, queue })).toMatchObject({ queue, ...plan });
  });

  test('data centers that are left out by word are not left out unasked', () => {
    const plan = planRung({ stage: 8, queue: 'kafka', without: ['data-centers'] });
    expect(plan).toMatchObject({ regions: [undefined], leavesOutDataCenters: false });
  });

  test.each([
    ['sqs', []],
    ['rabbitmq', [RABBITMQ]],
    ['kafka', [KCAT]],
  ] as const)('the queue of kind %s needs its own programs', (queue, programs) => {
    expect(neededBy(planRung({ stage: 8, queue }))).toEqual([PGREP, HAPROXY, REDIS, NGINX, ...programs]);
  });

  test('a rung needs the programs of its parts, and no other', () => {
    const needs = ([1, 3, 5, 6] as const).map((stage) => neededBy(planRung({ stage })));
    expect(needs).toEqual([
      [PGREP],
      [PGREP, HAPROXY],
      [PGREP, HAPROXY, REDIS],
      [PGREP, HAPROXY, REDIS, NGINX],
    ]);
  });
});

describe('the screen', () => {
  const part = (kind: Kind, name: string, region?: string) => ({
    kind,
    name: region === undefined ? name : `${region}/${name}`,
    pid: 1,
    ...(region === undefined ? {} : { region }),
  });
  const dataCenter = (region: string) => [
    part('server', 'server-1', region),
    part('server', 'server-2', region),
    part('replica', 'replica-1', region),
  ];
  const report = { stage: 7, name: 'data-centers', url: 'http://localhost:3456', pid: 1 };
  const options = (more: Partial<Options> = {}): Options => ({
    ...{
      stage: 7,
      without: [],
      port: 3456,
      servers: undefined,
      queue: undefined,
      dataDir: undefined,
      ownDatabase: false,
      json: false,
      detach: false,
    },
    ...more,
  });

  test('shows the page, and the path of a request through its parts', () => {
    const parts = [part('edge', 'edge'), part('server', 'server-1'), part('primary', 'primary')];
    const screen = describeRung({ ...report, parts }, options());
    expect(screen).toContain('page    http://localhost:3456\n');
    expect(screen).toContain('path    edge → server-1 → primary\n');
  });

  test('shows the kind of the queue, and that data centers are left out for it', () => {
    const parts = [part('server', 'server-1'), part('queue', 'queue'), part('worker', 'worker-1')];
    const screen = describeRung(
      { ...report, parts, queue: 'rabbitmq' },
      options({ stage: 8, queue: 'rabbitmq' }),
    );
    expect(screen).toContain('clicks  server → queue (RabbitMQ) → worker → primary\n');
    expect(screen).toContain('data centers are left out: clicks pass from one to another through SQS only\n');
  });

  test('shows a path through each data center', () => {
    const parts = [part('edge', 'edge'), ...dataCenter('near'), ...dataCenter('far')];
    const screen = describeRung({ ...report, parts }, options());
    expect(screen).toContain('edge → near: server-1, server-2 → replica-1\n');
    expect(screen).toContain('edge → far: server-1, server-2 → replica-1\n');
  });

  test('says how to break a part, or in the background how to stop', () => {
    const parts = [part('server', 'server-1')];
    expect(describeRung({ ...report, parts }, options())).toMatch(/kill NAME .*Ctrl-C stops it\.$/s);
    expect(describeRung({ ...report, parts }, options({ detach: true }))).toMatch(
      /npm start -- stop --port 3456 ends it\.$/,
    );
  });

  test('tells of each part that it starts, and where it is ready', () => {
    expect([
      describeProgress({ part: 'cache', state: 'starting', port: undefined }),
      describeProgress({ part: 'cache', state: 'ready', port: 4711 }),
      describeProgress({ part: 'worker-1', state: 'ready', port: undefined }),
    ]).toEqual(['cache: starting …', 'cache: ready on port 4711', 'worker-1: ready']);
  });
});

describe('before anything starts', () => {
  const check = async (needs: Partial<Parameters<typeof preflight>[0]>) =>
    preflight({ port: await freePort(), dataDir: undefined, database: true, programs: [], ...needs });

  test('a port in use is named, with another one', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    try {
      await expect(check({ port })).rejects.toThrow(
        new RegExp(`^Port ${port} is in use or not allowed: .* --port \\d+\\.$`),
      );
    } finally {
      server.close();
    }
  });

  test('a folder with no room is named', async () => {
    // File systems that hold no files have no room.
    const full = process.platform === 'linux' ? '/proc' : '/dev';
    await expect(check({ dataDir: full })).rejects.toThrow(
      `${full} has 0.0 GiB free, and a rung needs 1: make room, or choose another folder with --data.`,
    );
  });

  test('a folder that PostgreSQL may not enter is named, and is fine for the embedded database', async () => {
    const closed = join(temporary(), 'closed');
    // To root, PostgreSQL's user is another one.
    mkdirSync(closed, { mode: process.getuid?.() === 0 ? 0o700 : 0o000 });
    const dataDir = join(closed, 'data');
    await expect(check({ dataDir })).rejects.toThrow(`may not enter ${closed}: choose another folder`);
    await expect(check({ dataDir, database: false })).resolves.toBeUndefined();
  });

  test('a database of one’s own that cannot be reached is named, with what was answered', async () => {
    await expect(check({ databaseUrl: 'postgresql://app:secret@127.0.0.1:1/links' })).rejects.toThrow(
      'The database 127.0.0.1:1/links cannot be reached: connect ECONNREFUSED 127.0.0.1:1. ' +
        'Start it, or correct DATABASE_URL.',
    );
  });

  test('what is in the way is said on standard error alone, with exit code 1, and nothing was started', async () => {
    const place = await newPlace();
    try {
      const said = await place.run('--stage', '3', '--data', process.platform === 'linux' ? '/proc' : '/dev');
      expect([said.code, said.out]).toEqual([1, '']);
      expect(said.err).toMatch(/^.* 0\.0 GiB free.*\n$/);
      expect(place.left()).toEqual([]);
    } finally {
      await place.end();
    }
  });
});

describe('the environment', () => {
  test('says the port and where stage 1 keeps its links, which are there the next time', async () => {
    const DATA_DIR = join(temporary(), 'kept');
    const place = await newPlace({
      ...{ PORT: String(await freePort()), DATA_DIR, SERVER_ID: 'my-server', REGION: 'my-region' },
      PUBLIC_URL: 'https://short.example',
    });
    try {
      const { url } = (await place.start()).report;
      expect(new URL(url).port).toBe(String(place.port));
      const made = await fetch(`${url}/api/links`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url: 'https://example.com/', alias: 'kept-link' }),
      });
      expect(made.headers.get('location')).toBe('https://short.example/kept-link');
      expect(made.headers.get('server-timing')).toMatch(/server;desc="?my-server"?, region;desc="?my-region/);
      await place.run('stop');
      expect((await place.start()).report.url).toBe(url);
      const followed = await fetch(`${url}/kept-link`, { redirect: 'manual' });
      expect(followed.status).toBe(302);
      await place.run('stop');
    } finally {
      await place.end();
    }
  });

  test('what a rung decides by itself is refused on standard error, and nothing was started', async () => {
    const place = await newPlace({ CACHE_URL: 'redis://127.0.0.1:1', SERVER_ID: 'mine' });
    try {
      expect(await place.run('--stage', '5')).toEqual({
        code: 1,
        out: '',
        err:
          'CACHE_URL: this rung starts a cache of its own. Start it without.\n' +
          'SERVER_ID: each server of this rung has its own. Start it without.\n',
      });
      expect(place.left()).toEqual([]);
    } finally {
      await place.end();
    }
  });
});

describe('a rung in the background', () => {
  let place: Place;

  beforeAll(async () => {
    place = await newPlace();
  });

  afterAll(() => place.end());

  test('goes on when its starter has ended, is ended by stop, and its data is there the next time', async () => {
    const dataDir = join(temporary(), 'data');
    const start = async () => {
      const { out, code } = await place.run('--stage', '2', '--data', dataDir, '--detach', '--json');
      expect(code).toBe(0);
      const report = parseReport(out);
      place.watch(report);
      expect(running([report.pid])).toEqual([report.pid]);
      return report;
    };
    const { url } = await start();
    const made = await fetch(`${url}/api/links`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: 'https://example.com/', alias: 'kept-link' }),
    });
    expect(made.status).toBe(201);
    expect(await place.run('stop')).toEqual({ code: 0, out: 'Stopped.\n', err: '' });
    await until(() => place.left().length === 0);
    expect(place.left()).toEqual([]);

    await start();
    const followed = await fetch(`${url}/kept-link`, { redirect: 'manual' });
    expect(followed.status).toBe(302);
    await place.run('stop');
  });

  test('that was killed is not stopped: what has its process id by now goes on', async () => {
    const other = spawn('sleep', ['60']);
    const folder = join(place.temporary, 'zero-to-million-rung-killed');
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'rung.json'),
      JSON.stringify({ pid: other.pid, url: `http://127.0.0.1:${place.port}` }),
    );
    const { code, err } = await place.run('stop');
    const alive = running([Number(other.pid)]);
    other.kill();
    rmSync(folder, { recursive: true });
    expect([code, err]).toEqual([1, `No rung runs on port ${place.port}.\n`]);
    expect(alive).toEqual([other.pid]);
  });

  test('where none runs, stop says so', async () => {
    expect(await place.run('stop')).toEqual({
      code: 1,
      out: '',
      err: `No rung runs on port ${place.port}.\n`,
    });
  });
});
