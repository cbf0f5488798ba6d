import { WATCH_SETTING_NAMES, type WatchSettingName } from '../../contract/promotion';
import { type Rule, RULES, readRequired } from '../promote-replica/required';

/** The function’s settings, from its environment. */
export interface Settings {
  readonly domainName: string;
  readonly databaseId: string;
  readonly mark: { readonly bucket: string; readonly key: string };
  readonly topicArn: string;
  readonly source: { readonly region: string; readonly parameters: string };
}

const RULE_OF: Readonly<Record<WatchSettingName, Rule>> = {
  DOMAIN_NAME: RULES.domain,
  DATABASE_ID: RULES.identifier,
  MARK_BUCKET: RULES.bucket,
  MARK_KEY: RULES.key,
  TOPIC_ARN: RULES.topic,
  SOURCE_REGION: RULES.region,
  SOURCE_PARAMETERS: RULES.identifier,
};

/** Reads the environment. @throws Error listing every problem */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const value = readRequired(RULE_OF, WATCH_SETTING_NAMES, environment);
  return {
    domainName: value('DOMAIN_NAME'),
    databaseId: value('DATABASE_ID'),
    mark: { bucket: value('MARK_BUCKET'), key: value('MARK_KEY') },
    topicArn: value('TOPIC_ARN'),
    source: { region: value('SOURCE_REGION'), parameters: value('SOURCE_PARAMETERS') },
  };
}
