import { spawnSync } from 'node:child_process';
import { running, startElsewhere, until, type Elsewhere } from './support';

const started: Elsewhere[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((elsewhere) => elsewhere.end()));
});

async function start(expression: string): Promise<Elsewhere> {
  const elsewhere = await startElsewhere(expression);
  started.push(elsewhere);
  return elsewhere;
}

const REPLICATED = `parts('postgres').startPostgres().then(async (primary) =>
  [primary, await parts('replication').startReplica(primary, { name: 'replica' })])`;

const PARTS = [
  ['PostgreSQL and its replica', REPLICATED],
  ['a Redis', `parts('redis').startRedis().then((redis) => [redis])`],
  ['a Redis cluster', `parts('redis').startRedisCluster().then((cluster) => cluster.nodes)`],
  [
    'nginx',
    `parts('nginx').startNginx((port) => 'server { listen 127.0.0.1:' + port + '; }').then((nginx) => [nginx])`,
  ],
] as const;

describe('a part on this machine', () => {
  test.each(PARTS)(
    'leaves no process and no folder when its starter is killed: %s',
    async (_, expression) => {
      const elsewhere = await start(expression);
      expect(elsewhere.left().length).toBeGreaterThan(elsewhere.processes.length);
      elsewhere.starter.kill('SIGKILL');
      await until(() => elsewhere.left().length === 0);
      expect(elsewhere.left()).toEqual([]);
    },
  );

  test('leaves nothing when its starter is killed while all of it is frozen', async () => {
    const elsewhere = await start(`${REPLICATED}.then(async (servers) => {
      await Promise.all(servers.map((server) => server.freeze()));
      return servers;
    })`);
    // One that ended just before stays until its parent, which is frozen, reaps it.
    expect(states(running(elsewhere.processes))).toMatch(/^T+$/);
    elsewhere.starter.kill('SIGKILL');
    await until(() => elsewhere.left().length === 0);
    expect(elsewhere.left()).toEqual([]);
  });
});

/** One letter a process, as `ps` tells it: T is stopped by a signal. */
function states(pids: readonly number[]): string {
  const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', pids.join(',')], { encoding: 'utf8' });
  return stdout.replaceAll(/\s/g, '');
}
