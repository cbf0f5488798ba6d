/**
 * What a user may set: one table, a row a setting. What is read from cdk.json and `-c`, what is refused below its rung, the
 * plan's request, docs/settings.md and the list in `npm run doctor -- --help` come from it. A new setting is a row and its use.
 */
import * as v from 'valibot';
import { OWN_APPLICATION, type Parts, SINGLE_RABBITMQ } from '../contract/guard';
import { isUntrusted, REGIONS, type Region } from './regions';
import {
  LADDER,
  type Place,
  QUEUE_KINDS,
  type QueueKind,
  rungsOf,
  type RungName,
  type RungNumber,
} from './scaling-plan';
import {
  existingFile,
  listOf,
  matching,
  nearestOf,
  oneOf,
  text,
  wholeNumber,
  yesOrNo,
} from './settings/schemas';
import { USUAL_SIZES } from './usual-sizes';

/** One setting. */
export interface Row<Schema extends v.GenericSchema = v.GenericSchema, Default = unknown> {
  /** Reads it. What it refuses has for its message the valid value that was probably meant, or nothing. */
  readonly schema: Schema;
  /** Completes "It takes …". */
  readonly takes: string;
  /** What it does, in one line. */
  readonly does: string;
  /** What it is where it is not set; a function of rows above it where it follows from them. */
  readonly default: Default;
  /** The default in words, where no value says it. */
  readonly unset?: string;
  /** The rung that it is about: where that is not there, it is refused. */
  readonly rung?: RungName;
  /** The kind of queue that it is about: where none is of it, it is refused. */
  readonly queue?: QueueKind;
  /** It is a path, relative to the project's folder. */
  readonly isPath?: true;
  /** Why a value cannot be used, as a sentence, where `takes` does not say so. */
  readonly why?: (value: unknown) => string | undefined;
}

/** Only for the compiler: the default of a row is what its schema gives. */
function row<
  Schema extends v.GenericSchema,
  const Default extends Defaults<NonNullable<v.InferOutput<Schema>>>,
>(setting: Row<Schema, Default>): Row<Schema, Default> {
  return setting;
}
type Defaults<Value> = Value | ((known: never) => Value) | undefined;

const RUNG_NAMES = LADDER.map(({ name }) => name);

/** A rung by its name or its number. */
const rung = v.pipe(
  text,
  v.transform((word) => LADDER.find(({ number }) => String(number) === word)?.name ?? word),
  oneOf(RUNG_NAMES),
);

/** Lower case, for that is how certificates and records name it; 64 characters is the longest that ACM takes. */
const DOMAIN_NAME = /^(?=.{4,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** A zone's name is its region's and a letter; local zones, which have neither databases nor NAT gateways, are named otherwise. */
const ZONE = /^[a-z]{2}-[a-z]+-\d[a-z]$/;

/** What `allowRemoval` names, but for domains. */
const PARTS = [...RUNG_NAMES, ...REGIONS, OWN_APPLICATION, ...QUEUE_KINDS, SINGLE_RABBITMQ];

const SIZE = '(?:nano|micro|small|medium|\\d*x?large|metal(?:-\\d+xl)?)';

/** Family, generation, size; the letters after the generation say the processor. */
const INSTANCE_TYPE = `[a-z]+\\d+[a-z-]*\\.${SIZE}`;

/** As above; `g` is Graviton. */
const GRAVITON_TYPE = new RegExp(`^[a-z]+\\d+[a-z-]*g[a-z-]*\\.${SIZE}$`);

/** An instance type, also in the form that has the service's name before it, which goes. */
function instanceType(service: string) {
  return v.pipe(
    matching(new RegExp(`^(?:${service}\\.)?${INSTANCE_TYPE}$`)),
    v.transform((type) => type.replace(`${service}.`, '')),
  );
}

/** What there is of each rung, and how much; what the plan is made from besides the stage. */
const SIZES = {
  serverInstanceType: row({
    schema: matching(GRAVITON_TYPE, (type) => type.replace(/^(?:db\.)?t\d[a-z]*/, 't4g')),
    takes: 'an EC2 instance type with a Graviton (arm64) processor, such as "t4g.small"',
    does: 'The size of a server.',
    default: USUAL_SIZES.serverInstanceType,
  }),
  serverVolumeGiB: row({
    schema: wholeNumber(1, 16_384),
    takes: 'a whole number of GiB from 1 to 16384',
    does: 'The size of the data volume of stage 1.',
    default: USUAL_SIZES.serverVolumeGiB,
    rung: 'single-server',
  }),
  minServers: row({
    schema: wholeNumber(1, 1000),
    takes: 'a whole number from 1 to 1000',
    does: 'How many servers there are at least, in each data center.',
    default: USUAL_SIZES.minServers,
    rung: 'load-balancer',
  }),
  maxServers: row({
    schema: wholeNumber(1, 1000),
    takes: 'a whole number from 1 to 1000',
    does: 'How many servers there are at most, in each data center; minServers at least.',
    default: USUAL_SIZES.maxServers,
    unset: '6, or minServers where that is more',
    rung: 'load-balancer',
  }),
  natGateways: row({
    schema: wholeNumber(1, 2),
    takes: '1 or 2',
    does: 'Ways out for private servers: 2 survive the loss of a zone, and cost twice.',
    default: USUAL_SIZES.natGateways,
    rung: 'load-balancer',
  }),
  databaseInstanceType: row({
    schema: instanceType('db'),
    takes: 'an RDS instance type such as "t4g.micro"',
    does: 'The size of the database and of each replica.',
    default: USUAL_SIZES.databaseInstanceType,
    rung: 'separate-database',
  }),
  databaseStorageGiB: row({
    schema: wholeNumber(20, 59_578),
    takes: 'a whole number of GiB from 20 to 59578, so that a tenth more is within RDS’s 65536',
    does: 'The storage that the database begins with.',
    default: USUAL_SIZES.databaseStorageGiB,
    rung: 'separate-database',
  }),
  databaseMaxStorageGiB: row({
    schema: wholeNumber(22, 65_536),
    takes: 'a whole number of GiB from 22 to 65536',
    does: 'How far the storage grows by itself; a tenth above databaseStorageGiB at least.',
    default: USUAL_SIZES.databaseMaxStorageGiB,
    unset: 'twice databaseStorageGiB, but from 100 to 65536',
    rung: 'separate-database',
  }),
  replicas: row({
    schema: wholeNumber(0, 15),
    takes: 'a whole number from 0 to 15',
    does: 'How many read replicas the database has.',
    default: USUAL_SIZES.replicas,
    rung: 'database-replication',
  }),
  cacheNodeType: row({
    schema: instanceType('cache'),
    takes: 'an ElastiCache node type such as "t4g.micro"',
    does: 'The size of each of the cache’s two nodes.',
    default: USUAL_SIZES.cacheNodeType,
    rung: 'cache',
  }),
  priceClass: row({
    schema: oneOf(['100', '200', 'all']),
    takes: '100, 200 or all',
    does: 'From where CloudFront answers, and so what it costs.',
    default: USUAL_SIZES.priceClass,
    rung: 'cdn',
  }),
  originSecret: row({
    schema: wholeNumber(1, 999),
    takes: 'a whole number from 1 to 999',
    does: 'Number of the secret between CloudFront and the load balancer: one more changes the secret.',
    default: USUAL_SIZES.originSecret,
    rung: 'cdn',
  }),
  automaticPromotion: row({
    schema: yesOrNo,
    takes: 'true or false',
    does: 'Whether an alarm, and not only a person, promotes the second region when the first is gone.',
    default: USUAL_SIZES.automaticPromotion,
    rung: 'data-centers',
  }),
  queue: row({
    schema: oneOf(QUEUE_KINDS),
    takes: 'sqs, rabbitmq or kafka',
    does: 'The kind of queue that clicks go through. Another one later: name the old kind in drainQueues until it is empty.',
    default: USUAL_SIZES.queue,
    rung: 'message-queue',
  }),
  drainQueues: row({
    schema: listOf(oneOf(QUEUE_KINDS)),
    takes: 'kinds of queues that were used before, separated by commas',
    does: 'Queues that get no more clicks, and stay with their workers until they are empty.',
    default: USUAL_SIZES.drainQueues,
    unset: 'none',
    rung: 'message-queue',
  }),
  rabbitmqInstanceType: row({
    schema: v.pipe(
      matching(/^(?:mq\.)?m7g\.(?:medium|\d*x?large)$/, (type) =>
        type.toLowerCase().replace(/[a-z]+\d+[a-z]*/, 'm7g'),
      ),
      v.transform((type) => type.replace('mq.', '')),
    ),
    takes: 'an Amazon MQ instance type for RabbitMQ 4 such as "m7g.large"',
    does: 'The size of each of RabbitMQ’s nodes: three, and one in a sandbox.',
    default: USUAL_SIZES.rabbitmqInstanceType,
    unset: 'm7g.large, and m7g.medium in a sandbox',
    rung: 'message-queue',
    queue: 'rabbitmq',
  }),
  kafkaInstanceType: row({
    schema: v.pipe(
      matching(/^(?:kafka\.)?(?:t3\.small|(?:m5|m7g)\.\d*x?large)$/),
      v.transform((type) => type.replace('kafka.', '')),
    ),
    takes: 'an Amazon MSK broker size such as "t3.small" or "m7g.large"',
    does: 'The size of each of Kafka’s two brokers.',
    default: USUAL_SIZES.kafkaInstanceType,
    rung: 'message-queue',
    queue: 'kafka',
  }),
  kafkaStorageGiB: row({
    schema: wholeNumber(1, 16_384),
    takes: 'a whole number of GiB from 1 to 16384; it may grow later and not shrink',
    does: 'The storage of each of Kafka’s two brokers.',
    default: USUAL_SIZES.kafkaStorageGiB,
    rung: 'message-queue',
    queue: 'kafka',
  }),
};

/** Every setting, by the name that users know it by, which stays (docs/versions.md). */
export const SETTINGS = {
  stage: row({
    schema: v.pipe(
      rung,
      v.transform((name): RungNumber => LADDER.find((each) => each.name === name)?.number ?? 1),
    ),
    takes: 'a number from 1 to 9 or a name such as "load-balancer"',
    does: 'The rung of the ladder to deploy, with all that are below it.',
    default: 1,
  }),
  without: row({
    schema: listOf(rung),
    takes: 'names of rungs to leave out, separated by commas',
    does: 'Rungs below the stage to leave out; refused where a rung above needs one. One more leaves its part of a deployment (allowRemoval).',
    default: [],
    unset: 'none',
  }),
  regions: row({
    schema: v.pipe(
      listOf(oneOf(REGIONS)),
      // An empty list is as none.
      v.transform(([first, ...further]): readonly [Region, ...Region[]] | undefined =>
        first === undefined ? undefined : [first, ...further],
      ),
    ),
    takes: 'an AWS region such as "us-east-1", from stage 7 on several separated by commas',
    does: 'Where the data centers stand: one, and two to five with data-centers, the one where writes start first. The order is for life.',
    default: (place: Place): readonly [Region, ...Region[]] =>
      rungsOf(place).includes('data-centers') ? ['us-east-1', 'eu-west-1'] : ['us-east-1'],
    unset: 'us-east-1, and with data-centers eu-west-1',
    why: (region) =>
      isUntrusted(region)
        ? 'The certificate authority of its databases is in no package that a server’s bundle could take it from, so servers would refuse them.'
        : undefined,
  }),
  zones: row({
    schema: listOf(matching(ZONE)),
    takes:
      'two zones of a region such as "us-east-1b,us-east-1c", or two of each of several regions; another choice later would replace subnets, so it is for life',
    does: 'The two zones of each region in which everything stands.',
    default: [],
    unset: 'the first two of each region',
  }),
  name: row({
    schema: matching(/^[a-z][a-z0-9-]{0,28}[a-z0-9]$|^[a-z]$/),
    takes: 'up to 30 lower-case letters, digits and hyphens, beginning with a letter',
    does: 'What the names of the stacks begin with.',
    default: 'zero-to-million',
  }),
  domainName: row({
    schema: matching(DOMAIN_NAME),
    takes: 'a domain name in lower case such as "links.example.com", 64 characters at most',
    does: 'Where users reach the application by HTTPS; needs hostedZoneId, and data-centers needs both.',
    default: undefined,
    unset: 'none: HTTP, or CloudFront’s own name, at the address in the outputs',
  }),
  hostedZoneId: row({
    schema: matching(/^Z[A-Z0-9]{7,31}$/),
    takes: 'the id of a Route 53 hosted zone such as "Z0123456789ABCDEFGHIJ"',
    does: 'The Route 53 hosted zone that domainName is in.',
    default: undefined,
    unset: 'none',
  }),
  sandbox: row({
    schema: yesOrNo,
    takes: 'true or false',
    does: 'With true, cdk destroy leaves nothing behind; with false, what holds data is protected and kept.',
    default: false,
  }),
  users: row({
    schema: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    takes: 'a whole number of users',
    does: 'Users of a day: the stage and the sizes that are not set become those of npm run plan.',
    default: undefined,
    unset: 'none',
  }),
  account: row({
    schema: matching(/^\d{12}$/),
    takes: 'an AWS account number of 12 digits, in quotes in cdk.json',
    does: 'The AWS account to deploy to.',
    default: undefined,
    unset: 'the CLI’s own',
  }),
  appEntry: row({
    schema: existingFile(/\.[cm]?[jt]sx?$/),
    takes: 'the path of an existing TypeScript or JavaScript file',
    does: 'The entry of a server of your own, deployed in place of the link shortener.',
    default: undefined,
    unset: 'the link shortener',
    isPath: true,
  }),
  alarmEmail: row({
    schema: matching(/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/),
    takes: 'an e-mail address',
    does: 'Who is mailed when an alarm goes off.',
    default: undefined,
    unset: 'no mail',
  }),
  ...SIZES,
  costs: row({
    schema: yesOrNo,
    takes: 'true or false',
    does: 'Whether cdk synth and cdk deploy say in a line what each stack costs a month.',
    default: true,
  }),
  allowRemoval: row({
    schema: listOf(
      v.pipe(
        v.string(),
        v.check((part) => PARTS.includes(part) || DOMAIN_NAME.test(part), nearestOf(PARTS)),
      ),
    ),
    takes:
      'what a deployment may take away, separated by commas: names of rungs, regions, kinds of queues, a domain name, "application"',
    does: 'Parts that this deployment may take away; any other that it would take away stops it before anything is touched.',
    default: [],
    unset: 'nothing',
  }),
};

export type SettingKey = keyof typeof SETTINGS;

/** What a row's setting is once it is read. */
type ValueOf<R> =
  R extends Row<infer Schema, infer Default>
    ? NonNullable<v.InferOutput<Schema>> | (Default extends undefined ? undefined : never)
    : never;

/** What there is of each rung, and how much, by the settings. */
export type Sizes = { readonly [Key in keyof typeof SIZES]: ValueOf<(typeof SIZES)[Key]> };

/** Sizes of which each may be left to its default. */
export type GivenSizes = { readonly [Key in keyof Sizes]: Sizes[Key] | undefined };

type Values = { readonly [Key in SettingKey]: ValueOf<(typeof SETTINGS)[Key]> };

/** What was set; the rest is not there or undefined. */
export type Given = { readonly [Key in SettingKey]?: Values[Key] | undefined };

/** Every setting, read or by default. */
export interface Settings extends Values {
  /** The domain and its hosted zone: both or none. */
  readonly domain: Domain | undefined;
}

export interface Domain {
  /** Where users reach the application, such as `links.example.com`. */
  readonly name: string;
  /** The Route 53 hosted zone that the name is in. */
  readonly hostedZoneId: string;
}

/** The rows in their order. */
export const ROWS: readonly (readonly [SettingKey, Row])[] = Object.entries<Row>(SETTINGS).map(
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the table's own keys
  ([key, setting]) => [key as SettingKey, setting],
);

/** What was set, and the defaults of all else. */
export function withDefaults(given: Given): Settings {
  const known: Partial<Record<SettingKey, unknown>> = {};
  for (const [key, { default: byDefault }] of ROWS) {
    known[key] = given[key] ?? (isRule(byDefault) ? byDefault(known) : byDefault);
  }
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- `row` has held each default against its schema
  const values = known as Values;
  const { domainName: name, hostedZoneId } = values;
  return {
    ...values,
    domain: name === undefined || hostedZoneId === undefined ? undefined : { name, hostedZoneId },
  };
}

function isRule(byDefault: unknown): byDefault is (known: unknown) => unknown {
  return typeof byDefault === 'function';
}

/** What a deployment consists of, by the settings. */
export function partsOf(settings: Settings): Parts {
  return {
    rungs: rungsOf(settings),
    regions: settings.regions,
    domain: settings.domain?.name,
    ownApplication: settings.appEntry !== undefined,
    queues: queuesOf(settings).map((kind) =>
      kind === 'rabbitmq' && settings.sandbox ? SINGLE_RABBITMQ : kind,
    ),
  };
}

/** The kinds of its queues, the one that clicks go through first. */
export function queuesOf(settings: Settings): readonly QueueKind[] {
  return rungsOf(settings).includes('message-queue') ? [settings.queue, ...settings.drainQueues] : [];
}
