import { readSettings } from '../../../lambda/promote-replica/settings';
import { SETTINGS } from './settings';

test('all are understood; Lambda’s own variables are none of ours', () => {
  expect(readSettings({ ...SETTINGS, AWS_REGION: 'eu-west-1', _HANDLER: 'index.handler' })).toEqual({
    domainName: 'links.example.com',
    otherRegions: ['us-east-1', 'ap-northeast-1'],
    databaseId: 'zero-to-million-eu-west-1-data-database1a2b3c',
    backupDays: 7,
    mark: { bucket: 'zero-to-million-mark-123456789012-eu-west-1', key: 'promoted-mark/eu-west-1' },
    topicArn: 'arn:aws:sns:eu-west-1:123456789012:zero-to-million-Alarms-1A2B3C',
  });
});

test.each(Object.keys(SETTINGS))('%s is needed', (name) => {
  expect(() => readSettings({ ...SETTINGS, [name]: undefined })).toThrow(`${name} must be`);
});

test.each([
  ['DOMAIN_NAME', 'https://links.example.com'],
  ['DOMAIN_NAME', 'links.example.com:8443'],
  ['OTHER_REGIONS', 'us-east-1;eu-west-1'],
  ['OTHER_REGIONS', 'virginia'],
  ['DATABASE_ID', 'arn:aws:rds:eu-west-1:123456789012:db:replica'],
  ['BACKUP_DAYS', '0'],
  ['BACKUP_DAYS', '36'],
  ['MARK_BUCKET', 's3://marks'],
  ['MARK_KEY', 'promoted mark'],
  ['TOPIC_ARN', 'alarms'],
])('%s does not take %p', (name, value) => {
  expect(() => readSettings({ ...SETTINGS, [name]: value })).toThrow(`${name} must be`);
});

test('every problem is named at once', () => {
  expect(() => readSettings({ ...SETTINGS, BACKUP_DAYS: '', TOPIC_ARN: '' })).toThrow(
    "The function's settings are not usable: BACKUP_DAYS must be a number of days from 1 to 35. TOPIC_ARN must be the ARN of an SNS topic.",
  );
});
