/**
 * A real Redis or Valkey on this machine, whichever is installed: one node, or a cluster of three. What it is there
 * for is a cache, so nothing is written to disk and a restart starts empty.
 */
import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { REDIS, locate } from '../machine';
import { freePort, onPort } from './ports';
import { supervise, type Part } from './supervised';

export interface RedisOptions {
  /** Asked of every client, as the user `default`; none by default. */
  readonly password?: string;
  /** Above it, keys with a TTL are evicted, the least recently used first; in Redis's notation. Default 64mb. */
  readonly maxMemory?: string;
}

export interface Redis extends Part {
  /** `redis://127.0.0.1:port`, with the password where there is one. */
  readonly url: string;
  readonly port: number;
  /**
   * Runs one command with the command-line client, which follows a cluster's redirections; resolves with what it prints.
   *
   * @throws Error with the server's message when the command fails.
   */
  command(...words: readonly string[]): Promise<string>;
}

export interface RedisCluster {
  /**
   * The masters; each has its share of the slots, and no replica. One that is started again refuses commands for 2 s
   * more: Redis's own rule.
   */
  readonly nodes: readonly Redis[];
  /** Where a client begins: the first node. It learns of the others there. */
  readonly url: string;
  /** Ends all nodes; resolves when nothing is left. */
  stop(): Promise<void>;
}

/** Of a Redis cluster, by its specification. */
const SLOTS = 16_384;

/** The smallest cluster that Redis's own tool makes. */
const NODES = 3;

/** How long the nodes may take to know each other, in ms; 3 s are normal, 2 of them a master's own wait. */
const JOIN_TIMEOUT_MS = 30_000;

/**
 * Starts one node on a free port of 127.0.0.1.
 *
 * @throws Error when neither Redis nor Valkey is installed, or with the end of its log when it does not start.
 */
export async function startRedis(options: RedisOptions & { readonly port?: number } = {}): Promise<Redis> {
  return onPort(options.port, (port) => startNode(port, options, []));
}

/** Starts three masters on free ports of 127.0.0.1; resolves when each answers for its share of the slots. */
export async function startRedisCluster(options: RedisOptions = {}): Promise<RedisCluster> {
  const nodes: Redis[] = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    const first = await startClusterNode(options);
    nodes.push(first);
    while (nodes.length < NODES) {
      nodes.push(await startClusterNode(options));
    }
    await join(first, nodes);
    return { nodes, url: first.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startClusterNode(options: RedisOptions): Promise<Redis> {
  return onPort(undefined, async (port) => {
    const bus = await freePort();
    return startNode(port, options, [
      ...['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-port', String(bus)],
      // As ElastiCache: with one shard gone, the others go on.
      ...['--cluster-require-full-coverage', 'no', '--cluster-node-timeout', '2000'],
    ]);
  });
}

/** Gives each node its share of the slots and makes it known to the others. */
async function join(first: Redis, nodes: readonly Redis[]): Promise<void> {
  const from = (index: number) => Math.floor((index * SLOTS) / nodes.length);
  for (const [index, node] of nodes.entries()) {
    const bus = (await node.command('CONFIG', 'GET', 'cluster-port')).split('\n').at(-1) ?? '';
    await node.command('CLUSTER', 'ADDSLOTSRANGE', String(from(index)), String(from(index + 1) - 1));
    // Two nodes of one epoch would have to agree on a new one first.
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    await first.command('CLUSTER', 'MEET', '127.0.0.1', String(node.port), bus);
  }
  const deadline = Date.now() + JOIN_TIMEOUT_MS;
  // One after the other: each question is a process, and they come to know it at the same time.
  for (const node of nodes) {
    while (!(await knowsEverySlot(node))) {
      if (Date.now() > deadline) {
        throw new Error(`The cluster did not come together within ${JOIN_TIMEOUT_MS / 1000} s.`);
      }
      await setTimeout(100);
    }
  }
}

async function knowsEverySlot(node: Redis): Promise<boolean> {
  const info = await node.command('CLUSTER', 'INFO');
  return info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`);
}

async function startNode(
  port: number,
  { password, maxMemory = '64mb' }: RedisOptions,
  settings: readonly string[],
): Promise<Redis> {
  const server = locate(REDIS);
  const client = server.replace(/-server$/, '-cli');
  const part = await supervise({
    name: 'Redis',
    serves: /Ready to accept connections/,
    endsAt: ['TERM'],
    command: (folder) => [
      ...[server, '--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--daemonize', 'no'],
      ...['--save', '', '--appendonly', 'no'],
      ...['--maxmemory', maxMemory, '--maxmemory-policy', 'volatile-lru'],
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...settings,
    ],
    prepare: () => undefined,
  });
  return Object.assign(part, {
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    port,
    command: async (...words: readonly string[]) => {
      const { stdout } = await promisify(execFile)(
        client,
        ['-e', '-c', '--no-auth-warning', '-h', '127.0.0.1', '-p', String(port), ...words],
        { env: { ...process.env, ...(password !== undefined && { REDISCLI_AUTH: password }) } },
      );
      return stdout.trim();
    },
  });
}
