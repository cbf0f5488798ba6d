/** A rung of the ladder on this machine, out of the real parts that it has on AWS. */
import type { ApplicationSettings } from '../contract/settings';
import { HAPROXY, NGINX, PGREP, REDIS, type Program as Installed } from './machine';
import { FROM_SOURCE, bundled, startApplication, type Application, type Program } from './parts/application';
import { edge } from './parts/edge';
import { startLoadBalancer } from './parts/haproxy';
import { startNginx } from './parts/nginx';
import { startPostgres, type Postgres } from './parts/postgres';
import { startRedis } from './parts/redis';
import { configure, startReplica, type Replica } from './parts/replication';
import type { Part } from './parts/supervised';

/** The rungs that run here. */
export const LOCAL_RUNGS = [1, 2, 3, 4, 5, 6] as const;
export type LocalRung = (typeof LOCAL_RUNGS)[number];

export interface RungOptions {
  /** Where users reach the rung, on 127.0.0.1. */
  readonly port: number;
  /** Servers from rung 3 on; below there is one. */
  readonly servers: number;
  /** Where the database keeps its files, for good. @default - a temporary folder, removed at the end */
  readonly dataDir: string | undefined;
  /** Hears of each part: what starts, and on which port it is ready. */
  readonly progress: (event: { readonly part: string; readonly port: number | undefined }) => void;
  /** For the application, besides what the rung gives it. */
  readonly settings: ApplicationSettings;
}

export interface RunningRung {
  /** Where users reach it. */
  readonly url: string;
  /** In the order in which a request meets them; the replicas last. */
  readonly parts: readonly RunningPart[];
  /** Ends every part, in that order. */
  stop(): Promise<void>;
}

export interface RunningPart {
  /** `edge`, `load-balancer`, `server-1`, `cache`, `primary`, `replica-1` … */
  readonly name: string;
  readonly port: number;
  readonly part: Part | Replica;
}

/** What a rung needs on this machine besides npm's packages. */
export function neededBy(rung: LocalRung): readonly Installed[] {
  const needs: readonly (readonly [LocalRung, Installed])[] = [
    [1, PGREP],
    [3, HAPROXY],
    [5, REDIS],
    [6, NGINX],
  ];
  return needs.filter(([first]) => rung >= first).map(([, program]) => program);
}

/** Proves to the servers' load balancer that a request came by the edge; here nothing else can reach it anyway. */
const ORIGIN_SECRET = 'local';

/**
 * Starts a rung and resolves when it serves.
 *
 * @throws Error as the part does that cannot start; nothing is left then.
 */
export async function startRung(rung: LocalRung, options: RungOptions): Promise<RunningRung> {
  const parts = new Map<string, RunningPart>();
  const program = rung === 1 ? FROM_SOURCE : bundled();

  async function start<P extends Part & { readonly port: number }>(
    name: string,
    begin: () => Promise<P>,
  ): Promise<P> {
    options.progress({ part: name, port: undefined });
    const part = await begin();
    parts.set(name, { name, port: part.port, part });
    options.progress({ part: name, port: part.port });
    return part;
  }
  async function stop(): Promise<void> {
    for (const { part } of inOrder(parts)) {
      await part.stop();
    }
    program.remove();
  }

  try {
    await startParts(rung, options, program, start);
    return { url: `http://localhost:${options.port}`, parts: inOrder(parts), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Start = <P extends Part & { readonly port: number }>(
  name: string,
  begin: () => Promise<P>,
) => Promise<P>;

async function startParts(
  rung: LocalRung,
  options: RungOptions,
  program: Program,
  start: Start,
): Promise<void> {
  const { port, dataDir } = options;
  const shared: ApplicationSettings = { PUBLIC_URL: `http://localhost:${port}`, ...options.settings };
  if (rung === 1) {
    const settings = { ...shared, SERVER_ID: 'server-1', DATA_DIR: dataDir ?? 'data' };
    await start('server-1', () => startApplication(program, settings, port));
    return;
  }
  const [database, cache] = await Promise.all([
    startDatabase(rung, dataDir, start),
    rung >= 5 ? start('cache', () => startRedis()) : undefined,
  ]);
  const settings: ApplicationSettings = {
    ...shared,
    ...database,
    ...(cache === undefined ? {} : { CACHE_URL: cache.url }),
    TRUSTED_PROXIES: String(rung >= 6 ? 2 : rung >= 3 ? 1 : 0),
  };
  const server = (number: number, at?: number): Promise<Application> =>
    start(`server-${number}`, () =>
      startApplication(program, { ...settings, SERVER_ID: `server-${number}` }, at),
    );
  if (rung === 2) {
    await server(1, port);
    return;
  }
  const servers = await Promise.all(Array.from({ length: options.servers }, (_, index) => server(index + 1)));
  const loadBalancer = await start('load-balancer', () =>
    startLoadBalancer({
      servers: servers.map(({ url }) => url),
      ...(rung < 6 ? { port } : {}),
    }),
  );
  if (rung >= 6) {
    await start('edge', () =>
      startNginx(edge({ origin: loadBalancer.url, secret: ORIGIN_SECRET, staticPath: '/static/' }), { port }),
    );
  }
}

/** The database with what replicates it, as settings. A commit waits for one replica: nothing acknowledged is lost. */
async function startDatabase(
  rung: LocalRung,
  dataDir: string | undefined,
  start: Start,
): Promise<ApplicationSettings> {
  const primary = await start('primary', () =>
    startPostgres({
      ...(dataDir === undefined ? {} : { dataDir }),
      settings: { wal_retrieve_retry_interval: '500ms' },
    }),
  );
  if (rung < 4) {
    return { DATABASE_URL: primary.url };
  }
  const replicas = await Promise.all([1, 2].map((number) => startReplicaOf(primary, number, start)));
  await configure(primary, { synchronous_standby_names: 'ANY 1 (replica_1, replica_2)' });
  return {
    DATABASE_URL: primary.url,
    DATABASE_REPLICA_URLS: replicas.map(({ url }) => url).join(','),
  };
}

function startReplicaOf(primary: Postgres, number: number, start: Start): Promise<Replica> {
  return start(`replica-${number}`, () => startReplica(primary, { name: `replica_${number}` }));
}

const ORDER = ['edge', 'load-balancer', 'server', 'cache', 'primary', 'replica'];

function inOrder(parts: ReadonlyMap<string, RunningPart>): readonly RunningPart[] {
  const place = ({ name }: RunningPart): number => ORDER.findIndex((kind) => name.startsWith(kind));
  return [...parts.values()].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}
