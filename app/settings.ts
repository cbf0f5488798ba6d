/** The application's settings: a row a setting, read from the environment. contract/settings.ts says what each is. */
import { hostname } from 'node:os';
import * as v from 'valibot';
import { parseCacheUrl, type CacheAddress } from './adapters/cache/address';
import { readDatabaseUrl } from './adapters/postgres/connection-string';
import { problemsOfSecret, QUEUE_URL, QUEUE_URL_FORM, type QueueAddress } from '../contract/click-queue';
import {
  HTTP_URL,
  listOf,
  matching,
  readVariables,
  SECRET_ARN,
  type Variable,
  type WrongVariable,
} from '../contract/environment';
import { nearest } from '../contract/nearest';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../contract/settings';

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
  readonly clickQueue: ClickQueueSettings | undefined;
  /** How many proxies of ours append to `X-Forwarded-For`; 0 where that is not known. */
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

interface ClickQueueSettings {
  readonly address: QueueAddress;
  readonly secretArn: string | undefined;
}

interface CacheSettings {
  readonly address: CacheAddress;
  readonly ttlSeconds: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type ReadSettings =
  | { readonly valid: true; readonly settings: Settings }
  /** One sentence per problem; no sentence holds a value that may be a secret. */
  | { readonly valid: false; readonly problems: readonly string[] };

interface Row extends Variable {
  readonly optional: true;
  /** The default in words, where no value says it. */
  readonly unset?: string;
  /** Another setting without which it means nothing. */
  readonly needs?: SettingName;
  /** A sentence of what a value that is refused may have meant; never for a secret. */
  readonly suggest?: (value: string) => string | undefined;
}

/** A name that goes into logs and, without escaping, into a header. */
const NAME = {
  schema: matching(/^[\w.:-]{1,128}$/),
  form: 'letters, digits, "-", "_", "." or ":", 128 at most',
};

const DATABASE_EXAMPLES =
  'postgresql://user:password@host:5432/name or postgresql://user@/name?host=/run/postgresql';

const DATABASE_URL = v.pipe(
  v.string(),
  v.transform((text) => readDatabaseUrl(text.trim())),
  v.string(),
);

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const ROWS = {
  PORT: {
    optional: true,
    schema: v.pipe(matching(/^\d{1,5}$/), v.transform(Number), v.maxValue(65_535)),
    form: 'a number from 0 to 65535',
    default: '8080',
  },
  PUBLIC_URL: {
    optional: true,
    schema: v.pipe(
      HTTP_URL,
      v.check((text) => new URL(text).origin === text.toLowerCase()),
      v.transform((text) => new URL(text)),
    ),
    form: 'http:// or https:// and a host, with nothing after it, such as https://go.example.com',
    unset: 'where each request did',
    suggest: suggestPunycode,
  },
  REGION: { optional: true, ...NAME, default: 'local' },
  SERVER_ID: { optional: true, ...NAME, unset: 'the host’s name' },
  DATABASE_URL: {
    optional: true,
    schema: DATABASE_URL,
    form: `the URL of one server, such as ${DATABASE_EXAMPLES}`,
    unset: 'an embedded PostgreSQL',
  },
  DATABASE_REPLICA_URLS: {
    optional: true,
    schema: listOf(DATABASE_URL),
    form: `URLs of one server each, separated by commas, such as ${DATABASE_EXAMPLES}`,
    needs: 'DATABASE_URL',
  },
  DATABASE_SECRET_ARN: {
    optional: true,
    schema: SECRET_ARN,
    form: 'the ARN of a Secrets Manager secret',
    needs: 'DATABASE_URL',
  },
  CACHE_URL: {
    optional: true,
    schema: v.pipe(
      v.string(),
      v.transform(parseCacheUrl),
      v.custom<CacheAddress>((address) => address !== undefined),
    ),
    form: 'redis:// or rediss://, a host, and nothing after it but ?cluster=true',
  },
  CACHE_TTL_SECONDS: {
    optional: true,
    schema: v.pipe(matching(/^[1-9]\d{0,8}$/), v.transform(Number)),
    form: 'a whole number of seconds, 1 or more',
    default: '300',
    needs: 'CACHE_URL',
  },
  CLICK_QUEUE_URL: {
    optional: true,
    schema: QUEUE_URL,
    form: QUEUE_URL_FORM,
  },
  CLICK_QUEUE_SECRET_ARN: {
    optional: true,
    schema: SECRET_ARN,
    form: 'the ARN of a Secrets Manager secret',
    needs: 'CLICK_QUEUE_URL',
  },
  TRUSTED_PROXIES: {
    optional: true,
    schema: v.pipe(matching(/^\d$/), v.transform(Number)),
    form: 'a whole number from 0 to 9',
    default: '0',
    unset: 'X-Forwarded-* of private neighbors is believed',
  },
  ADMIN_TOKEN: {
    optional: true,
    schema: matching(/^[\x21-\x7e]+$/),
    form: 'visible ASCII characters without spaces',
    unset: 'links cannot be deleted',
  },
  DATA_DIR: {
    optional: true,
    schema: v.pipe(v.string(), v.excludes('\0')),
    form: 'a path',
    default: 'data',
  },
  LOG_LEVEL: {
    optional: true,
    schema: v.picklist(LOG_LEVELS),
    form: `one of ${LOG_LEVELS.join(', ')}`,
    default: 'info',
  },
} as const satisfies Readonly<Record<SettingName, Row>>;

const rowOf = (name: SettingName): Row => ROWS[name];

/** A variable that starts so is meant for us; any other may be another program's. */
const OUR_PREFIXES = ['DATABASE_', 'CACHE_', 'CLICK_', 'ADMIN_'];

/** Understands the environment, or lists everything that is wrong with it. An empty value is no value. */
export function readSettings(environment: Environment): ReadSettings {
  const read = readVariables(ROWS, environment);
  const isGiven = (name: SettingName): boolean => (environment[name] ?? '') !== '';
  const problems = [
    ...Object.keys(environment).flatMap(unknownName),
    ...('wrong' in read ? read.wrong.map(problemWith) : []),
    ...SETTING_NAMES.flatMap((name) => {
      const { needs } = rowOf(name);
      return needs !== undefined && isGiven(name) && !isGiven(needs) ? [`${name} needs ${needs}.`] : [];
    }),
    ...problemsOfSecret(environment),
  ];
  if ('wrong' in read || problems.length > 0) {
    return { valid: false, problems };
  }
  const { values } = read;
  return {
    valid: true,
    settings: {
      port: values.PORT,
      publicUrl: values.PUBLIC_URL,
      region: values.REGION,
      serverId: values.SERVER_ID ?? hostName(),
      database:
        values.DATABASE_URL === undefined
          ? { kind: 'embedded', dataDir: values.DATA_DIR }
          : {
              kind: 'postgres',
              url: values.DATABASE_URL,
              replicaUrls: values.DATABASE_REPLICA_URLS ?? [],
              secretArn: values.DATABASE_SECRET_ARN,
            },
      cache: values.CACHE_URL && { address: values.CACHE_URL, ttlSeconds: values.CACHE_TTL_SECONDS },
      clickQueue: values.CLICK_QUEUE_URL && {
        address: values.CLICK_QUEUE_URL,
        secretArn: values.CLICK_QUEUE_SECRET_ARN,
      },
      trustedProxies: values.TRUSTED_PROXIES,
      adminToken: values.ADMIN_TOKEN,
      logLevel: values.LOG_LEVEL,
    },
  };
}

/** What `--help` says of the settings: one line each. */
export function describeSettings(): string {
  const width = Math.max(...SETTING_NAMES.map((name) => name.length));
  return SETTING_NAMES.map((name) => `  ${name.padEnd(width)}  ${SETTINGS[name].is}${defaultOf(name)}`).join(
    '\n',
  );
}

function defaultOf(name: SettingName): string {
  const { unset, default: byDefault } = rowOf(name);
  return unset === undefined
    ? byDefault === undefined
      ? ''
      : ` (default ${byDefault})`
    : ` (default: ${unset})`;
}

/** As a name for logs and a header: any other character becomes a hyphen. */
function hostName(): string {
  return hostname()
    .replace(/[^\w.-]/g, '-')
    .padEnd(1, '-');
}

function problemWith({ name, value, form }: WrongVariable<SettingName>): string {
  return [`${name} must be ${form}.`, rowOf(name).suggest?.(value)]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** An international name is one of ASCII on the wire: browsers send it so in `Host`, and short URLs lead everywhere so. */
function suggestPunycode(value: string): string | undefined {
  const isInternational = /[^\x00-\x7f]/.test(value) && v.is(HTTP_URL, value);
  return isInternational
    ? `An international name is given in punycode: did you mean ${new URL(value).origin}?`
    : undefined;
}

/** A problem where a variable is none of our settings, yet seems to be meant as one. */
function unknownName(name: string): string[] {
  if (Object.hasOwn(SETTINGS, name)) {
    return [];
  }
  const isOurs = OUR_PREFIXES.some((prefix) => name.toUpperCase().startsWith(prefix));
  const meant = nearest(name, SETTING_NAMES, isOurs ? () => Infinity : (length) => length / 4);
  return meant === undefined ? [] : [`${name} is not a setting; did you mean ${meant}?`];
}
