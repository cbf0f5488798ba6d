import { hostname } from 'node:os';
import { parseCacheUrl, type CacheAddress } from './adapters/cache/address';
import { readDatabaseUrl } from './adapters/postgres/connection-string';
import { nearest } from '../contract/nearest';
import { SETTING_NAMES, type SettingName } from '../contract/settings';

/** What the environment says, understood. */
export interface Settings {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly publicUrl: URL | undefined;
  readonly region: string;
  readonly serverId: string;
  readonly database: DatabaseSettings;
  readonly cache: CacheSettings | undefined;
  /** Without it clicks go to the database. */
  readonly clickQueueUrl: string | undefined;
  /** How many proxies of ours append to `X-Forwarded-For`; 0 where nobody has counted them. */
  readonly trustedProxies: number;
  readonly adminToken: string | undefined;
  readonly logLevel: string;
}

export type DatabaseSettings =
  | {
      readonly kind: 'postgres';
      readonly url: string;
      readonly replicaUrls: readonly string[];
      readonly secretArn: string | undefined;
    }
  | { readonly kind: 'embedded'; readonly dataDir: string };

interface CacheSettings {
  readonly address: CacheAddress;
  readonly ttlSeconds: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type ReadSettings =
  | { readonly valid: true; readonly settings: Settings }
  /** One sentence per problem; no sentence holds a value that may be a secret. */
  | { readonly valid: false; readonly problems: readonly string[] };

interface Rule {
  /** For `--help`. */
  readonly help: string;
  /** Completes "NAME must be …". */
  readonly form: string;
  readonly accepts: (value: string) => boolean;
  /** What a value that is not accepted may have meant; never for a secret. */
  readonly suggest?: (value: string) => string | undefined;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** A name that goes into logs and, without escaping, into a header. */
const NAME = /^[\w.:-]{1,128}$/;

const DATABASE_EXAMPLES =
  'postgresql://user:password@host:5432/name or postgresql://user@/name?host=/run/postgresql';

const RULES: Readonly<Record<SettingName, Rule>> = {
  PORT: {
    help: 'TCP port to serve HTTP on (default 8080)',
    form: 'a number from 0 to 65535',
    accepts: (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535,
  },
  PUBLIC_URL: {
    help: 'where users reach the application (default: where each request did)',
    form: 'http:// or https:// and a host, with nothing after it, such as https://go.example.com',
    accepts: (value) => isUrl(value, ['http:', 'https:']) && new URL(value).origin === value.toLowerCase(),
    suggest: suggestPunycode,
  },
  REGION: {
    help: 'the data center that this server stands in (default local)',
    form: 'letters, digits, "-", "_", "." or ":", 128 at most',
    accepts: (value) => NAME.test(value),
  },
  SERVER_ID: {
    help: "this server's name in logs and in Server-Timing (default: the host's name)",
    form: 'letters, digits, "-", "_", "." or ":", 128 at most',
    accepts: (value) => NAME.test(value),
  },
  DATABASE_URL: {
    help: 'the database, postgresql://… (default: an embedded PostgreSQL)',
    form: `the URL of one server, such as ${DATABASE_EXAMPLES}`,
    accepts: isDatabaseUrl,
  },
  DATABASE_REPLICA_URLS: {
    help: 'read replicas, comma-separated, in the form of DATABASE_URL',
    form: `URLs of one server each, separated by commas, such as ${DATABASE_EXAMPLES}`,
    accepts: (value) => value.split(',').every((url) => isDatabaseUrl(url.trim())),
  },
  DATABASE_SECRET_ARN: {
    help: 'Secrets Manager secret with the user and the password of DATABASE_URL',
    form: 'the ARN of a Secrets Manager secret',
    accepts: (value) => /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+$/.test(value),
  },
  CACHE_URL: {
    help: 'the cache, redis://… or rediss://…, with ?cluster=true where it is a cluster',
    form: 'redis:// or rediss://, a host, and nothing after it but ?cluster=true',
    accepts: (value) => parseCacheUrl(value) !== undefined,
  },
  CACHE_TTL_SECONDS: {
    help: 'how long a cached link may live, in seconds (default 300)',
    form: 'a whole number of seconds, 1 or more',
    accepts: (value) => /^[1-9]\d{0,8}$/.test(value),
  },
  CLICK_QUEUE_URL: {
    help: 'the queue that takes clicks, https://…',
    form: 'a URL that starts with https:// or http://',
    accepts: (value) => isUrl(value, ['http:', 'https:']),
  },
  TRUSTED_PROXIES: {
    help: 'proxies of ours before a server (default: X-Forwarded-* of private neighbors is believed)',
    form: 'a whole number from 0 to 9',
    accepts: (value) => /^\d$/.test(value),
  },
  ADMIN_TOKEN: {
    help: 'bearer token that may delete links (default: nobody may)',
    form: 'visible ASCII characters without spaces',
    accepts: (value) => /^[\x21-\x7e]+$/.test(value),
  },
  DATA_DIR: {
    help: 'where the embedded PostgreSQL keeps its files (default ./data)',
    form: 'a path',
    accepts: (value) => !value.includes('\0'),
  },
  LOG_LEVEL: {
    help: `${LOG_LEVELS.join(', ')} (default info)`,
    form: `one of ${LOG_LEVELS.join(', ')}`,
    accepts: (value) => LOG_LEVELS.includes(value),
  },
};

/** Settings that mean nothing without another. */
const NEEDS: readonly (readonly [SettingName, SettingName])[] = [
  ['DATABASE_SECRET_ARN', 'DATABASE_URL'],
  ['DATABASE_REPLICA_URLS', 'DATABASE_URL'],
  ['CACHE_TTL_SECONDS', 'CACHE_URL'],
];

/** A variable that starts so is meant for us; any other may be anybody's. */
const OUR_PREFIXES = ['DATABASE_', 'CACHE_', 'CLICK_', 'ADMIN_'];

/** Understands the environment, or lists everything that is wrong with it. An empty value is no value. */
export function readSettings(environment: Environment): ReadSettings {
  const value = (name: SettingName): string | undefined =>
    environment[name] === '' ? undefined : environment[name];
  const isGiven = (name: SettingName): boolean => value(name) !== undefined;

  const problems = [
    ...Object.keys(environment).flatMap(unknownName),
    ...SETTING_NAMES.filter((name) => !RULES[name].accepts(value(name) ?? '') && isGiven(name)).map((name) =>
      problemWith(name, value(name) ?? ''),
    ),
    ...NEEDS.filter(([name, other]) => isGiven(name) && !isGiven(other)).map(
      ([name, other]) => `${name} needs ${other}.`,
    ),
  ];
  if (problems.length > 0) {
    return { valid: false, problems };
  }
  const publicUrl = value('PUBLIC_URL');
  return {
    valid: true,
    settings: {
      port: Number(value('PORT') ?? '8080'),
      publicUrl: publicUrl === undefined ? undefined : new URL(publicUrl),
      region: value('REGION') ?? 'local',
      serverId:
        value('SERVER_ID') ??
        hostname()
          .replace(/[^\w.-]/g, '-')
          .padEnd(1, '-'),
      database: databaseSettings(value),
      cache: cacheSettings(value),
      clickQueueUrl: value('CLICK_QUEUE_URL'),
      trustedProxies: Number(value('TRUSTED_PROXIES') ?? '0'),
      adminToken: value('ADMIN_TOKEN'),
      logLevel: value('LOG_LEVEL') ?? 'info',
    },
  };
}

/** What `--help` says of the settings: one line each. */
export function describeSettings(): string {
  const width = Math.max(...SETTING_NAMES.map((name) => name.length));
  return SETTING_NAMES.map((name) => `  ${name.padEnd(width)}  ${RULES[name].help}`).join('\n');
}

function databaseSettings(value: (name: SettingName) => string | undefined): DatabaseSettings {
  const url = readDatabaseUrl(value('DATABASE_URL') ?? '');
  return url === undefined
    ? { kind: 'embedded', dataDir: value('DATA_DIR') ?? 'data' }
    : {
        kind: 'postgres',
        url,
        replicaUrls:
          value('DATABASE_REPLICA_URLS')
            ?.split(',')
            .map((replica) => readDatabaseUrl(replica.trim()))
            .filter((replica) => replica !== undefined) ?? [],
        secretArn: value('DATABASE_SECRET_ARN'),
      };
}

function cacheSettings(value: (name: SettingName) => string | undefined): CacheSettings | undefined {
  const address = parseCacheUrl(value('CACHE_URL') ?? '');
  return address && { address, ttlSeconds: Number(value('CACHE_TTL_SECONDS') ?? '300') };
}

function problemWith(name: SettingName, value: string): string {
  const { form, suggest } = RULES[name];
  return [`${name} must be ${form}.`, suggest?.(value)].filter((part) => part !== undefined).join(' ');
}

/** An international name is one of ASCII on the wire: browsers send it so in `Host`, and short URLs lead everywhere so. */
function suggestPunycode(value: string): string | undefined {
  const isInternational = /[^\x00-\x7f]/.test(value) && isUrl(value, ['http:', 'https:']);
  return isInternational
    ? `An international name is given in punycode: did you mean ${new URL(value).origin}?`
    : undefined;
}

/** A problem where a variable is none of our settings, yet seems to be meant as one. */
function unknownName(name: string): string[] {
  const names: readonly string[] = SETTING_NAMES;
  if (names.includes(name)) {
    return [];
  }
  const isOurs = OUR_PREFIXES.some((prefix) => name.toUpperCase().startsWith(prefix));
  const meant = nearest(name, names, isOurs ? () => Infinity : (length) => length / 4);
  return meant === undefined ? [] : [`${name} is not a setting; did you mean ${meant}?`];
}

function isDatabaseUrl(value: string): boolean {
  return readDatabaseUrl(value) !== undefined;
}

function isUrl(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}
