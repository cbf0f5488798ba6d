import { PROMOTION_SETTING_NAMES, type PromotionSettingName } from '../../contract/promotion';
import { type Rule, RULES, readRequired } from './required';

/** The function’s settings, from its environment. */
export interface Settings {
  readonly domainName: string;
  readonly otherRegions: readonly string[];
  readonly databaseId: string;
  readonly backupDays: number;
  readonly mark: { readonly bucket: string; readonly key: string };
  readonly topicArn: string;
}

const RULE_OF: Readonly<Record<PromotionSettingName, Rule>> = {
  DOMAIN_NAME: RULES.domain,
  OTHER_REGIONS: RULES.regions,
  DATABASE_ID: RULES.identifier,
  BACKUP_DAYS: RULES.days,
  MARK_BUCKET: RULES.bucket,
  MARK_KEY: RULES.key,
  TOPIC_ARN: RULES.topic,
};

/** Reads the environment. @throws Error listing every problem */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const value = readRequired(RULE_OF, PROMOTION_SETTING_NAMES, environment);
  return {
    domainName: value('DOMAIN_NAME'),
    otherRegions: value('OTHER_REGIONS').split(','),
    databaseId: value('DATABASE_ID'),
    backupDays: Number(value('BACKUP_DAYS')),
    mark: { bucket: value('MARK_BUCKET'), key: value('MARK_KEY') },
    topicArn: value('TOPIC_ARN'),
  };
}
