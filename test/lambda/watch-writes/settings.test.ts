import { readSettings } from '../../../lambda/watch-writes/settings';
import { WATCH_SETTINGS } from '../promote-replica/settings';

test('all are understood; Lambda’s own variables are none of ours', () => {
  expect(readSettings({ ...WATCH_SETTINGS, AWS_REGION: 'eu-west-1' })).toEqual({
    domainName: 'links.example.com',
    databaseId: 'zero-to-million-eu-west-1-data-database1a2b3c',
    mark: { bucket: 'zero-to-million-mark-123456789012-eu-west-1', key: 'promoted-mark/eu-west-1' },
    topicArn: 'arn:aws:sns:eu-west-1:123456789012:zero-to-million-Alarms-1A2B3C',
    source: { region: 'us-east-1', parameters: 'zero-to-million-us-east-1-data-databaseparameters' },
  });
});

test.each(Object.keys(WATCH_SETTINGS))('%s is needed', (name) => {
  expect(() => readSettings({ ...WATCH_SETTINGS, [name]: undefined })).toThrow(`${name} must be`);
});

test('one source is one region', () => {
  expect(() => readSettings({ ...WATCH_SETTINGS, SOURCE_REGION: 'us-east-1,eu-west-1' })).toThrow(
    'SOURCE_REGION must be an AWS region.',
  );
});
