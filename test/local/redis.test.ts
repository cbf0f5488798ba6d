import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { startRedis, startRedisCluster, type Redis, type RedisCluster } from '../../local/parts/redis';
import { familyOf, running, settles, until } from './support';

const started: Redis[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((redis) => redis.stop()));
});

async function start(...options: Parameters<typeof startRedis>): Promise<Redis> {
  const redis = await startRedis(...options);
  started.push(redis);
  return redis;
}

describe('a Redis on this machine', () => {
  test('keeps what it is told', async () => {
    const redis = await start();
    await redis.command('SET', 'key', 'value');
    expect(await redis.command('GET', 'key')).toBe('value');
  });

  test('listens on loopback only', async () => {
    const redis = await start();
    expect(await redis.command('CONFIG', 'GET', 'bind')).toBe('bind\n127.0.0.1');
  });

  test('is a stranger to the one beside it', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await one.command('SET', 'key', 'value');
    expect(await two.command('GET', 'key')).toBe('');
  });

  test('refuses those who do not give its password', async () => {
    const { port, url } = await start({ password: 'sesame' });
    const socket = connect({ host: '127.0.0.1', port });
    socket.write('GET key\r\n');
    const answer: unknown[] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer[0])).toMatch(/^-NOAUTH/);
    expect(new URL(url).password).toBe('sesame');
  });

  test('evicts keys with a TTL when its memory is full, and never the others', async () => {
    const redis = await start({ maxMemory: '4mb' });
    await redis.command('SET', 'forever', 'kept');
    const fill = `for i = 1, 8000 do redis.call('SET', 'key' .. i, string.rep('x', 1000), 'EX', 3600) end`;
    await redis.command('EVAL', fill, '0');
    expect(await redis.command('GET', 'forever')).toBe('kept');
    expect(Number(await redis.command('DBSIZE'))).toBeLessThan(8000);
  });

  test('accepts connections while frozen and answers none, until it is thawed', async () => {
    const redis = await start();
    await redis.freeze();
    const socket = connect({ host: '127.0.0.1', port: redis.port });
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const answer = once(socket, 'data');
    expect(await settles(answer, 300)).toBe(false);
    await redis.thaw();
    const data: unknown[] = await answer;
    socket.destroy();
    expect(String(data[0])).toBe('+PONG\r\n');
  });

  test('refuses connections once killed', async () => {
    const redis = await start();
    await redis.kill();
    const socket = connect({ host: '127.0.0.1', port: redis.port });
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  test.each(['kill', 'restart'] as const)('comes back empty on the same port after %s', async (fault) => {
    const redis = await start();
    await redis.command('SET', 'key', 'value');
    await redis[fault]();
    await redis.restart();
    expect(await redis.command('GET', 'key')).toBe('');
  });

  test('leaves no process once stopped', async () => {
    const redis = await start();
    const processes = familyOf(redis.pid);
    await redis.stop();
    expect(running(processes)).toEqual([]);
  });

  test('says why it does not start', async () => {
    await expect(start({ maxMemory: 'nonsense' })).rejects.toThrow(/maxmemory/);
  });
});

describe('a Redis cluster on this machine', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster({ password: 'sesame' });
  });

  afterAll(() => cluster.stop());

  test('gives every slot to one of three masters', async () => {
    const tables = await Promise.all(cluster.nodes.map((node) => node.command('CLUSTER', 'NODES')));
    const ranges = tables.map((table) =>
      [...table.matchAll(/master .* connected (\S+)$/gm)].map((line) => line[1]),
    );
    const expected = ['0-5460', '5461-10921', '10922-16383'];
    expect(ranges.map((each) => each.toSorted())).toEqual(cluster.nodes.map(() => expected.toSorted()));
  });

  test('answers for keys of all slots, whichever node is asked', async () => {
    const [asked] = cluster.nodes;
    const script = `return redis.call('SET', KEYS[1], ARGV[1])`;
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
    for (const key of keys) {
      await asked?.command('EVAL', script, '1', key, `of ${key}`);
    }
    const sizes = await Promise.all(cluster.nodes.map(async (node) => Number(await node.command('DBSIZE'))));
    expect(sizes.reduce((sum, size) => sum + size)).toBe(keys.length);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(await asked?.command('GET', 'key-59')).toBe('of key-59');
  });

  test('goes on with the slots of the others when a node is killed, and takes it back', async () => {
    const [first, second] = cluster.nodes;
    // Slots, by CLUSTER KEYSLOT: {a} is 15495 (third node), {b} 3300 (first), {c} 7365 (second).
    await second?.kill();
    await setTimeout(2_500);
    expect(await first?.command('SET', '{a}', 'still')).toBe('OK');
    expect(await first?.command('SET', '{b}', 'still')).toBe('OK');
    await second?.restart();
    const set = () => second?.command('SET', '{c}', 'again').catch(String);
    await until(async () => (await set()) === 'OK');
    expect(await set()).toBe('OK');
  });
});
