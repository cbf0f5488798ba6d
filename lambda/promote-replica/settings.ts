import { readAll, type Variable } from '../../contract/environment';
import type { PromotionSettingName } from '../../contract/promotion';
import { VARIABLES } from './variables';

/** The function’s settings, from its environment. */
export interface Settings {
  readonly domainName: string;
  readonly otherRegions: readonly string[];
  readonly databaseId: string;
  readonly backupDays: number;
  readonly mark: { readonly bucket: string; readonly key: string };
  readonly topicArn: string;
}

const ROWS = {
  DOMAIN_NAME: VARIABLES.domain,
  OTHER_REGIONS: VARIABLES.regions,
  DATABASE_ID: VARIABLES.identifier,
  BACKUP_DAYS: VARIABLES.days,
  MARK_BUCKET: VARIABLES.bucket,
  MARK_KEY: VARIABLES.key,
  TOPIC_ARN: VARIABLES.topic,
} as const satisfies Readonly<Record<PromotionSettingName, Variable>>;

/** Reads the environment. @throws Error listing every problem */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = readAll('The function', ROWS, environment);
  return {
    domainName: read.DOMAIN_NAME,
    otherRegions: read.OTHER_REGIONS,
    databaseId: read.DATABASE_ID,
    backupDays: read.BACKUP_DAYS,
    mark: { bucket: read.MARK_BUCKET, key: read.MARK_KEY },
    topicArn: read.TOPIC_ARN,
  };
}
