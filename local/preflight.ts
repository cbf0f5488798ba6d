/** What would keep a rung from starting on this machine, found before anything is started. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { isNativeError } from 'node:util/types';
import { Client } from 'pg';
import { ensure, type Program } from './machine';
import { serverUser } from './parts/supervised';

export interface Needs {
  readonly port: number;
  /** An absolute path, which need not exist. */
  readonly dataDir: string | undefined;
  /** Whether servers of another user than this one must get into `dataDir`. */
  readonly database: boolean;
  /** A database of one's own that is to be used. @default - none */
  readonly databaseUrl?: string | undefined;
  readonly programs: readonly Program[];
}

/** In GiB: a database with its replicas starts at 0.2, and fills as it is written to. */
const LEAST_FREE_GIB = 1;
/** In ms. */
const DATABASE_TIMEOUT_MS = 5_000;

const BYTES_PER_GIB = 2 ** 30;

/**
 * Installs missing programs where that can be done unasked.
 *
 * @throws Error with a sentence for each thing in the way.
 */
export async function preflight({ port, dataDir, database, databaseUrl, programs }: Needs): Promise<void> {
  const problems = [
    ...(await portProblems(port)),
    ...[...new Set([tmpdir(), dataDir ?? tmpdir()])].flatMap(diskProblems),
    ...(dataDir === undefined || !database ? [] : entryProblems(dataDir)),
    ...(databaseUrl === undefined ? [] : await databaseProblems(databaseUrl)),
  ];
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
  ensure(programs);
}

async function portProblems(port: number): Promise<readonly string[]> {
  const probe = createServer();
  try {
    await once(probe.listen(port, '127.0.0.1'), 'listening');
    return [];
  } catch {
    const other = port < 65_535 ? port + 1 : port - 1;
    return [
      `Port ${port} is in use or not allowed: stop what listens there, or choose another with --port ${other}.`,
    ];
  } finally {
    probe.close();
  }
}

/** Asked once, so that a wrong URL is reported at once: the server itself waits a minute for a database. */
async function databaseProblems(url: string): Promise<readonly string[]> {
  const { host, pathname } = new URL(url);
  const client = new Client({ connectionString: url, connectionTimeoutMillis: DATABASE_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return [];
  } catch (error) {
    return [
      `The database ${host}${pathname} cannot be reached: ${reasonOf(error)}. Start it, or correct DATABASE_URL.`,
    ];
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** Node says nothing in the message where it has tried several addresses. */
function reasonOf(error: unknown): string {
  if (!isNativeError(error)) {
    return String(error);
  }
  const several: unknown = 'errors' in error ? error.errors : undefined;
  return Array.isArray(several) ? several.map(reasonOf).join(', ') : error.message;
}

function diskProblems(folder: string): readonly string[] {
  const { bavail, bsize } = statfsSync(existing(folder));
  const free = (bavail * bsize) / BYTES_PER_GIB;
  return free < LEAST_FREE_GIB
    ? [
        `${folder} has ${free.toFixed(1)} GiB free, and a rung needs ${LEAST_FREE_GIB}: make room, or choose another ` +
          `folder with ${folder === tmpdir() ? 'TMPDIR' : '--data'}.`,
      ]
    : [];
}

/** PostgreSQL never runs as root. */
function entryProblems(folder: string): readonly string[] {
  const above = existing(folder);
  const { status } = spawnSync('test', ['-x', above], { ...serverUser().spawnOptions, cwd: '/' });
  return status === 0
    ? []
    : [
        `PostgreSQL does not run as root, and the user that it runs as may not enter ${above}: choose another folder with --data.`,
      ];
}

/** The nearest folder above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}
