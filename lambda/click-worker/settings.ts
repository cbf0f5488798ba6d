import { WORKER_SETTING_NAMES, type WorkerSettingName } from '../../contract/click-worker';

/** What the environment says, understood. */
export interface Settings {
  /** Of all servers of this data center's database; which takes writes is found out. */
  readonly databaseUrls: readonly string[];
  readonly secretArn: string | undefined;
  /** Any of them that answers 200 says that another data center's database was promoted. */
  readonly markUrls: readonly string[];
  /** The queue that the worker reads. */
  readonly queueUrl: string;
  /** The queues of the other data centers, the next in the ring first. */
  readonly peerQueueUrls: readonly string[];
}

interface Rule {
  readonly required: boolean;
  /** Completes "NAME must be …". */
  readonly form: string;
  readonly accepts: (value: string) => boolean;
}

const HTTP_URLS: Rule = {
  required: false,
  form: 'URLs that start with https:// or http://, separated by commas',
  accepts: (value) => value.split(',').every(isHttpUrl),
};

const RULES: Readonly<Record<WorkerSettingName, Rule>> = {
  DATABASE_URL: {
    required: true,
    form: 'a URL that starts with postgresql://',
    accepts: isDatabaseUrl,
  },
  DATABASE_REPLICA_URLS: {
    required: false,
    form: 'URLs that start with postgresql://, separated by commas',
    accepts: (value) => value.split(',').every(isDatabaseUrl),
  },
  DATABASE_SECRET_ARN: {
    required: false,
    form: 'the ARN of a Secrets Manager secret',
    accepts: (value) => /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+$/.test(value),
  },
  CLICK_QUEUE_URL: {
    required: true,
    form: 'a URL that starts with https:// or http://',
    accepts: isHttpUrl,
  },
  PEER_QUEUE_URLS: HTTP_URLS,
  MARK_URLS: HTTP_URLS,
};

/**
 * Understands the environment. An empty value is no value. Names are not checked: Lambda adds many of its own.
 *
 * @throws Error listing every problem; no sentence holds a value, which may be a secret
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const value = (name: WorkerSettingName): string => environment[name] ?? '';
  const problems = WORKER_SETTING_NAMES.filter((name) =>
    value(name) === '' ? RULES[name].required : !RULES[name].accepts(value(name)),
  ).map((name) => `${name} must be ${RULES[name].form}.`);
  if (problems.length > 0) {
    throw new Error(`The click worker's settings are not usable: ${problems.join(' ')}`);
  }
  const list = (name: WorkerSettingName): readonly string[] => value(name).split(',').filter(Boolean);
  return {
    databaseUrls: [value('DATABASE_URL'), ...list('DATABASE_REPLICA_URLS')],
    markUrls: list('MARK_URLS'),
    secretArn: value('DATABASE_SECRET_ARN') || undefined,
    queueUrl: value('CLICK_QUEUE_URL'),
    peerQueueUrls: list('PEER_QUEUE_URLS'),
  };
}

function isDatabaseUrl(value: string): boolean {
  return isUrl(value, ['postgresql:', 'postgres:']);
}

function isHttpUrl(value: string): boolean {
  return isUrl(value, ['http:', 'https:']);
}

function isUrl(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}
