/**
 * Streaming replicas of a PostgreSQL server on this machine: what RDS does with Multi-AZ and read replicas, with each
 * step of a failover in the test's hand.
 */
import { execFile } from 'node:child_process';
import type { Dirent } from 'node:fs';
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connected, startPostgres, type Postgres } from './postgres';

const run = promisify(execFile);

export interface ReplicaOptions {
  /** Under which the primary sees it (`pg_stat_replication.application_name`); names in synchronous_standby_names. */
  readonly name: string;
  /** As for {@link startPostgres}, but holding nothing yet. */
  readonly dataDir?: string;
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Beside the primary's own settings, which a replica must share in part (max_connections). */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Replica extends Postgres {
  readonly name: string;
  /** Makes it a primary; resolves once it accepts writes. */
  promote(): Promise<void>;
  /** Goes on receiving but shows nothing new: a replica that lags. Not remembered through a restart. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /**
   * Streams from another primary from now on, without a restart: the one that was promoted among its siblings. A
   * primary cannot follow: what only it has written would have to go. Stop it and start a replica in its place.
   */
  follow(primary: Postgres): Promise<void>;
}

/** How long a replica may take until it streams, or has paused, in ms; some tens of ms are normal. */
const TIMEOUT_MS = 30_000;

/** What a base copy leaves out, and of what it takes an empty folder: PostgreSQL's manual, "Making a Base Backup Using the Low Level API". */
const OWN_TO_A_SERVER = /^postmaster\.(pid|opts)$/;
const EMPTY_AT_FIRST = /^pg_(wal|replslot|dynshmem|notify|serial|snapshots|stat_tmp|subtrans)$/;

/** Starts a replica from a base copy of a primary, which goes on serving meanwhile. Resolves once it streams. */
export async function startReplica(primary: Postgres, options: ReplicaOptions): Promise<Replica> {
  const { name, ...placed } = options;
  const server = await startPostgres({
    ...placed,
    settings: { ...primary.settings, ...options.settings },
    fill: (dataDir) => copyBase(primary, dataDir, name),
  });
  try {
    await streams(primary, name);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return Object.assign(server, {
    name,
    promote: async () => {
      await until(server, 'SELECT pg_promote() AS yes');
    },
    pauseReplay: async () => {
      await connected(server, (client) => client.query('SELECT pg_wal_replay_pause()'));
      await until(server, `SELECT pg_get_wal_replay_pause_state() = 'paused' AS yes`);
    },
    resumeReplay: async () => {
      await connected(server, (client) => client.query('SELECT pg_wal_replay_resume()'));
    },
    follow: async (next: Postgres) => {
      await configure(server, { primary_conninfo: connectionFor(name, next) });
      await streams(next, name);
    },
  });
}

/**
 * Changes settings of a running server, kept through restarts, such as `synchronous_standby_names`.
 *
 * @throws Error for a setting that was given to {@link startPostgres}: its command line would win silently.
 */
export async function configure(server: Postgres, settings: Readonly<Record<string, string>>): Promise<void> {
  const fixed = Object.keys(settings).filter((setting) => setting in server.settings);
  if (fixed.length > 0) {
    throw new Error(`${fixed.join(', ')}: given at the server's start, so it cannot be changed later.`);
  }
  await connected(server, async (client) => {
    for (const [setting, value] of Object.entries(settings)) {
      await client.query(
        `ALTER SYSTEM SET ${client.escapeIdentifier(setting)} = ${client.escapeLiteral(value)}`,
      );
    }
    await client.query('SELECT pg_reload_conf()');
  });
}

/** What a replica has received of its primary's log, in bytes. */
export async function receivedBy(replica: Postgres): Promise<bigint> {
  return connected(replica, async (client) => {
    const { rows } = await client.query<{ position: string }>(
      `SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::text AS position`,
    );
    return BigInt(rows[0]?.position ?? 0);
  });
}

function connectionFor(name: string, primary: Postgres): string {
  return `${primary.url}?application_name=${encodeURIComponent(name)}`;
}

/** A base copy without pg_basebackup, which npm's PostgreSQL lacks: a low-level base backup. */
async function copyBase(primary: Postgres, dataDir: string, name: string): Promise<void> {
  await connected(primary, async (client) => {
    await client.query(`SELECT pg_backup_start('replica', fast => true)`);
    await copyFolder(primary.dataDir, dataDir);
    const { rows } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    await writeFile(join(dataDir, 'backup_label'), rows[0]?.labelfile ?? '');
  });
  await writeFile(join(dataDir, 'standby.signal'), '');
  // The last line on a setting wins over those that came with the copy.
  await appendFile(
    join(dataDir, 'postgresql.auto.conf'),
    `primary_conninfo = '${connectionFor(name, primary)}'\n`,
  );
}

/** By `cp`, which takes a twentieth of the time that it takes to copy a thousand small files from here. */
async function copyFolder(from: string, to: string): Promise<void> {
  const entries = (await readdir(from, { withFileTypes: true })).filter(
    ({ name }) => !OWN_TO_A_SERVER.test(name),
  );
  const isEmptyAtFirst = (entry: Dirent): boolean => entry.isDirectory() && EMPTY_AT_FIRST.test(entry.name);
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const { name } of entries.filter(isEmptyAtFirst)) {
    await mkdir(join(to, name), { mode: 0o700 });
  }
  const copied = entries.filter((entry) => !isEmptyAtFirst(entry)).map(({ name }) => join(from, name));
  await run('cp', ['-RP', ...copied, to], { env: { ...process.env, LC_ALL: 'C' } }).catch(ignoreMissing);
}

/** A file that a running server removed meanwhile is left out: the log that is replayed over the copy knows of it. */
function ignoreMissing(error: unknown): void {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const complaints = said.split('\n').filter((line) => line !== '');
  if (complaints.length === 0 || !complaints.every((line) => line.endsWith('No such file or directory'))) {
    throw error;
  }
}

async function streams(primary: Postgres, name: string): Promise<void> {
  await until(
    primary,
    `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming') AS yes`,
    [name],
  );
}

async function until(server: Postgres, question: string, parameters: readonly string[] = []): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  await connected(server, async (client) => {
    const yes = async () => (await client.query<{ yes: boolean }>(question, [...parameters])).rows[0]?.yes;
    while ((await yes()) !== true) {
      if (Date.now() > deadline) {
        throw new Error(
          `PostgreSQL on port ${server.port}, after ${TIMEOUT_MS / 1000} s still not: ${question}`,
        );
      }
      await setTimeout(20);
    }
  });
}
