/** `npm test` itself, on a handful of tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { newTemporary, running, until } from '../local/support';
import { ROOT } from '../support/synthesize';
import { BY_TSX } from '../support/runtime';

interface Runner {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

let temporary: string;

beforeEach(() => {
  temporary = newTemporary();
});

afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

function run(...jestArguments: readonly string[]): Runner {
  const configuration = join(__dirname, 'tiny/jest.config.mjs');
  const child = spawn(
    process.execPath,
    [...BY_TSX, 'test/run.ts', '--config', configuration, ...jestArguments],
    { cwd: ROOT, env: { ...process.env, TMPDIR: temporary }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  return { child, said, ended: once(child, 'close').then(() => child.exitCode) };
}

/** What is left of a run's temporary files; tsx keeps what it has compiled. */
function files(): readonly string[] {
  return readdirSync(temporary).filter((name) => !name.startsWith('tsx-'));
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const open = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return open;
}

interface Started {
  readonly processes: readonly number[];
  readonly ports: readonly number[];
}

function startedBy({ said }: Runner): readonly Started[] {
  return said.err
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Started => {
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- printed by tiny/waits.tiny.ts
      return JSON.parse(line) as Started;
    });
}

it('closes with the slowest files and how many tests passed', async () => {
  const { said, ended } = run('passes');
  expect(await ended).toBe(0);
  expect(said.out).toMatch(
    /^The slowest files:\n +\d+\.\d s {2}test\/runner\/tiny\/passes\.tiny\.ts\n\n2 passed, 0 failed\n$/,
  );
  expect(files()).toEqual([]);
});

it('runs the application’s tests on the Node that servers run', async () => {
  const { said, ended } = run('runtime');
  expect(await ended).toBe(0);
  expect(said.err).toMatch(/Node v24\.\d+\.\d+ starts v24\./);
});

it('names what a test leaves behind, counts it as a failure, and ends it', async () => {
  const { said, ended } = run('leaves');
  expect(await ended).toBe(1);
  expect(said.out).toMatch(/^Left behind by tests:\n *\d+ sleep 1000\n.*\/forgotten-\w+\n/);
  expect(said.out).toMatch(/\n1 passed, 1 failed\n$/);
  const [pid = 0] = /\d+/.exec(said.out) ?? [];
  expect(running([Number(pid)])).toEqual([]);
  expect(files()).toEqual([]);
});

it.each(['SIGINT', 'SIGTERM'] as const)('leaves no process, port or folder after %s', async (signal) => {
  const runner = run('-w', '2', 'waits', 'passes');
  await until(() => startedBy(runner).length > 0 || runner.child.exitCode !== null);
  const [started = { processes: [], ports: [] }] = startedBy(runner);
  expect(await Promise.all(started.ports.map(isOpen))).toEqual([true, true]);
  expect(files()).toEqual([expect.stringMatching(/^z2m-/)]);
  runner.child.kill(signal);
  expect(await runner.ended).toBe(1);
  expect(running(started.processes)).toEqual([]);
  expect(await Promise.all(started.ports.map(isOpen))).toEqual([false, false]);
  expect(files()).toEqual([]);
});
