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
