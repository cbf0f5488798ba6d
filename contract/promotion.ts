/** Below it on the public domain, `<region>` is there while that region's database has taken the primary's place. */
export const MARK_PATH = '/promoted-mark';

/** Key, in the bucket of the mark, of the object that says that an invocation promotes; nothing shows it to the public. */
export const PROMOTION_LOCK_KEY = 'promotion-lock';

/** What infrastructure tells the function that promotes a further data center's replica, in its environment. */
export type PromotionSettingName =
  /** Where users reach the application, such as `links.example.com`. */
  | 'DOMAIN_NAME'
  /** The regions of all other data centers, comma-separated. */
  | 'OTHER_REGIONS'
  /** RDS's identifier of this region's instance. */
  | 'DATABASE_ID'
  /** For how many days a promoted database keeps its backups. */
  | 'BACKUP_DAYS'
  /** Where this region says that its database was promoted: bucket and key. */
  | 'MARK_BUCKET'
  | 'MARK_KEY'
  /** Who is told what became of it: ARN of an SNS topic. */
  | 'TOPIC_ARN';

/** What infrastructure tells the function that watches, each minute, whether any data center takes writes. */
export type WatchSettingName =
  | Exclude<PromotionSettingName, 'OTHER_REGIONS' | 'BACKUP_DAYS'>
  /** The region of the database that this one replicates, or did. */
  | 'SOURCE_REGION'
  /** Name of that database's parameter group. */
  | 'SOURCE_PARAMETERS';

/** Each function's settings, as infrastructure writes them into its environment; it needs all of them. */
export type PromotionSettings = Readonly<Record<PromotionSettingName, string>>;
export type WatchSettings = Readonly<Record<WatchSettingName, string>>;

/** What goes on with a promotion that was begun and not finished, and does nothing otherwise. */
export const RESUME_EVENT = { resume: true } as const;
