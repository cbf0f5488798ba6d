import { readAll, type Variable } from '../../contract/environment';
import type { WatchSettingName } from '../../contract/promotion';
import { VARIABLES } from '../promote-replica/variables';

/** The function’s settings, from its environment. */
export interface Settings {
  readonly domainName: string;
  readonly databaseId: string;
  readonly mark: { readonly bucket: string; readonly key: string };
  readonly topicArn: string;
  readonly source: { readonly region: string; readonly parameters: string };
}

const ROWS = {
  DOMAIN_NAME: VARIABLES.domain,
  DATABASE_ID: VARIABLES.identifier,
  MARK_BUCKET: VARIABLES.bucket,
  MARK_KEY: VARIABLES.key,
  TOPIC_ARN: VARIABLES.topic,
  SOURCE_REGION: VARIABLES.region,
  SOURCE_PARAMETERS: VARIABLES.identifier,
} as const satisfies Readonly<Record<WatchSettingName, Variable>>;

/** Reads the environment. @throws Error listing every problem */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = readAll('The function', ROWS, environment);
  return {
    domainName: read.DOMAIN_NAME,
    databaseId: read.DATABASE_ID,
    mark: { bucket: read.MARK_BUCKET, key: read.MARK_KEY },
    topicArn: read.TOPIC_ARN,
    source: { region: read.SOURCE_REGION, parameters: read.SOURCE_PARAMETERS },
  };
}
