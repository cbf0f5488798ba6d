/**
 * What infrastructure and application agree on. Infrastructure puts a rung's settings into the environment
 * of every server; the application learns from them what exists around it, and from nothing else.
 */

/** A setting that an application may be given. All are optional. */
interface Setting {
  /** What it is, in one line. */
  readonly is: string;
  /** The lowest stage at which infrastructure sets it; undefined where it never does. */
  readonly stage: number | undefined;
}

/** Every setting, by the name of its environment variable. docs/application-contract.md has the same table. */
export const SETTINGS = {
  PORT: { is: 'TCP port to serve HTTP on', stage: 1 },
  PUBLIC_URL: {
    is: 'where users reach the application: scheme and host, no trailing slash',
    stage: 1,
  },
  REGION: { is: 'the data center that this server stands in, for logs', stage: 1 },
  SERVER_ID: { is: 'this server’s name, in logs and in Server-Timing', stage: 1 },
  DATABASE_URL: {
    is: 'the primary database, postgresql://…; without a password where DATABASE_SECRET_ARN is set',
    stage: 1,
  },
  DATABASE_REPLICA_URLS: {
    is: 'read replicas, comma-separated, each in the form of DATABASE_URL',
    stage: 4,
  },
  DATABASE_SECRET_ARN: {
    is: 'Secrets Manager secret with username and password for these databases; they rotate',
    stage: 2,
  },
  CACHE_URL: {
    is: 'the cache, redis://… or rediss://…, with ?cluster=true where keys are spread over nodes',
    stage: 5,
  },
  CACHE_TTL_SECONDS: { is: 'how long an entry of the cache lives, in seconds', stage: 5 },
  CLICK_QUEUE_URL: {
    is: 'the queue that takes clicks: https://… (SQS), amqps://… (RabbitMQ) or kafka://…; without it the database does',
    stage: 8,
  },
  CLICK_QUEUE_SECRET_ARN: {
    is: 'Secrets Manager secret with username and password for RabbitMQ; they may change',
    stage: 8,
  },
  TRUSTED_PROXIES: {
    is: 'proxies of ours before a server: the client is so many entries from the right of X-Forwarded-For',
    stage: 1,
  },
  ADMIN_TOKEN: { is: 'bearer token that may delete links', stage: 1 },
  DATA_DIR: { is: 'where the embedded database keeps its files, without DATABASE_URL', stage: undefined },
  LOG_LEVEL: {
    is: 'trace, debug, info, warn, error, fatal or silent',
    stage: undefined,
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;

// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the table's own keys
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

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
