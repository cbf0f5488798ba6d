/** What infrastructure tells the click worker, in its environment. */
export const WORKER_SETTING_NAMES = [
  /** The primary database of this data center, `postgresql://…`; no password where `DATABASE_SECRET_ARN` is set. */
  'DATABASE_URL',
  /** Secrets Manager secret (JSON with `username` and `password`). */
  'DATABASE_SECRET_ARN',
  /** The queue that this worker reads. */
  'CLICK_QUEUE_URL',
  /**
   * The queues of the other data centers, comma-separated, in the order of one ring through all of them: of a, b and c
   * it is `b,c` in a, `c,a` in b and `a,b` in c.
   */
  'PEER_QUEUE_URLS',
] as const;

export type WorkerSettingName = (typeof WORKER_SETTING_NAMES)[number];

/** The settings of one worker, as infrastructure writes them into its environment. */
export type WorkerSettings = Partial<Record<WorkerSettingName, string>>;
