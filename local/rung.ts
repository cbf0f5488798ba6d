/** A rung of the ladder on this machine, out of the real parts that it has on AWS. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MARK_PATH } from '../contract/promotion';
import type { ApplicationSettings } from '../contract/settings';
import { temporaryFolder } from './folder';
import { FROM_SOURCE, bundled, startApplication, type Program } from './parts/application';
import { startClickQueue, type ClickQueue } from './parts/click-queue';
import { startDataCenterEdge } from './parts/data-center-edge';
import { edge } from './parts/edge';
import { startLoadBalancer } from './parts/haproxy';
import { startNginx } from './parts/nginx';
import { startPostgres, type Postgres } from './parts/postgres';
import { startRedis, type Redis } from './parts/redis';
import { configure, startReplica, type Replica } from './parts/replication';
import { startWorker } from './parts/worker';
import { all, createParts, type Edge, type HasParts, type Progress, type Start } from './rung/parts';
import { planRung, type RungPlan, type RungRequest } from './rung/plan';

/** What the name of a running rung's folder begins with. */
export const FOLDER_PREFIX = 'zero-to-million-rung-';

export interface RungOptions extends RungRequest {
  /** Where users reach the rung, on 127.0.0.1. */
  readonly port: number;
  /** Where the database keeps its files, for good. @default - a temporary folder, removed at the end */
  readonly dataDir?: string | undefined;
  /** For the application, besides what the rung gives it. */
  readonly settings?: ApplicationSettings;
  /** What its servers run, but for stage 1's. @default - the application as it is now, bundled for this start alone */
  readonly program?: Program;
  /** Hears of each part: that it starts, that it is ready. */
  readonly progress?: (event: Progress) => void;
  /** Calls the start off. */
  readonly signal?: AbortSignal;
}

/** With its parts in the order in which a request meets them; what happens after it was answered last. */
export interface RunningRung extends HasParts {
  /** Where users reach it. */
  readonly url: string;
  /** Of its own, removed at the end. */
  readonly folder: string;
  /**
   * Says at the edge that a data center's database has taken the primary's place, which is to come before its
   * promotion; nothing where there is one data center, and for the one where writes start.
   */
  mark(region: string | undefined): Promise<void>;
  /** Ends every part, those first that ask others; resolves when nothing is left. */
  stop(): Promise<void>;
}

/**
 * Starts a rung and resolves when it serves.
 *
 * @throws Error as the part does that cannot start, or with what makes no sense; nothing is left then.
 */
export async function startRung(options: RungOptions): Promise<RunningRung> {
  const { port, progress = () => undefined, signal = new AbortController().signal } = options;
  const plan = planRung(options);
  const folder = temporaryFolder(FOLDER_PREFIX);
  const parts = createParts({ regions: plan.regions, progress, calledOff: signal });
  async function stop(): Promise<void> {
    await parts.stop();
    await folder.remove();
  }
  try {
    await (plan.database
      ? startParts(plan, options, folder.path, parts.start)
      : startAlone(options, parts.start));
    const running = { parts: parts.list() };
    const [home] = plan.regions;
    return {
      ...running,
      url: urlOf(port),
      folder: folder.path,
      mark: async (region) => {
        await (region === undefined || region === home
          ? undefined
          : all(running, 'edge')[0]?.part.mark(region));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Rung 1: one server with the database in its own process. */
async function startAlone({ port, dataDir, settings }: RungOptions, start: Start): Promise<void> {
  await start({ kind: 'server', region: undefined, number: 1 }, () =>
    startApplication(
      FROM_SOURCE,
      {
        PUBLIC_URL: urlOf(port),
        ...settings,
        SERVER_ID: settings?.SERVER_ID ?? 'server-1',
        ...(dataDir === undefined ? {} : { DATA_DIR: join(dataDir, 'embedded') }),
      },
      port,
    ),
  );
}

async function startParts(
  plan: RungPlan,
  { port, dataDir, settings, program: given }: RungOptions,
  folder: string,
  start: Start,
): Promise<void> {
  const { regions } = plan;
  const inEach = <T>(isWanted: boolean, begin: (region: string | undefined) => Promise<T>) =>
    Promise.all(isWanted ? regions.map(begin) : []);
  const database = dataDir === undefined ? undefined : join(dataDir, 'postgresql');
  if (dataDir !== undefined) {
    // With the system's own mode: PostgreSQL, which is another user here where this one is root, must get in.
    mkdirSync(dataDir, { recursive: true });
  }
  const [databases, caches, queues, program] = await Promise.all([
    startDatabases(plan, database, start),
    inEach(plan.cache, (region) => start({ kind: 'cache', region }, () => startRedis())),
    inEach(plan.queue !== undefined, (region) =>
      start({ kind: 'queue', region }, () => startClickQueue(plan.queue ?? 'sqs')),
    ),
    given ?? bundleInto(join(folder, 'bundle')),
  ]);
  const origins = await Promise.all(
    databases.map(async (itsDatabases, index) => {
      const region = regions[index];
      const dataCenter: DataCenter = {
        plan,
        region,
        databases: itsDatabases,
        cache: caches[index],
        queues: [...queues.slice(index), ...queues.slice(0, index)],
        program,
        // Through the edge, as on AWS.
        markUrls: regions
          .filter((other) => other !== undefined && other !== region)
          .map((other) => `http://127.0.0.1:${port}${MARK_PATH}/${other ?? ''}`),
        settings: { PUBLIC_URL: urlOf(port), ...settings },
        port: plan.edge ? undefined : port,
      };
      return { region, url: await startDataCenter(dataCenter, start) };
    }),
  );
  if (plan.edge) {
    await start({ kind: 'edge', region: undefined }, () => startEdge(origins, port));
  }
}

/** Keeps this process busy for some tenths of a second, so it waits until the first parts have begun to start by themselves. */
async function bundleInto(folder: string): Promise<Program> {
  await setTimeout(100);
  mkdirSync(folder);
  return bundled(folder);
}

/** What the servers of one data center are told of. */
interface Databases {
  /** The primary; in a further data center the replica that may be promoted. */
  readonly main: Postgres;
  readonly replicas: readonly Replica[];
}

/**
 * Starts the primary of the first data center with its replicas, and a replica in each further one: in the order of the
 * plan's regions. A commit waits for one replica in its own data center, so that nothing acknowledged is lost with the
 * primary; for another data center it does not wait.
 */
async function startDatabases(
  { regions, replicas: count }: RungPlan,
  dataDir: string | undefined,
  start: Start,
): Promise<readonly Databases[]> {
  const [home, ...further] = regions;
  const primary = await start({ kind: 'primary', region: home }, () =>
    startPostgres({
      ...(dataDir === undefined ? {} : { dataDir }),
      settings: { wal_retrieve_retry_interval: '500ms' },
    }),
  );
  const replica = (region: string | undefined, number: number, name: string): Promise<Replica> =>
    start({ kind: 'replica', region, number }, () => startReplica(primary, { name }));
  const names = upTo(count).map((number) => `replica_${number}`);
  const [replicas, elsewhere] = await Promise.all([
    Promise.all(names.map((name, index) => replica(home, index + 1, name))),
    Promise.all(further.map((region) => replica(region, 1, region))),
  ]);
  if (names.length > 0) {
    await configure(primary, { synchronous_standby_names: `ANY 1 (${names.join(', ')})` });
  }
  return [{ main: primary, replicas }, ...elsewhere.map((main) => ({ main, replicas: [] }))];
}

/** One data center, around its databases. */
interface DataCenter {
  readonly plan: RungPlan;
  readonly region: string | undefined;
  readonly databases: Databases;
  readonly cache: Redis | undefined;
  /** Its own, and those of the other data centers from the next one on. */
  readonly queues: readonly ClickQueue[];
  readonly program: Program;
  /** For the servers, besides what is theirs by the parts around them. */
  readonly settings: ApplicationSettings;
  /** Where other data centers say that they were promoted. */
  readonly markUrls: readonly string[];
  /** Where users, or the edge, ask it. @default - a free one */
  readonly port: number | undefined;
}

/** Starts servers, load balancer and workers, told what infrastructure tells them; resolves with where it is asked. */
async function startDataCenter(dataCenter: DataCenter, start: Start): Promise<string> {
  const { plan, region, port, program, markUrls } = dataCenter;
  const { main, replicas } = dataCenter.databases;
  const [queue, ...peers] = dataCenter.queues;
  const urls = {
    DATABASE_URL: main.url,
    ...(replicas.length === 0 ? {} : { DATABASE_REPLICA_URLS: urlsOf(replicas) }),
  };
  const settings: ApplicationSettings = {
    ...dataCenter.settings,
    ...(region === undefined ? {} : { REGION: region }),
    ...urls,
    ...(dataCenter.cache === undefined ? {} : { CACHE_URL: dataCenter.cache.url }),
    ...(queue === undefined ? {} : { CLICK_QUEUE_URL: queue.url }),
    TRUSTED_PROXIES: String((plan.loadBalancer ? 1 : 0) + (plan.edge ? 1 : 0)),
  };
  const [servers] = await Promise.all([
    Promise.all(
      upTo(plan.servers).map((number) =>
        start({ kind: 'server', region, number }, () =>
          startApplication(
            program,
            { SERVER_ID: `server-${number}`, ...settings },
            plan.loadBalancer ? undefined : port,
          ),
        ),
      ),
    ),
    ...upTo(queue === undefined ? 0 : plan.workers).map((number) =>
      start({ kind: 'worker', region, number }, () =>
        startWorker({
          ...urls,
          CLICK_QUEUE_URL: queue?.url ?? '',
          ...(peers.length === 0 ? {} : { PEER_QUEUE_URLS: urlsOf(peers) }),
          ...(markUrls.length === 0 ? {} : { MARK_URLS: markUrls.join(',') }),
        }),
      ),
    ),
  ]);
  const [only] = servers;
  const asked =
    only !== undefined && !plan.loadBalancer
      ? only
      : await start({ kind: 'load-balancer', region }, () =>
          startLoadBalancer({
            servers: servers.map(({ url }) => url),
            ...(port === undefined ? {} : { port }),
          }),
        );
  return asked.url;
}

/** Proves to a load balancer that a request came by the edge; here nothing else can reach it anyway. */
const EDGE = { secret: 'local', staticPath: '/static/' };

/** A tenth of what it is on AWS, as the load balancer's probes are; a probe waits longer, for a busy machine is no dead one. */
const HEALTH = { interval: 1_000, timeToLive: 1_000, timeout: 2_000 };

interface Origin {
  /** undefined where there is one data center. */
  readonly region: string | undefined;
  /** Its load balancer's. */
  readonly url: string;
}

/** @param origins the nearest first */
async function startEdge(origins: readonly Origin[], port: number): Promise<Edge> {
  const dataCenters = origins.flatMap(({ region, url }) => (region === undefined ? [] : [{ region, url }]));
  if (dataCenters.length > 0) {
    return startDataCenterEdge({ ...EDGE, ...HEALTH, dataCenters, port });
  }
  const [origin = ''] = origins.map(({ url }) => url);
  const nginx = await startNginx(edge({ ...EDGE, origin }), { port });
  return Object.assign(nginx, { mark: () => Promise.resolve() });
}

/** As users write it: what the application knows itself by. */
function urlOf(port: number): string {
  return `http://localhost:${port}`;
}

function urlsOf(parts: readonly { readonly url: string }[]): string {
  return parts.map(({ url }) => url).join(',');
}

/** 1, 2, … */
function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
