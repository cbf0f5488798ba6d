/** One data center of a rung, around its databases: cache, queue, servers, load balancer, workers. */
import type { WorkerSettings } from '../../contract/click-worker';
import type { ApplicationSettings } from '../../contract/settings';
import { startApplication, type Application, type Program } from '../parts/application';
import { startLoadBalancer } from '../parts/haproxy';
import type { Queue } from '../parts/queue';
import type { Redis } from '../parts/redis';
import { startWorker } from '../parts/worker';
import type { Databases } from './database';
import type { RungPlan } from './plan';
import type { Start } from './parts';

export interface DataCenterOptions {
  readonly plan: RungPlan;
  readonly region: string | undefined;
  readonly databases: Databases;
  readonly cache: Redis | undefined;
  /** Its own, and those of the other data centers from the next one on. */
  readonly queues: readonly Queue[];
  readonly program: Program;
  /** For the servers, besides what is theirs by the parts around them. */
  readonly settings: ApplicationSettings;
  /** Where other data centers say that they were promoted. */
  readonly markUrls: readonly string[];
  /** Where users, or the edge, ask it. @default - a free one */
  readonly port: number | undefined;
}

/** Starts it; resolves with whom the edge asks, when all of it serves. */
export async function startDataCenter(
  options: DataCenterOptions,
  start: Start,
): Promise<{ readonly url: string }> {
  const { plan, region, port, program } = options;
  const settings = settingsOf(options);
  const server = (number: number): Promise<Application> => {
    const name = `server-${number}`;
    return start({ kind: 'server', region, number }, () =>
      startApplication(program, { SERVER_ID: name, ...settings }, plan.loadBalancer ? undefined : port),
    );
  };
  const [servers] = await Promise.all([
    Promise.all(Array.from({ length: plan.servers }, (_, index) => server(index + 1))),
    startWorkers(options, start),
  ]);
  const [only] = servers;
  if (only !== undefined && !plan.loadBalancer) {
    return only;
  }
  return start({ kind: 'load-balancer', region }, () =>
    startLoadBalancer({
      servers: servers.map(({ url }) => url),
      ...(port === undefined ? {} : { port }),
    }),
  );
}

/** As infrastructure gives them to a server: nothing of another data center. */
function settingsOf({
  plan,
  region,
  databases,
  cache,
  queues: [queue],
  settings,
}: DataCenterOptions): ApplicationSettings {
  return {
    ...settings,
    ...(region === undefined ? {} : { REGION: region }),
    ...urlsOf(databases),
    ...(cache === undefined ? {} : { CACHE_URL: cache.url }),
    ...(queue === undefined ? {} : { CLICK_QUEUE_URL: queue.url }),
    TRUSTED_PROXIES: String((plan.loadBalancer ? 1 : 0) + (plan.edge ? 1 : 0)),
  };
}

/** As servers and workers are told. */
function urlsOf({
  main,
  replicas,
}: Databases): Pick<WorkerSettings, 'DATABASE_URL' | 'DATABASE_REPLICA_URLS'> {
  return {
    DATABASE_URL: main.url,
    ...(replicas.length === 0 ? {} : { DATABASE_REPLICA_URLS: replicas.map(({ url }) => url).join(',') }),
  };
}

async function startWorkers(
  { plan, region, databases, markUrls, queues: [queue, ...peers] }: DataCenterOptions,
  start: Start,
): Promise<void> {
  if (queue === undefined) {
    return;
  }
  const settings = {
    ...urlsOf(databases),
    CLICK_QUEUE_URL: queue.url,
    ...(peers.length === 0 ? {} : { PEER_QUEUE_URLS: peers.map(({ url }) => url).join(',') }),
    ...(markUrls.length === 0 ? {} : { MARK_URLS: markUrls.join(',') }),
  };
  await Promise.all(
    Array.from({ length: plan.workers }, (_, index) =>
      start({ kind: 'worker', region, number: index + 1 }, () => startWorker(settings)),
    ),
  );
}
