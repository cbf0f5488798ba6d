import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { freePort } from '../../local/parts/ports';

/** An application of which nothing is known but that it listens on PORT; requests make it do what the tests need. */
const APPLICATION = `
const { spawn } = require('node:child_process');
const { createServer } = require('node:http');
if (process.env.FAIL) { console.error('no start'); process.exit(7); }
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(3);
  if (request.url === '/slow') { console.log('slow started'); setTimeout(() => response.end('finished'), 1000); return; }
  response.setHeader('connection', 'close');
  response.end(JSON.stringify({ pid: process.pid, id: process.env.SERVER_ID }));
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening ' + process.pid));
let signals = 0;
process.on('SIGTERM', () => {
  signals += 1;
  console.log('signal ' + signals);
  if (process.env.HOLD_CHANNEL) {
    spawn('sleep', ['2'], { detached: true, stdio: ['ignore', 'ignore', 'ignore', process.channel.fd] });
  }
  server.close(() => process.exit(process.env.BAD_STOP ? 9 : 0));
});
`;

let folder: string;
const running: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-test-'));
  buildSync({
    entryPoints: [join(__dirname, '../../server/cluster.ts')],
    outfile: join(folder, 'cluster.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  writeFileSync(join(folder, 'server.js'), APPLICATION);
});

afterEach(async () => {
  await Promise.all(
    running.splice(0).map(async (child) => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    }),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Cluster {
  readonly process: ChildProcess;
  readonly url: string;
  /** Resolves when `text` has been printed so often. */
  printed(text: string, times: number): Promise<void>;
  exitCode(): Promise<number | null>;
  output(): string;
}

async function startCluster(environment: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(folder, 'cluster.js')], {
    env: { ...process.env, PORT: String(port), SERVER_ID: 'i-1', WORKERS: '2', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const closed = once(child, 'close');
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    process: child,
    url: `http://127.0.0.1:${port}`,
    printed: async (text, times) => {
      const deadline = Date.now() + 30_000;
      while (output.split(text).length <= times && Date.now() < deadline) {
        await new Promise((wake) => setTimeout(wake, 20));
      }
      expect(output.split(text).length).toBeGreaterThan(times);
    },
    exitCode: async () => {
      await closed;
      return child.exitCode;
    },
    output: () => output,
  };
}

async function identities(url: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let request = 0; request < 20; request += 1) {
    const response = await fetch(url);
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- what APPLICATION answers
    found.add(((await response.json()) as { id: string }).id);
  }
  return found;
}

describe('the cluster', () => {
  test('runs the server in as many processes as told, each with a name of its own, on one port', async () => {
    const cluster = await startCluster();
    await cluster.printed('listening', 2);
    expect(await identities(cluster.url)).toEqual(new Set(['i-1-1', 'i-1-2']));
  });

  test('starts a process again that died, under the same name', async () => {
    const cluster = await startCluster();
    await cluster.printed('listening', 2);
    await fetch(`${cluster.url}/crash`).catch(() => undefined);
    await cluster.printed('listening', 3);
    expect(await identities(cluster.url)).toEqual(new Set(['i-1-1', 'i-1-2']));
  });

  test('on SIGTERM lets requests finish, and exits with 0', async () => {
    const cluster = await startCluster();
    await cluster.printed('listening', 2);
    const slow = fetch(`${cluster.url}/slow`);
    await cluster.printed('slow started', 1);
    cluster.process.kill('SIGTERM');
    expect(await (await slow).text()).toBe('finished');
    expect(await cluster.exitCode()).toBe(0);
  });

  test('passes a signal on only once', async () => {
    const cluster = await startCluster({ WORKERS: '1' });
    await cluster.printed('listening', 1);
    const slow = fetch(`${cluster.url}/slow`);
    await cluster.printed('slow started', 1);
    cluster.process.kill('SIGTERM');
    cluster.process.kill('SIGTERM');
    await slow;
    await cluster.exitCode();
    expect(cluster.output()).not.toContain('signal 2');
  });

  test('leaves no process behind', async () => {
    const cluster = await startCluster();
    await cluster.printed('listening', 2);
    const pids = [...cluster.output().matchAll(/listening (\d+)/g)].map(([, pid]) => Number(pid));
    cluster.process.kill('SIGTERM');
    await cluster.exitCode();
    pids.forEach((pid) => {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });
  });

  test('takes its processes along when it is killed', async () => {
    const cluster = await startCluster({ WORKERS: '1' });
    await cluster.printed('listening', 1);
    cluster.process.kill('SIGKILL');
    // Closes only once the worker, which shares its output, has ended as well.
    expect(await cluster.exitCode()).toBeNull();
  });

  test('exits with 1 where a process does not stop well', async () => {
    const cluster = await startCluster({ BAD_STOP: '1' });
    await cluster.printed('listening', 2);
    cluster.process.kill('SIGTERM');
    expect(await cluster.exitCode()).toBe(1);
  });

  test('exits with the same code where it notices the end of a process before the end of its channel', async () => {
    const cluster = await startCluster({ WORKERS: '1', BAD_STOP: '1', HOLD_CHANNEL: '1' });
    await cluster.printed('listening', 1);
    cluster.process.kill('SIGTERM');
    expect(await cluster.exitCode()).toBe(1);
  });

  test('gives up with 1 where the server cannot be started', async () => {
    const cluster = await startCluster({ FAIL: '1' });
    expect(await cluster.exitCode()).toBe(1);
    expect(cluster.output()).toContain('5 starts in a row failed');
  });

  test('refuses a senseless number of processes', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'cluster.js')], {
      encoding: 'utf8',
      env: { ...process.env, WORKERS: 'many' },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('WORKERS is "many", expected a whole number from 1.');
  });

  test('explains itself', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(folder, 'cluster.js'), '--help'], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: node cluster.js');
  });
});
