import type { WorkerSettingName } from '../../contract/click-worker';
import { HTTP_URL, listOf, readAll, SECRET_ARN, url, type Variable } from '../../contract/environment';

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

const DATABASE_URL = url(['postgresql:', 'postgres:']);

const HTTP_URLS = {
  optional: true,
  schema: listOf(HTTP_URL),
  form: 'URLs that start with https:// or http://, separated by commas',
} as const;

/** Of the database; the worker on servers has the same. */
export const DATABASE_ROWS = {
  DATABASE_URL: { schema: DATABASE_URL, form: 'a URL that starts with postgresql://' },
  DATABASE_REPLICA_URLS: {
    optional: true,
    schema: listOf(DATABASE_URL),
    form: 'URLs that start with postgresql://, separated by commas',
  },
  DATABASE_SECRET_ARN: {
    optional: true,
    schema: SECRET_ARN,
    form: 'the ARN of a Secrets Manager secret',
  },
} as const satisfies Partial<Readonly<Record<WorkerSettingName, Variable>>>;

const ROWS = {
  ...DATABASE_ROWS,
  CLICK_QUEUE_URL: { schema: HTTP_URL, form: 'a URL that starts with https:// or http://' },
  PEER_QUEUE_URLS: HTTP_URLS,
  MARK_URLS: HTTP_URLS,
} as const satisfies Partial<Readonly<Record<WorkerSettingName, Variable>>>;

/** Understands the environment. @throws Error listing every problem; no sentence holds a value, which may be a secret */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = readAll('The click worker', ROWS, environment);
  return {
    databaseUrls: [read.DATABASE_URL, ...(read.DATABASE_REPLICA_URLS ?? [])],
    markUrls: read.MARK_URLS ?? [],
    secretArn: read.DATABASE_SECRET_ARN,
    queueUrl: read.CLICK_QUEUE_URL,
    peerQueueUrls: read.PEER_QUEUE_URLS ?? [],
  };
}
