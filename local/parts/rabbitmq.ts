/**
 * A real RabbitMQ on this machine, one node: what `-c queue=rabbitmq` has in place of SQS at rung 8. Only this machine
 * reaches it, only with the password in its URL. Its messages are on disk: killed or restarted, it still has them.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { RABBITMQ, locate } from '../machine';
import { freePort, onPort } from './ports';
import { serverUser, supervise, type Part } from './supervised';

export interface RabbitMqOptions {
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Lines of its configuration by name, such as `listeners.ssl.1`, in addition to those below. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RabbitMq extends Part {
  readonly queue: 'rabbitmq';
  /** `amqp://user:password@127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /**
   * Runs one command with RabbitMQ's own client, such as `list_queues`; resolves with what it prints. Each is an Erlang
   * machine that starts first, for a second or two.
   *
   * @throws Error with the client's message when the command fails, or when the broker has not answered within 10 s
   */
  command(...words: readonly string[]): Promise<string>;
  /** Says that the disk is full: publishers are blocked until it is said that it is not. */
  fillDisk(): Promise<void>;
  /** Nothing where it was not said. */
  emptyDisk(): Promise<void>;
}

const USER = 'clicks';

/** "localhost" can be looked up everywhere; what a machine calls itself cannot. */
const NODE = 'rabbit@localhost';

/** How much of the disk must be free; the first is RabbitMQ's own default, more than the second no disk has. */
const FREE = { enough: '50MB', never: '1000000GB' };

const COMMAND_TIMEOUT_SECONDS = 10;

/** Handed to `sh` as text: the user that it runs as may not enter this checkout. */
const BESIDE_ITS_MAPPER = readFileSync(join(__dirname, 'rabbitmq.sh'), 'utf8');

/**
 * Starts a broker with no queue on 127.0.0.1; resolves when it takes connections, after some five seconds.
 *
 * @throws Error when RabbitMQ is not installed, or with the end of its log when it does not start.
 */
export async function startRabbitMq(options: RabbitMqOptions = {}): Promise<RabbitMq> {
  return onPort(options.port, async (port) => {
    const server = locate(RABBITMQ);
    const password = randomBytes(18).toString('base64url');
    const [mapperPort, nodePort] = [await freePort(), await freePort()];
    let environment: Readonly<Record<string, string>> = {};
    const part = await supervise({
      name: 'RabbitMQ',
      serves: /Server startup complete/,
      endsAt: ['TERM'],
      command: (folder) => {
        environment = environmentOf(folder, mapperPort, nodePort);
        return [
          ...['env', ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)],
          ...['sh', '-c', BESIDE_ITS_MAPPER, 'rabbitmq', server],
        ];
      },
      prepare: (folder) => {
        mkdirSync(join(folder, 'home'), { mode: 0o700 });
        // Who knows it may do anything to the node: its own user reads it, and no other.
        writeFileSync(join(folder, 'home', '.erlang.cookie'), randomBytes(24).toString('hex'), {
          mode: 0o400,
        });
        writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
        writeFileSync(join(folder, 'rabbitmq.conf'), configuration(port, password, options.settings), {
          mode: 0o600,
        });
      },
    }).catch(sayingWhatIsTaken);
    const client = join(dirname(server), 'rabbitmqctl');
    const command = async (...words: readonly string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)(
        client,
        ['--quiet', '--timeout', String(COMMAND_TIMEOUT_SECONDS), ...words],
        { ...serverUser().spawnOptions, cwd: '/', env: { ...process.env, ...environment } },
      );
      return stdout.trim();
    };
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it has no `this`
    const { restart } = part;
    let isFull = false;
    const needFree = async (amount: string) => {
      await command('set_disk_free_limit', amount);
      isFull = amount === FREE.never;
    };
    return Object.assign(part, {
      queue: 'rabbitmq' as const,
      url: `amqp://${USER}:${password}@127.0.0.1:${port}`,
      port,
      command,
      fillDisk: () => needFree(FREE.never),
      emptyDisk: async () => {
        await (isFull ? needFree(FREE.enough) : undefined);
      },
      restart: async () => {
        await restart();
        isFull = false;
      },
    });
  });
}

/** For the broker, and for its client, which speaks to it as another node does. */
function environmentOf(
  folder: string,
  mapperPort: number,
  nodePort: number,
): Readonly<Record<string, string>> {
  const onLoopback = '-kernel inet_dist_use_interface {127,0,0,1}';
  return {
    HOME: join(folder, 'home'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(mapperPort),
    RABBITMQ_NODENAME: NODE,
    RABBITMQ_DIST_PORT: String(nodePort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${onLoopback} -start_epmd false`,
    RABBITMQ_CTL_ERL_ARGS: onLoopback,
    // Debian's own settings are for the service that it would run.
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'logs'),
    RABBITMQ_LOGS: '-',
    // Its script becomes the broker instead of waiting for it.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}

function configuration(port: number, password: string, further: RabbitMqOptions['settings'] = {}): string {
  const settings = {
    'listeners.tcp.1': `127.0.0.1:${port}`,
    default_user: USER,
    default_pass: password,
    'default_user_tags.administrator': 'false',
    'disk_free_limit.absolute': FREE.enough,
    'raft.wal_max_size_bytes': '16777216',
    'log.console.level': 'info',
    ...further,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** In the words that `onPort` knows. */
function sayingWhatIsTaken(error: unknown): never {
  const isTaken = error instanceof Error && /eaddrinuse|in use/.test(error.message);
  throw isTaken ? new Error(`Address already in use: ${error.message}`, { cause: error }) : error;
}
