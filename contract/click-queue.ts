/** The queue of clicks: its kinds, what they are called in it, and how its URL is read. */
import * as v from 'valibot';

/** RabbitMQ's queue; Kafka's topic, where its URL names no other. */
export const QUEUE_NAME = 'clicks';

/** What takes the place of a topic that the URL names, too: the topic's name and {@link DEAD_LETTERS_SUFFIX}. */
export const DEAD_LETTERS_SUFFIX = '-dead-letters';

/** Where messages go that cannot be counted. */
export const DEAD_LETTER_QUEUE_NAME = `${QUEUE_NAME}${DEAD_LETTERS_SUFFIX}`;

/** A message of RabbitMQ that was delivered so often and came back each time goes to the dead-letter queue, too. */
export const MAX_DELIVERIES = 5;

/** Kafka's consumer group of all click workers. */
export const CONSUMER_GROUP = 'click-worker';

/** A queue, understood from its URL: whose protocol it speaks, and what a client needs. */
export type QueueAddress =
  | { readonly kind: 'sqs'; readonly url: string }
  /** May hold user and password, on one's own machine. */
  | { readonly kind: 'rabbitmq'; readonly url: string; readonly isEncrypted: boolean }
  | KafkaAddress;

export type RabbitMqAddress = Extract<QueueAddress, { readonly kind: 'rabbitmq' }>;

export interface KafkaAddress {
  readonly kind: 'kafka';
  /** Any of them says which others there are. */
  readonly brokers: readonly [Broker, ...Broker[]];
  readonly topic: string;
  /** The region whose IAM lets in, over TLS; without it plain TCP, on one's own machine. */
  readonly iamRegion: string | undefined;
}

interface Broker {
  readonly host: string;
  readonly port: number;
}

export type QueueKind = QueueAddress['kind'];

/** Completes "CLICK_QUEUE_URL must be …". */
export const QUEUE_URL_FORM =
  'the URL of a queue: https://… of SQS, amqps://host:port of RabbitMQ (nothing after it but a virtual host), or ' +
  'kafka://broker:port,broker:port/topic?authentication=iam of Kafka (topic and authentication may be left out)';

/** Reads a queue's URL, for a table of settings. */
export const QUEUE_URL = v.pipe(
  v.string(),
  v.transform(readQueueUrl),
  v.custom<QueueAddress>((address) => address !== undefined),
);

/** Understands a queue's URL by its scheme; undefined where it is none. */
export function readQueueUrl(text: string): QueueAddress | undefined {
  const [, scheme = ''] = /^([a-z]+):\/\//.exec(text) ?? [];
  switch (scheme) {
    case 'https':
    case 'http':
      return URL.canParse(text) ? { kind: 'sqs', url: text } : undefined;
    case 'amqps':
    case 'amqp':
      return readRabbitMq(text, scheme === 'amqps');
    case 'kafka':
      return readKafka(text);
    default:
      return undefined;
  }
}

/** Only RabbitMQ knows a password, and only over TLS it is sent. SQS and Kafka know a server by its role. */
export function problemsOfSecret(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const { CLICK_QUEUE_URL = '', CLICK_QUEUE_SECRET_ARN = '' } = environment;
  const address = readQueueUrl(CLICK_QUEUE_URL);
  const takesSecret = address === undefined || (address.kind === 'rabbitmq' && address.isEncrypted);
  return CLICK_QUEUE_SECRET_ARN === '' || takesSecret
    ? []
    : ['CLICK_QUEUE_SECRET_ARN needs a CLICK_QUEUE_URL that starts with amqps://.'];
}

function readRabbitMq(text: string, isEncrypted: boolean): QueueAddress | undefined {
  if (!URL.canParse(text)) {
    return undefined;
  }
  const { hostname, pathname, search, hash } = new URL(text);
  const isOne = hostname !== '' && /^(\/[^/]*)?$/.test(pathname) && search === '' && hash === '';
  return isOne ? { kind: 'rabbitmq', url: text, isEncrypted } : undefined;
}

/** By hand: a URL has one host, and Kafka's has several. Topics are named as Kafka allows. */
const KAFKA_URL = /^kafka:\/\/([^/?#]+)(?:\/([\w.-]{1,200})?)?(\?authentication=iam)?$/;
const BROKER = /^([\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/;

/** As MSK names its brokers. */
const MSK_HOST = /\.kafka(?:-serverless)?\.([\w-]+)\.amazonaws\.com(?:\.cn)?$/;

function readKafka(text: string): QueueAddress | undefined {
  const [, hosts = '', topic = QUEUE_NAME, authentication] = KAFKA_URL.exec(text) ?? [];
  const [first, ...others] = hosts.split(',').map(readBroker);
  const isWhole = (broker: Broker | undefined): broker is Broker => broker !== undefined;
  if (first === undefined || !others.every(isWhole)) {
    return undefined;
  }
  const address = { kind: 'kafka', brokers: [first, ...others], topic } as const;
  if (authentication === undefined) {
    return { ...address, iamRegion: undefined };
  }
  const iamRegion = MSK_HOST.exec(first.host)?.[1];
  return iamRegion === undefined ? undefined : { ...address, iamRegion };
}

function readBroker(text: string): Broker | undefined {
  const [, host, port] = BROKER.exec(text) ?? [];
  return host === undefined || Number(port) > 65_535
    ? undefined
    : { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
