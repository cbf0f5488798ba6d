/** A whole data center as real processes on this machine, which can be killed as one and come back. */
import type { ApplicationSettings } from '../../contract/settings';
import { startNginx, type Nginx } from '../../local/parts/nginx';
import type { Postgres } from '../../local/parts/postgres';
import { startRedis, type Redis } from '../../local/parts/redis';
import { freePort } from '../../local/parts/ports';
import { startServer, type ServerProcess } from '../app/support';

/** Servers in each data center. */
const SERVERS = 2;

/**
 * Who appends to `X-Forwarded-For`: edge and load balancer, as on AWS, and the load that is put on them, which passes for
 * the proxy of many clients; from one address the limits would refuse it.
 */
const PROXIES = 3;

export interface DataCenter {
  readonly region: string;
  /** Its load balancer. */
  readonly url: string;
  /** Of its servers, each one's own; nothing in it changes while the data center is there. */
  readonly settings: readonly ApplicationSettings[];
  /** Process ids of its servers. */
  servers(): readonly number[];
  /** Ends all of it at once: load balancer, servers, cache and database. */
  kill(): Promise<void>;
  /** Starts what was killed again, on the same ports, with the same settings; the database first. */
  revive(): Promise<void>;
  /** Starts its servers anew, all at once: for a data center that nobody is sent to. */
  replaceServers(): Promise<void>;
  /** From now on that is its database: what goes by the old one's name. */
  exchangeDatabase(database: Postgres): void;
  stop(): Promise<void>;
}

/** Starts a load balancer, two servers and a cache around a database; resolves when each server serves. */
export async function startDataCenter(region: string, database: Postgres): Promise<DataCenter> {
  const ports = await Promise.all(Array.from({ length: SERVERS }, freePort));
  const cache = await startRedis();
  const settings = ports.map((port, index) => settingsOf(region, database, cache, port, index + 1));
  const startServers = (): Promise<ServerProcess[]> =>
    Promise.all(settings.map((environment) => startServer(environment)));
  let servers = await startServers();
  const balancer: Nginx = await startNginx(
    (port) => `
upstream servers {
  ${ports.map((each) => `server 127.0.0.1:${each} max_fails=1 fail_timeout=1s;`).join('\n  ')}
  keepalive 16;
}
server {
  listen 127.0.0.1:${port};
  location / {
    proxy_pass http://servers;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
  }
}`,
  );
  let parts = [database, cache, balancer];

  async function end(server: ServerProcess, signal: NodeJS.Signals): Promise<void> {
    server.child.kill(signal);
    await server.ended;
  }

  return {
    region,
    url: balancer.url,
    settings,
    servers: () => servers.flatMap(({ child }) => child.pid ?? []),
    async kill() {
      await Promise.all([
        ...servers.map((server) => end(server, 'SIGKILL')),
        ...parts.map((part) => part.kill()),
      ]);
    },
    async revive() {
      await Promise.all(parts.map((part) => part.restart()));
      servers = await startServers();
    },
    async replaceServers() {
      await Promise.all(servers.map((server) => end(server, 'SIGTERM')));
      servers = await startServers();
    },
    exchangeDatabase(next) {
      parts = [next, cache, balancer];
    },
    async stop() {
      await Promise.all(servers.map((server) => end(server, 'SIGTERM')));
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

/** Exactly what infrastructure gives a server of rung 7 without replicas in its own region: nothing of another region. */
function settingsOf(
  region: string,
  database: Postgres,
  cache: Redis,
  port: number,
  number: number,
): ApplicationSettings {
  return {
    PORT: String(port),
    REGION: region,
    SERVER_ID: `${region}-${number}`,
    DATABASE_URL: database.url,
    CACHE_URL: cache.url,
    TRUSTED_PROXIES: String(PROXIES),
  };
}
