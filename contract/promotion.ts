/** Path on the public domain: `<path>/<region>` exists from the promotion of that region’s database until an operator deletes it. */
export const MARK_PATH = '/promoted-mark';

/** Key of the lock in the mark’s bucket: it exists while an invocation promotes. It is not public. */
export const PROMOTION_LOCK_KEY = 'promotion-lock';

/** Environment variables of the function that promotes a replica. */
export type PromotionSettingName =
  /** Where users reach the application, such as `links.example.com`. */
  | 'DOMAIN_NAME'
  /** The regions of all other data centers, separated by commas. */
  | 'OTHER_REGIONS'
  /** RDS’s identifier of this region’s instance. */
  | 'DATABASE_ID'
  /** Days for which a promoted database keeps backups. */
  | 'BACKUP_DAYS'
  /** Bucket and key of this region’s mark. */
  | 'MARK_BUCKET'
  | 'MARK_KEY'
  /** ARN of the SNS topic for notifications. */
  | 'TOPIC_ARN';

/** Environment variables of the function that watches whether writes are accepted. */
export type WatchSettingName =
  | Exclude<PromotionSettingName, 'OTHER_REGIONS' | 'BACKUP_DAYS'>
  /** The region of the database that this one replicates, or did before its promotion. */
  | 'SOURCE_REGION'
  /** Name of that database’s parameter group. */
  | 'SOURCE_PARAMETERS';

/** All variables are required. */
export type PromotionSettings = Readonly<Record<PromotionSettingName, string>>;
export type WatchSettings = Readonly<Record<WatchSettingName, string>>;

/** The event that continues an unfinished promotion, and does nothing otherwise. */
export const RESUME_EVENT = { resume: true } as const;
