/**
 * The ladder as data. A rung (a *stage*, to the user) is a row of this table and never a construct scope:
 * climbing changes values that stacks read, not the names of what they build.
 */

import type { Sizes } from './settings';

/** One rung of the ladder. A stage includes every rung below it, less those named by `without`. */
export interface Rung {
  /** Place on the ladder, from 1. */
  readonly number: number;
  /** The name users type: `-c stage=load-balancer`. */
  readonly name: string;
  /** What climbing onto it adds on AWS, in one phrase. */
  readonly adds: string;
  /** Rungs below that it cannot do without, each with the reason, as the second half of a sentence. */
  readonly needs: Readonly<Record<string, string>>;
  /** Whether this version can deploy it. */
  readonly built: boolean;
}

const ONE_WRITER = 'servers that come and go keep nothing, so the database must stand apart from them';

/** Every rung, lowest first. */
export const LADDER = [
  {
    number: 1,
    name: 'single-server',
    adds: 'one server with the database beside it, on a volume and an address that outlive the server',
    needs: {},
    built: true,
  },
  {
    number: 2,
    name: 'separate-database',
    adds: 'RDS PostgreSQL in subnets of its own, filled from the server’s volume at the first boot',
    needs: {},
    built: true,
  },
  {
    number: 3,
    name: 'load-balancer',
    adds: 'a load balancer over private servers in two zones that scale with the load',
    needs: { 'separate-database': ONE_WRITER },
    built: true,
  },
  {
    number: 4,
    name: 'database-replication',
    adds: 'a standby of the database in the other zone, and read replicas',
    needs: { 'separate-database': 'a database on the server has nothing to replicate from' },
    built: true,
  },
  {
    number: 5,
    name: 'cache',
    adds: 'a Valkey cache in two zones',
    needs: { 'separate-database': ONE_WRITER },
    built: true,
  },
  {
    number: 6,
    name: 'cdn',
    adds: 'CloudFront with a firewall, and static files in S3',
    needs: {
      'separate-database': ONE_WRITER,
      'load-balancer': 'the load balancer is the origin that CloudFront asks',
    },
    built: true,
  },
  {
    number: 7,
    name: 'data-centers',
    adds: 'further regions with servers and a replica each, and routing by latency and health',
    needs: {
      'separate-database': ONE_WRITER,
      'load-balancer': 'health checks and routing point at each region’s load balancer',
      'database-replication': 'a region that takes over promotes its replica',
      cdn: 'CloudFront sends reads to the nearest data center and writes to the writable one',
    },
    built: true,
  },
  {
    number: 8,
    name: 'message-queue',
    adds: 'a queue and a worker that count clicks outside the request',
    needs: {
      'separate-database': 'the worker writes to the database from outside the servers',
      'load-balancer': 'the worker stands in private subnets, whose way out comes with the private servers',
    },
    built: true,
  },
  {
    number: 9,
    name: 'sharding',
    adds: 'the links table spread over several databases',
    needs: { 'separate-database': ONE_WRITER },
    built: false,
  },
] as const satisfies readonly Rung[];

/** Kinds of queues that clicks may go through, the usual one first. */
export const QUEUE_KINDS = ['sqs', 'rabbitmq', 'kafka'] as const;

export type QueueKind = (typeof QUEUE_KINDS)[number];

/** What people call kinds of queues. */
export const QUEUE_TITLES: Readonly<Record<QueueKind, string>> = {
  sqs: 'SQS',
  rabbitmq: 'RabbitMQ',
  kafka: 'Kafka',
};

export type RungName = (typeof LADDER)[number]['name'];
export type RungNumber = (typeof LADDER)[number]['number'];

/** The rungs that this version deploys, lowest first. */
export const BUILT_RUNGS = LADDER.filter((rung) => rung.built);

/** A stage, and what is left out of it. */
export interface Place {
  readonly stage: RungNumber;
  readonly without: readonly RungName[];
}

/** What a user asks of the ladder: a place on it, and how large everything is. */
export interface PlanRequest extends Place, Sizes {}

/** What exists at the chosen stage, and how big. Stacks read this and never the stage's number. */
export interface ScalingPlan extends Sizes {
  readonly stage: RungNumber;
  readonly stageName: RungName;
  /** Rung 1's volume: the database lives on it, or (later) did until it was carried over. */
  readonly serverVolume: boolean;
  /** The database runs on the server, out of `serverVolume`. */
  readonly databaseOnServer: boolean;
  /** An address of our own; kept at every rung, for it cannot be had again. */
  readonly fixedAddress: boolean;
  /** The one server claims `fixedAddress` and users reach it there, in a public subnet. */
  readonly serverFacesUsers: boolean;
  readonly loadBalancer: boolean;
  readonly database: boolean;
  /** A synchronous standby in the other zone. */
  readonly databaseStandby: boolean;
  readonly cache: boolean;
  /** Users reach CloudFront, and the load balancer answers it alone. */
  readonly cdn: boolean;
  /** Further regions replicate the first one's data and may take its place. */
  readonly dataCenters: boolean;
  /** Clicks go through a queue to a worker. */
  readonly clickQueue: boolean;
  /** The kinds of its queues: that which clicks go through first, then those that are emptied; none where there is no queue. */
  readonly queues: readonly QueueKind[];
}

/**
 * Why a stage cannot be deployed with these rungs left out, a sentence each; empty when it can.
 * `planFor` may be asked only for what is not refused here.
 */
export function refusals(stage: RungNumber, without: readonly RungName[]): readonly string[] {
  return [
    ...refusedStage(stage),
    ...without.flatMap((name) => refusedOmission(stage, without, name)),
    ...refusedEntrance(stage, without),
  ];
}

/** The names of the rungs that a stage consists of, lowest first. */
export function rungsOf({ stage, without }: Place): readonly RungName[] {
  return LADDER.filter(({ number, name }) => number <= stage && !without.includes(name)).map(
    ({ name }) => name,
  );
}

/** The plan of a stage that `refusals` has nothing against; `withDefaults` (settings.ts) completes a request. */
export function planFor(request: PlanRequest): ScalingPlan {
  const rungs = rungsOf(request);
  const has = (name: RungName): boolean => rungs.includes(name);
  const loadBalancer = has('load-balancer');
  const database = has('separate-database');
  return {
    stage: request.stage,
    stageName: rungNumbered(request.stage).name,
    serverVolume: has('single-server'),
    serverVolumeGiB: request.serverVolumeGiB,
    databaseOnServer: !database,
    fixedAddress: has('single-server'),
    serverFacesUsers: !loadBalancer,
    serverInstanceType: request.serverInstanceType,
    minServers: loadBalancer ? request.minServers : 1,
    maxServers: loadBalancer ? request.maxServers : 1,
    loadBalancer,
    natGateways: loadBalancer ? request.natGateways : 0,
    database,
    databaseInstanceType: request.databaseInstanceType,
    databaseStorageGiB: request.databaseStorageGiB,
    databaseMaxStorageGiB: request.databaseMaxStorageGiB,
    databaseStandby: has('database-replication'),
    replicas: has('database-replication') ? request.replicas : 0,
    cache: has('cache'),
    cacheNodeType: request.cacheNodeType,
    cdn: has('cdn'),
    priceClass: request.priceClass,
    originSecret: request.originSecret,
    dataCenters: has('data-centers'),
    automaticPromotion: request.automaticPromotion,
    clickQueue: has('message-queue'),
    queues: has('message-queue') ? [request.queue, ...request.drainQueues] : [],
    queue: request.queue,
    drainQueues: request.drainQueues,
    rabbitmqInstanceType: request.rabbitmqInstanceType,
    kafkaInstanceType: request.kafkaInstanceType,
    kafkaStorageGiB: request.kafkaStorageGiB,
  };
}

/**
 * What a further data center has of a plan: no server's volume or address of rung 1, for it never was one, and one
 * database, which is a replica itself.
 */
export function planForFurther(plan: ScalingPlan): ScalingPlan {
  return { ...plan, serverVolume: false, fixedAddress: false, replicas: 0 };
}

/** The rung at that place. */
function rungNumbered(number: RungNumber): (typeof LADDER)[number] {
  return LADDER[number - 1] ?? LADDER[0];
}

function refusedStage(stage: RungNumber): readonly string[] {
  const { name, built } = rungNumbered(stage);
  return built ? [] : [`Stage ${stage}, ${name}, is on the ladder but this version does not build it yet.`];
}

/** Users find the one server at rung 1's address; whether that is kept must not change in the step that leaves the server behind. */
function refusedEntrance(stage: RungNumber, without: readonly RungName[]): readonly string[] {
  const balanced = rungsOf({ stage, without }).includes('load-balancer');
  return stage > 1 && without.includes('single-server') && !balanced
    ? [
        'single-server cannot be left out while load-balancer is not there: the one server is found at the address that came with it; leave it out from stage 3 on.',
      ]
    : [];
}

function refusedOmission(stage: RungNumber, without: readonly RungName[], name: RungName): readonly string[] {
  if (rungNumbered(stage).name === name) {
    return [
      `${name} is the stage that was asked for, so it cannot be left out of it; ask for a lower stage.`,
    ];
  }
  return LADDER.filter((rung) => rung.number <= stage && !without.includes(rung.name)).flatMap((rung: Rung) =>
    Object.entries(rung.needs)
      .filter(([needed]) => needed === name)
      .map(([, why]) => `${name} cannot be left out while ${rung.name} is there: ${why}.`),
  );
}
