import { problemsOfSecret, readQueueUrl } from '../../contract/click-queue';

const MSK = [
  'b-1.clicks.abc123.c2.kafka.eu-west-1.amazonaws.com',
  'b-2.clicks.abc123.c2.kafka.eu-west-1.amazonaws.com',
];

test.each(['https://sqs.eu-west-1.amazonaws.com/123456789012/clicks', 'http://127.0.0.1:4566/queue'])(
  '%s is a queue of SQS',
  (url) => {
    expect(readQueueUrl(url)).toEqual({ kind: 'sqs', url });
  },
);

test.each([
  ['amqps://b-1.mq.eu-west-1.on.aws:5671', true],
  ['amqp://user:p%40@127.0.0.1:5672/host', false],
  ['amqp://127.0.0.1/', false],
])('%s is one of RabbitMQ', (url, isEncrypted) => {
  expect(readQueueUrl(url)).toEqual({ kind: 'rabbitmq', url, isEncrypted });
});

test('brokers of Kafka are told apart by commas; the topic is clicks where none is named', () => {
  const brokers = [
    { host: '127.0.0.1', port: 9092 },
    { host: '::1', port: 9093 },
  ];
  const address = { kind: 'kafka', brokers, topic: 'clicks', iamRegion: undefined };
  expect(readQueueUrl('kafka://127.0.0.1:9092,[::1]:9093')).toEqual(address);
  expect(readQueueUrl('kafka://127.0.0.1:9092,[::1]:9093/')).toEqual(address);
  expect(readQueueUrl('kafka://127.0.0.1:9092,[::1]:9093/my.topic-1')).toEqual({
    ...address,
    topic: 'my.topic-1',
  });
});

test('IAM is that of the region in which the brokers stand', () => {
  const hosts = MSK.map((host) => `${host}:9098`).join(',');
  expect(readQueueUrl(`kafka://${hosts}?authentication=iam`)).toMatchObject({
    brokers: MSK.map((host) => ({ host, port: 9098 })),
    topic: 'clicks',
    iamRegion: 'eu-west-1',
  });
  expect(
    readQueueUrl('kafka://boot-x.c1.kafka-serverless.us-east-1.amazonaws.com:9098?authentication=iam'),
  ).toMatchObject({ iamRegion: 'us-east-1' });
});

test.each([
  '',
  'clicks',
  'https://',
  'redis://queue',
  'amqps://',
  'amqps://broker:5671/host/more',
  'amqps://broker:5671?heartbeat=0',
  'kafka://',
  'kafka://broker',
  'kafka://broker:9092,',
  'kafka://broker:65536',
  'kafka://broker:9092/a/b',
  'kafka://broker:9092?authentication=scram',
  'kafka://broker.example.com:9098?authentication=iam',
  'kafka://user:password@broker:9092',
])('“%s” is no queue', (url) => {
  expect(readQueueUrl(url)).toBeUndefined();
});

test('a secret goes to RabbitMQ over TLS only', () => {
  const CLICK_QUEUE_SECRET_ARN = 'arn';
  const problem = 'CLICK_QUEUE_SECRET_ARN needs a CLICK_QUEUE_URL that starts with amqps://.';
  const problemsWith = (CLICK_QUEUE_URL: string) =>
    problemsOfSecret({ CLICK_QUEUE_URL, CLICK_QUEUE_SECRET_ARN });
  expect(problemsWith('amqps://broker')).toEqual([]);
  expect(problemsWith('amqp://broker')).toEqual([problem]);
  expect(problemsWith('kafka://broker:9092')).toEqual([problem]);
  expect(problemsOfSecret({ CLICK_QUEUE_URL: 'amqp://broker', CLICK_QUEUE_SECRET_ARN: '' })).toEqual([]);
});
