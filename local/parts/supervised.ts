/**
 * A real server on this machine (PostgreSQL, Redis, nginx) that never outlives the process that started it, and that
 * can be broken on purpose: frozen, killed, started again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { on, once, setMaxListeners } from 'node:events';
import { lchownSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** What a test, a bench or a rehearsal may do to a running server. */
export interface Part {
  /** The server's first process; another one after a restart. */
  readonly pid: number;
  /** Halts every process of the server (SIGSTOP): connections stay open, new ones are accepted, nothing answers. */
  freeze(): Promise<void>;
  /** Ends a freeze. */
  thaw(): Promise<void>;
  /** Ends every process of the server at once (SIGKILL); resolves when none is left. Its files stay. */
  kill(): Promise<void>;
  /** Ends the server in good order if it runs, and starts it again on the same port and files. */
  restart(): Promise<void>;
  /** Ends the server in good order and removes its temporary folder; resolves when nothing is left. */
  stop(): Promise<void>;
}

export interface Supervised extends Part {
  /** Sends the first process a signal that it lives through, such as SIGHUP. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the next line of the server's log that matches; rejects if the server ends before. */
  logged(pattern: RegExp): Promise<string>;
}

export interface Server {
  /** For messages and for the name of its temporary folder. */
  readonly name: string;
  /** The program and its arguments; it must stay in the foreground and log to standard output or error. */
  readonly command: (folder: string) => readonly string[];
  /** The line of its log after which it serves. */
  readonly serves: RegExp;
  /** Signals that ask it to end, the gentlest first; SIGKILL follows by itself. */
  readonly endsAt: readonly ('INT' | 'QUIT' | 'TERM')[];
  /** Puts the server's files into its temporary folder, before the first start. */
  readonly prepare: (folder: string) => void | Promise<void>;
  /** The user that it runs as. @default - `serverUser()` */
  readonly user?: User;
  /** Variables in addition to this process's own; unlike arguments, no other user sees them. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
  /** What `spawn` needs to become that user; nothing where this process already is it. */
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number };
}

/** How long a start or a stop may take, in ms: a database's crash recovery included; 0.3 s is normal. */
const TIMEOUT_MS = 60_000;

/** How much of the log the message of a failed start repeats. */
const LOG_LINES = 20;

/** Lines of supervisor.sh among those of the server's log. */
const SAYS = 'supervisor: ';
const ENDED = `${SAYS}ended`;

/** Handed to `sh` as text: the user that a server runs as may not enter this checkout. */
const SUPERVISOR = readFileSync(join(__dirname, 'supervisor.sh'), 'utf8');

/**
 * Starts a server on this machine and resolves when it serves. As root it runs as `nobody`, unless it says otherwise.
 *
 * @throws Error with the last lines of the server's log when it does not start; nothing is left then.
 */
export async function supervise(server: Server): Promise<Supervised> {
  const user = server.user ?? serverUser();
  const folder = mkdtempSync(join(tmpdir(), `zero-to-million-${server.name.toLowerCase()}-`));
  own(folder, user);
  const supervisor = spawn(
    'sh',
    [
      '-c',
      SUPERVISOR,
      `${server.name}-supervisor`,
      folder,
      server.endsAt.join(' '),
      ...server.command(folder),
    ],
    // A group of its own: a terminal's Ctrl-C reaches the parent, which decides.
    {
      ...user.spawnOptions,
      detached: true,
      cwd: tmpdir(),
      env: { ...process.env, ...server.environment },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  const gone = once(supervisor, 'close');
  const lines = createInterface({ input: supervisor.stdout });
  setMaxListeners(0, lines);
  const lastLines = keepLast(lines);
  let orders = 0;
  let pid = 0;

  const order = async (what: 'start' | 'stop' | 'STOP' | 'CONT' | 'KILL') => {
    orders += 1;
    const answer = nextLine(lines, new RegExp(`^${SAYS}${orders} `));
    supervisor.stdin.write(`${orders} ${what}\n`);
    return Number((await answer).split(' ').at(-1));
  };
  const logged = async (pattern: RegExp) => {
    const line = await nextLine(lines, new RegExp(`${pattern.source}|^${ENDED}`));
    if (line === ENDED) {
      throw new Error(`${server.name} ended.`);
    }
    return line;
  };
  const start = async () => {
    try {
      [pid] = await Promise.all([order('start'), logged(server.serves)]);
    } catch (cause) {
      throw new Error(`${server.name} did not start:\n${lastLines().join('\n')}`, { cause });
    }
  };
  const stop = async () => {
    supervisor.stdin.end();
    await gone;
  };

  try {
    await server.prepare(folder);
    own(folder, user);
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get pid() {
      return pid;
    },
    freeze: async () => {
      await order('STOP');
    },
    thaw: async () => {
      await order('CONT');
    },
    kill: async () => {
      const ended = nextLine(lines, new RegExp(ENDED));
      await Promise.all([order('KILL'), ended]);
    },
    restart: async () => {
      await order('stop');
      await start();
    },
    stop,
    signal: (signal) => {
      process.kill(pid, signal);
    },
    logged,
  };
}

/** The first line from now on that matches. */
async function nextLine(lines: Interface, pattern: RegExp): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  for await (const event of on(lines, 'line', { signal, close: ['close'] })) {
    const line = String(event[0]);
    if (pattern.test(line)) {
      return line;
    }
  }
  throw new Error('The supervisor has ended.');
}

/** Empties the log for as long as it lasts, and remembers its end. */
function keepLast(lines: Interface): () => readonly string[] {
  const last: string[] = [];
  lines.on('line', (line) => {
    last.push(...(line === '' || line.startsWith(SAYS) ? [] : [line]));
    last.splice(0, last.length - LOG_LINES);
  });
  return () => last;
}

/** The user of servers of our own code: it lies in this checkout, where `nobody` may not get in. */
export function currentUser(): User {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, spawnOptions: {} };
}

/** The user of all other servers. PostgreSQL refuses to run as root; `nobody` exists everywhere and owns nothing else. */
export function serverUser(): User {
  const current = currentUser();
  return current.uid === 0 ? nobody() : current;
}

let itsIds: Pick<User, 'uid' | 'gid'> | undefined;

/** Looked up once: a process costs more than all else that a start does here. */
function nobody(): User {
  const id = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  itsIds ??= { uid: id('-u'), gid: id('-g') };
  return { ...itsIds, spawnOptions: itsIds };
}

/** Makes a folder that another user filled, such as a copy by root, the server's. @throws Error where this user may not */
export function own(folder: string, { uid, gid }: User): void {
  if (uid === currentUser().uid) {
    return;
  }
  ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].forEach((name) => {
    lchownSync(join(folder, name), uid, gid);
  });
}
