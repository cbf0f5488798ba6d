import { readSettings } from '../../../lambda/click-worker/settings';

const LEAST = {
  DATABASE_URL: 'postgresql://app@db.example.com/app',
  CLICK_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/clicks',
};
const PEERS = [
  'https://sqs.us-east-1.amazonaws.com/1/clicks',
  'https://sqs.eu-north-1.amazonaws.com/1/clicks',
];

test('replicas and marks are lists', () => {
  const DATABASE_REPLICA_URLS = 'postgresql://app@one/app,postgresql://app@two/app';
  const MARK_URLS = 'https://links.example.com/promoted-mark/eu-west-1';
  expect(readSettings({ ...LEAST, DATABASE_REPLICA_URLS, MARK_URLS })).toMatchObject({
    databaseUrls: [LEAST.DATABASE_URL, ...DATABASE_REPLICA_URLS.split(',')],
    markUrls: [MARK_URLS],
  });
  expect(() => readSettings({ ...LEAST, DATABASE_REPLICA_URLS: 'one', MARK_URLS: 'two' })).toThrow(
    /DATABASE_REPLICA_URLS must be .* MARK_URLS must be /,
  );
});

test('a database and a queue are enough; Lambda’s own variables are none of ours', () => {
  expect(readSettings({ ...LEAST, AWS_REGION: 'eu-west-1', PEER_QUEUE_URLS: '' })).toEqual({
    databaseUrls: [LEAST.DATABASE_URL],
    markUrls: [],
    secretArn: undefined,
    queueUrl: LEAST.CLICK_QUEUE_URL,
    peerQueueUrls: [],
  });
});

test('the queues of other data centers come in the order of the ring', () => {
  expect(readSettings({ ...LEAST, PEER_QUEUE_URLS: PEERS.join(',') }).peerQueueUrls).toEqual(PEERS);
});

test('every problem is named at once, and no value', () => {
  const read = () =>
    readSettings({
      DATABASE_URL: 'secret',
      DATABASE_SECRET_ARN: 'secret',
      PEER_QUEUE_URLS: `${PEERS.join(',')},secret`,
    });
  expect(read).toThrow(
    "The click worker's settings are not usable: DATABASE_URL must be a URL that starts with postgresql://. " +
      'DATABASE_SECRET_ARN must be the ARN of a Secrets Manager secret. ' +
      'CLICK_QUEUE_URL must be a URL that starts with https:// or http://. ' +
      'PEER_QUEUE_URLS must be URLs that start with https:// or http://, separated by commas.',
  );
});

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:database-AbCdEf';

test('the secret is known by its ARN', () => {
  expect(readSettings({ ...LEAST, DATABASE_SECRET_ARN: SECRET }).secretArn).toBe(SECRET);
});

test.each([
  ['DATABASE_URL', 'postgres://app@db.example.com/app'],
  ['DATABASE_REPLICA_URLS', 'postgres://one/app,postgresql://two/app'],
  ['DATABASE_SECRET_ARN', 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:x'],
  ['CLICK_QUEUE_URL', 'http://127.0.0.1:4566/queue'],
  ['PEER_QUEUE_URLS', 'http://127.0.0.1:4566/a,https://127.0.0.1/b'],
  ['MARK_URLS', 'http://127.0.0.1/a,https://127.0.0.1/b'],
])('%s may be %s', (name, value) => {
  expect(() => readSettings({ ...LEAST, [name]: value })).not.toThrow();
});

test.each([
  ['DATABASE_URL', 'http://db.example.com/app'],
  ['DATABASE_URL', undefined],
  ['DATABASE_REPLICA_URLS', 'postgresql://one/app,http://two/app'],
  ['DATABASE_REPLICA_URLS', 'http://one/app,postgresql://two/app'],
  ['DATABASE_SECRET_ARN', `x${SECRET}`],
  ['DATABASE_SECRET_ARN', `${SECRET} x`],
  ['DATABASE_SECRET_ARN', SECRET.slice(0, SECRET.indexOf('database'))],
  ['DATABASE_SECRET_ARN', SECRET.replace('123456789012', '12345678901')],
  ['DATABASE_SECRET_ARN', SECRET.replace('123456789012', 'abcdefghijkl')],
  ['DATABASE_SECRET_ARN', SECRET.replace('aws', 'aws!')],
  ['DATABASE_SECRET_ARN', SECRET.replace('eu-west-1', '')],
  ['DATABASE_SECRET_ARN', SECRET.replace('eu-west-1', 'eu west')],
  ['CLICK_QUEUE_URL', 'postgresql://queue'],
  ['CLICK_QUEUE_URL', 'clicks'],
  ['CLICK_QUEUE_URL', undefined],
  ['PEER_QUEUE_URLS', 'ftp://one,https://two'],
  ['MARK_URLS', 'https://one,two'],
])('%s may not be %s', (name, value) => {
  expect(() => readSettings({ ...LEAST, [name]: value })).toThrow(
    new RegExp(`^The click worker's settings are not usable: ${name} must be [a-zA-Z][^.]+(://[^.]*)?\\.$`),
  );
});
