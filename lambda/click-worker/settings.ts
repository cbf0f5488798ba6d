import { WORKER_SETTING_NAMES, type WorkerSettingName } from '../../contract/click-worker';

/** What the environment says, understood. */
export interface Settings {
  readonly databaseUrl: string;
  readonly secretArn: string | undefined;
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

const RULES: Readonly<Record<WorkerSettingName, Rule>> = {
  DATABASE_URL: {
    required: true,
    form: 'a URL that starts with postgresql://',
    accepts: (value) => isUrl(value, ['postgresql:', 'postgres:']),
  },
  DATABASE_SECRET_ARN: {
    required: false,
    form: 'the ARN of a Secrets Manager secret',
    accepts: (value) => /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+$/.test(value),
  },
  CLICK_QUEUE_URL: {
    required: true,
    form: 'a URL that starts with https:// or http://',
    accepts: isQueueUrl,
  },
  PEER_QUEUE_URLS: {
    required: false,
    form: 'URLs that start with https:// or http://, separated by commas',
    accepts: (value) => value.split(',').every(isQueueUrl),
  },
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
  return {
    databaseUrl: value('DATABASE_URL'),
    secretArn: value('DATABASE_SECRET_ARN') || undefined,
    queueUrl: value('CLICK_QUEUE_URL'),
    peerQueueUrls: value('PEER_QUEUE_URLS').split(',').filter(Boolean),
  };
}

function isQueueUrl(value: string): boolean {
  return isUrl(value, ['http:', 'https:']);
}

function isUrl(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}
