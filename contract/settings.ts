/**
 * What infrastructure and application agree on. Infrastructure puts a rung's settings into the environment
 * of every server; the application learns from them what exists around it, and from nothing else.
 */

/** Every setting an application may be given. All are optional. */
export const SETTING_NAMES = [
  /** TCP port to serve HTTP on. */
  'PORT',
  /** Where users reach the application: scheme and host, no trailing slash. */
  'PUBLIC_URL',
  /** The data center this server stands in, such as `us-east-1`. */
  'REGION',
  /** This server's name in logs and in `Server-Timing`. */
  'SERVER_ID',
  /** The primary database, `postgresql://…`; carries no password where `DATABASE_SECRET_ARN` is set. */
  'DATABASE_URL',
  /** Read replicas, comma-separated, each in the form of `DATABASE_URL`. */
  'DATABASE_REPLICA_URLS',
  /** Secrets Manager secret (JSON with `username` and `password`) for every database above. */
  'DATABASE_SECRET_ARN',
  /** The cache, `redis://…` or `rediss://…`. */
  'CACHE_URL',
  /** How long a cached link may live, in seconds. */
  'CACHE_TTL_SECONDS',
  /** The queue that takes clicks; without it clicks go to the database. */
  'CLICK_QUEUE_URL',
  /**
   * How many proxies of ours stand before a server and append to `X-Forwarded-For`: the client's address is that many
   * entries from the right. 1 behind the load balancer, 2 behind CloudFront and the load balancer.
   */
  'TRUSTED_PROXIES',
  /** Bearer token that may delete links; without it nobody may. */
  'ADMIN_TOKEN',
  /** Where the embedded database keeps its files, when there is no `DATABASE_URL`. */
  'DATA_DIR',
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  'LOG_LEVEL',
] as const;

export type SettingName = (typeof SETTING_NAMES)[number];

/** The settings of one server, as infrastructure writes them into its environment. */
export type ApplicationSettings = Partial<Record<SettingName, string>>;

/** Paths every application must answer with 200 or 503. */
export const PROBES = {
  /** The process runs; asks nothing of others. */
  alive: '/healthz',
  /** Reads can be answered. */
  ready: '/readyz',
  /** Writes are accepted here. */
  writable: '/writable',
} as const;
