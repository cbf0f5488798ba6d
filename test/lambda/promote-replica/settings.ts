/** What infrastructure writes into the functions' environments, as examples. */
import type { PromotionSettings, WatchSettings } from '../../../contract/promotion';

const SHARED = {
  DOMAIN_NAME: 'links.example.com',
  DATABASE_ID: 'zero-to-million-eu-west-1-data-database1a2b3c',
  MARK_BUCKET: 'zero-to-million-mark-123456789012-eu-west-1',
  MARK_KEY: 'promoted-mark/eu-west-1',
  TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:zero-to-million-Alarms-1A2B3C',
};

export const SETTINGS: PromotionSettings = {
  ...SHARED,
  OTHER_REGIONS: 'us-east-1,ap-northeast-1',
  BACKUP_DAYS: '7',
};

export const WATCH_SETTINGS: WatchSettings = {
  ...SHARED,
  SOURCE_REGION: 'us-east-1',
  SOURCE_PARAMETERS: 'zero-to-million-us-east-1-data-databaseparameters',
};
