/**
 * What infrastructure tells the click worker, in its environment: the function of Lambda that reads SQS, and the process
 * on servers that reads RabbitMQ or Kafka.
 */
export const WORKER_SETTING_NAMES = [
  /** The primary database of this data center, `postgresql://…`; no password where `DATABASE_SECRET_ARN` is set. */
  'DATABASE_URL',
  /**
   * Its read replicas, comma-separated, as the servers know them: of all these the worker finds out which takes writes. One that
   * was replaced by a promotion counts no more.
   */
  'DATABASE_REPLICA_URLS',
  /** Secrets Manager secret (JSON with `username` and `password`). */
  'DATABASE_SECRET_ARN',
  /** The queue that this worker reads: Lambda's one of SQS, the process on servers one of RabbitMQ or Kafka. */
  'CLICK_QUEUE_URL',
  /** Secrets Manager secret (JSON with `username` and `password`) of RabbitMQ; only the process on servers has it. */
  'CLICK_QUEUE_SECRET_ARN',
  /**
   * SQS's only: the queues of the other data centers, comma-separated, in the order of one ring through all of them: of a, b and c
   * it is `b,c` in a, `c,a` in b and `a,b` in c.
   */
  'PEER_QUEUE_URLS',
  /**
   * Where the other data centers say that their database has taken the primary's place (contract/promotion.ts), comma-separated.
   * While one of these answers 200 nothing is counted here: a primary that comes back would keep it to itself.
   */
  'MARK_URLS',
] as const;

export type WorkerSettingName = (typeof WORKER_SETTING_NAMES)[number];

/** The settings of one worker, as infrastructure writes them into its environment. */
export type WorkerSettings = Partial<Record<WorkerSettingName, string>>;
