import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where the scripts are. */
export const SERVER = resolve(__dirname, '../../server');

/** What must be nowhere but where it belongs. */
export const ADMIN_TOKEN = 'theAdminToken48';
export const DATABASE_PASSWORD = 'the-database-password';
export const CACHE_PASSWORD = 'theCachePassword32';

/** What stands for a server's commands. */
const STUB = join(__dirname, 'boot-stub.sh');

/** Every command that it stands for. */
const STUBBED = [
  ...['aws', 'curl', 'cfn-signal', 'amazon-cloudwatch-agent-ctl', 'python3', 'sleep', 'sync'],
  ...['rpm', 'dnf', 'systemctl', 'id', 'useradd', 'chown', 'runuser', 'nginx'],
  ...['blkid', 'mkfs.xfs', 'mountpoint', 'mount', 'umount', 'xfs_growfs'],
];

/** How a rung's `server.env` and `app.env` differ from `EVERYWHERE`: as lib/constructs/compute/servers.ts writes them. */
export type Rung = Readonly<Record<'server' | 'application', Readonly<Record<string, string>>>>;

const EVERYWHERE: Rung = {
  server: {
    STACK_NAME: 'app-stack',
    SIGNAL_RESOURCE: 'ServersGroup',
    AWS_REGION: 'eu-central-1',
    METRIC_NAMESPACE: 'ZeroToMillion/shop',
    LOG_GROUP: '/the/logs',
    DATABASE_ON_SERVER: 'false',
    DATA_VOLUME_ID: 'vol-0123',
    ADDRESS_ALLOCATION_ID: '',
    TARGET_GROUP_ARN: '',
    CERTIFICATE_ARN: '',
    ADMIN_TOKEN_SECRET_ARN: 'secret-admin',
    CACHE_SECRET_ARN: '',
  },
  application: { PORT: '8080', REGION: 'eu-central-1' },
};

const SEPARATE_DATABASE = {
  DATABASE_URL: 'postgresql://db.example:5432/app?sslmode=verify-full',
  DATABASE_SECRET_ARN: 'secret-database',
  NODE_EXTRA_CA_CERTS: '/opt/zero-to-million/rds-ca.pem',
};

export const RUNG_1: Rung = {
  server: { DATABASE_ON_SERVER: 'true', ADDRESS_ALLOCATION_ID: 'eipalloc-1' },
  application: { PORT: '80' },
};
export const RUNG_1_TLS: Rung = {
  server: { ...RUNG_1.server, CERTIFICATE_ARN: 'arn:certificate' },
  application: {},
};
export const RUNG_2: Rung = {
  server: { ADDRESS_ALLOCATION_ID: 'eipalloc-1' },
  application: { PORT: '80', ...SEPARATE_DATABASE },
};
export const RUNG_3: Rung = { server: { TARGET_GROUP_ARN: 'arn:targets' }, application: SEPARATE_DATABASE };
export const RUNG_5: Rung = {
  server: { ...RUNG_3.server, CACHE_SECRET_ARN: 'secret-cache' },
  application: { ...SEPARATE_DATABASE, CACHE_URL: 'rediss://cache.example:6379' },
};
/** With RabbitMQ as its queue, and Kafka beside it until that is empty. */
export const RUNG_8: Rung = {
  server: {
    ...RUNG_3.server,
    DATA_VOLUME_ID: '',
    RABBITMQ_URL: 'amqps://rabbitmq.example:5671',
    RABBITMQ_SECRET_ARN: 'secret-rabbitmq',
    KAFKA_URL: 'kafka://b-1.example:9098,b-2.example:9098?authentication=iam',
  },
  application: {
    ...SEPARATE_DATABASE,
    DATABASE_REPLICA_URLS: 'postgresql://replica.example:5432/app?sslmode=verify-full',
    CLICK_QUEUE_URL: 'amqps://rabbitmq.example:5671',
    CLICK_QUEUE_SECRET_ARN: 'secret-rabbitmq',
  },
};

/** A volume that an earlier server, `i-old`, served from; it holds an XFS and a database of version 17. */
export const USED_VOLUME = { 'volume.generation': 'i-old-1700000000', 'volume.signature': 'TYPE="xfs"' };

/** That volume still attached to `i-old`, which was launched earlier and is in the given state. */
export function heldVolume(state: string): Readonly<Record<string, string>> {
  return {
    ...USED_VOLUME,
    'volume.state': 'in-use',
    'volume.holder': 'i-old',
    'volume.attachment': 'attached',
    'i-old.state': state,
    'i-old.launched': '2026-11-01T00:00:00+00:00',
  };
}

/** How a script ended, and every command that it called, in order. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly calls: readonly string[];
}

/** A machine in a folder: what the scripts write below ROOT, and the EC2 that the stubs keep. */
export interface Machine {
  /** Path of something below ROOT. */
  path(name: string): string;
  /** Permission bits of a file below ROOT, in octal. */
  mode(name: string): string;
  read(name: string): string;
  write(name: string, text: string): void;
  /** A fact of the EC2 that the stubs keep: its new value where one is given. */
  fact(name: string, value?: string): string;
  /** Path of a fact. */
  factPath(name: string): string;
  /** Runs a script of the bundle, `boot.sh` unless told otherwise; `environment` is what common.sh lets one set. */
  run(environment?: Readonly<Record<string, string>>, script?: string): Promise<Outcome>;
  /** Runs a bash script that is no part of the bundle. */
  runText(script: string): Promise<Outcome>;
}

const folders: string[] = [];

/** Removes every machine. */
export function removeMachines(): void {
  folders.splice(0).forEach((folder) => {
    rmSync(folder, { recursive: true, force: true });
  });
}

/**
 * A fresh machine, `i-new` in zone a, with the bundle unpacked.
 *
 * @param facts facts of EC2; the volume is new, free and in the same zone unless they say otherwise
 */
export function newMachine(rung: Rung, facts: Readonly<Record<string, string>> = {}): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'boot-test-'));
  folders.push(folder);
  const root = join(folder, 'root');
  const fake = join(folder, 'fake');
  const stubs = join(folder, 'stubs');
  const bundle = join(root, 'opt/zero-to-million');
  [fake, stubs, bundle].forEach((path) => {
    mkdirSync(path, { recursive: true });
  });
  // `node-24` is looked for by its path.
  [...STUBBED, 'node-24'].forEach((name) => {
    symlinkSync(STUB, join(stubs, name));
  });
  cpSync(SERVER, bundle, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const path = (name: string) => join(root, name);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  const lines = (settings: Readonly<Record<string, string>>) =>
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  ['etc/systemd/system', 'var/lib/zero-to-million'].forEach((name) =>
    mkdirSync(path(name), { recursive: true }),
  );
  write('etc/zero-to-million/server.env', lines({ ...EVERYWHERE.server, ...rung.server }));
  write('etc/zero-to-million/app.env', lines({ ...EVERYWHERE.application, ...rung.application }));
  const fact = (name: string, value?: string) => {
    if (value !== undefined) {
      writeFileSync(join(fake, name), `${value}\n`);
    }
    return existsSync(join(fake, name)) ? readFileSync(join(fake, name), 'utf8').trim() : '';
  };
  Object.entries({
    zone: 'eu-central-1a',
    'volume.zone': 'eu-central-1a',
    'volume.state': 'available',
    'i-new.state': 'running',
    'i-new.launched': '2026-11-02T00:00:00+00:00',
    'secret-admin': ADMIN_TOKEN,
    'secret-database': JSON.stringify({ username: 'app', password: DATABASE_PASSWORD }),
    'secret-cache': JSON.stringify({ username: 'app', password: CACHE_PASSWORD }),
    ...facts,
  }).forEach(([name, value]) => fact(name, value));
  if (facts['volume.signature'] !== undefined) {
    write('data/postgresql/17/PG_VERSION', '17\n');
  }
  const run = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
    fact('calls', '');
    const child = spawn('bash', args, {
      env: {
        PATH: `${stubs}:${process.env['PATH'] ?? ''}`,
        BASH_ENV: STUB,
        STUBBED: STUBBED.join(' '),
        ROOT: root,
        FAKE: fake,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Whatever waits without end has waited for what the stubs never give.
      timeout: 20_000,
    });
    let output = '';
    [child.stdout, child.stderr].forEach((stream) => {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    });
    await once(child, 'close');
    return { code: child.exitCode, output, calls: fact('calls').split('\n') };
  };
  return {
    path,
    mode: (name) => (statSync(path(name)).mode & 0o777).toString(8),
    read: (name) => readFileSync(path(name), 'utf8'),
    write,
    fact,
    factPath: (name) => join(fake, name),
    run: (environment = {}, script = 'boot.sh') => run([join(bundle, script)], environment),
    runText: (script) => run(['-c', script], {}),
  };
}

/** Every file below a folder of the machine, and what is in it. */
export function filesBelow(folder: string): readonly (readonly [name: string, text: string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((name) => [name, readFileSync(name, 'utf8')] as const);
}
