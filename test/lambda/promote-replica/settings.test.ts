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

const LONG = 'x'.repeat(61);

test.each([
  ['DOMAIN_NAME', 'example.com'],
  ['DOMAIN_NAME', 'a-1.b-2.example.museum'],
  ['OTHER_REGIONS', 'us-gov-west-1'],
  ['DATABASE_ID', 'a'],
  ['DATABASE_ID', `a${LONG}-1`],
  ['BACKUP_DAYS', '1'],
  ['BACKUP_DAYS', '10'],
  ['BACKUP_DAYS', '29'],
  ['BACKUP_DAYS', '35'],
  ['MARK_BUCKET', 'abc'],
  ['MARK_BUCKET', `0${LONG}9`],
  ['MARK_BUCKET', 'a.b-c'],
  ['MARK_KEY', "a!.*'()/-_1"],
  ['TOPIC_ARN', 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:a_1-b'],
])('%s takes %p', (name, value) => {
  expect(() => readSettings({ ...SETTINGS, [name]: value })).not.toThrow();
});

test.each([
  [
    'DOMAIN_NAME',
    'a domain name',
    ['example', 'example.c', 'example.c0', 'Example.com', 'a_b.com', '.com', 'a.com.', 'a.com/', ''],
  ],
  [
    'OTHER_REGIONS',
    'AWS regions, separated by commas',
    [
      'us-east',
      'us-1',
      'u-east-1',
      'us-east-11',
      'us-ea5t-1',
      'xus-east-1',
      'us-east-1,',
      ',us-east-1',
      'us-east-1,x',
      'us-east-1,us-east-1x',
    ],
  ],
  ['DATABASE_ID', 'a name as RDS gives it', ['1a', '-a', 'A', 'aB', 'a_b', 'a b', `a${'b'.repeat(255)}`]],
  ['BACKUP_DAYS', 'a number of days from 1 to 35', ['00', '01', '36', '40', '100', '3x', 'x3', '-1', '1.5']],
  [
    'MARK_BUCKET',
    'the name of an S3 bucket',
    ['ab', `0${LONG}x9`, '-ab', 'ab-', '.ab', 'a_b', 'Abc', 'abC', ' abc', 'abc '],
  ],
  ['MARK_KEY', 'the key of an S3 object', ['', 'a b', ' a', 'a ', 'a?']],
  [
    'TOPIC_ARN',
    'the ARN of an SNS topic',
    [
      'xarn:aws:sns:eu-west-1:123456789012:a',
      'arn:aws:sqs:eu-west-1:123456789012:a',
      'arn:aw:sns:eu-west-1:123456789012:a',
      'arn:aws!:sns:eu-west-1:123456789012:a',
      'arn:aws:sns::123456789012:a',
      'arn:aws:sns:eu west:123456789012:a',
      'arn:aws:sns:eu-west-1:12345678901:a',
      'arn:aws:sns:eu-west-1:12345678901x:a',
      'arn:aws:sns:eu-west-1:123456789012:',
      'arn:aws:sns:eu-west-1:123456789012:a b',
      'arn:aws:sns:eu-west-1:123456789012:a:b',
    ],
  ],
])('%s must be %s, which others are not', (name, form, values) => {
  values.forEach((value) => {
    expect(() => readSettings({ ...SETTINGS, [name]: value })).toThrow(
      `The function's settings are not usable: ${name} must be ${form}.`,
    );
  });
});
