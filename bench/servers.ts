/** Rungs 3 to 5 beside each other and beside a bare server: the same bundle on what each rung gives it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, connected, type Postgres } from '../local/parts/postgres';
import { startRedis, type Redis } from '../local/parts/redis';
import { startReplica } from '../local/parts/replication';
import { bundle, codeOf, startBare, startServer, type Bench, type Server } from './processes';
import { load } from './wrk';

export const BARE = 'bare node:http';

export interface Rungs {
  readonly primary: Postgres;
  readonly replicas: readonly Postgres[];
  readonly cache: Redis;
  readonly bare: Server;
  readonly three: Server;
  readonly four: Server;
  readonly five: Server;
}

/** With no link in it yet. */
export async function startRungs({ folder, started }: Bench): Promise<Rungs> {
  const file = bundle(folder, 'application');
  const primary = await started(startCounted());
  const replicas = [
    await started(startReplica(primary, { name: 'one' })),
    await started(startReplica(primary, { name: 'two' })),
  ];
  const cache = await started(startRedis({ maxMemory: '256mb' }));
  const start = (settings: Readonly<Record<string, string>>) =>
    started(startServer([file], { DATABASE_URL: primary.url, ...settings }));
  const replicated = { DATABASE_REPLICA_URLS: replicas.map(({ url }) => url).join(',') };
  return {
    primary,
    replicas,
    cache,
    bare: await started(startBare()),
    three: await start({}),
    four: await start(replicated),
    five: await start({ ...replicated, CACHE_URL: cache.url }),
  };
}

/** A PostgreSQL that counts its statements. @param settings more of its settings */
export async function startCounted(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const database = await startPostgres({
    settings: { shared_preload_libraries: 'pg_stat_statements', ...settings },
  });
  await connected(database, (client) => client.query('CREATE EXTENSION pg_stat_statements'));
  return database;
}

/** What servers have asked databases for so far, to find links. */
export async function findings(
  databases: readonly Postgres[],
): Promise<{ readonly statements: number; readonly links: number }> {
  const each = await Promise.all(
    databases.map((database) =>
      connected(database, (client) =>
        client.query<{ statements: number; links: number }>(
          `SELECT coalesce(sum(calls), 0)::float8 AS statements, coalesce(sum(rows), 0)::float8 AS links
           FROM pg_stat_statements WHERE query LIKE 'SELECT links.code%FROM links WHERE code = ANY%'`,
        ),
      ),
    ),
  );
  const rows = each.flatMap(({ rows: [row] }) => row ?? []);
  return {
    statements: rows.reduce((sum, { statements }) => sum + statements, 0),
    links: rows.reduce((sum, { links }) => sum + links, 0),
  };
}

/** What servers have asked the cache for so far. */
export async function lookups(cache: Redis): Promise<{ readonly hits: number; readonly all: number }> {
  const stats = await cache.command('INFO', 'stats');
  const read = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  const hits = read('keyspace_hits');
  return { hits, all: hits + read('keyspace_misses') };
}

/** Visits every link once: with a TTL of minutes a cache that is in use holds all that is asked for. */
export async function warm(server: Server, folder: string, links: number): Promise<void> {
  const each = writeCodes(
    folder,
    'each',
    Array.from({ length: links }, (_, index) => index + 1),
  );
  for (let visited = 0; visited < links;) {
    const { requests } = await load(server.url, {
      script: { file: 'codes.lua', arguments: [each, String(visited + 1)] },
    });
    visited += requests;
  }
}

/** @returns the file, with the code of a rank in each line */
export function writeCodes(folder: string, name: string, ranks: readonly number[]): string {
  const file = join(folder, name);
  writeFileSync(file, ranks.map((rank) => `${codeOf(rank)}\n`).join(''));
  return file;
}

/** Redirects of the codes in a file, from any of its lines on. @param lines how many it has */
export function loadDrawn(
  { url }: Pick<Server, 'url'>,
  file: string,
  lines: number,
  connections?: number,
): ReturnType<typeof load> {
  const first = 1 + Math.floor(Math.random() * lines);
  return load(url, {
    script: { file: 'codes.lua', arguments: [file, String(first)] },
    ...(connections === undefined ? {} : { connections }),
  });
}
