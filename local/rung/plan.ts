/** What a rung has on this machine, out of the same ladder that is deployed. */
import {
  LADDER,
  planFor,
  refusals,
  type QueueKind,
  type RungName,
  type RungNumber,
} from '../../lib/scaling-plan';
import { withDefaults } from '../../lib/settings';
import { HAPROXY, KCAT, NGINX, PGREP, RABBITMQ, REDIS, type Program } from '../machine';

export interface RungRequest {
  readonly stage: RungNumber;
  /** Rungs below to leave out. @default - none */
  readonly without?: readonly RungName[];
  /** Servers behind each load balancer. @default - three; two in each of several data centers */
  readonly servers?: number | undefined;
  /** What clicks go through, where they go through a queue. @default - SQS */
  readonly queue?: QueueKind | undefined;
}

export interface RungPlan {
  /** PostgreSQL apart from the server; without it the one server has a database in its own process. */
  readonly database: boolean;
  readonly loadBalancer: boolean;
  /** In each data center; one where there is no load balancer. */
  readonly servers: number;
  /** Beside the primary. */
  readonly replicas: number;
  readonly cache: boolean;
  readonly edge: boolean;
  /** The nearest first, where writes start; undefined where there is one and it needs no name. */
  readonly regions: readonly [string | undefined, ...string[]];
  /** What clicks go through; undefined where they go to the database. */
  readonly queue: QueueKind | undefined;
  /** Beside each queue; none where there is no queue. On AWS Lambda has as many as there is work for. */
  readonly workers: number;
  /** Whether data centers were left out unasked, for the queue has no way from one to another. */
  readonly leavesOutDataCenters: boolean;
}

/** Fewer in each of several data centers: all of them share this machine. */
const ALONE = { servers: 3, workers: 2 };
const IN_EACH_OF_SEVERAL = { servers: 2, workers: 1 };

/** The one that clicks pass on between data centers with. */
const AROUND_THE_RING: QueueKind = 'sqs';

const FIRST_WITH_QUEUE = LADDER.find(({ name }) => name === 'message-queue');

/** @throws Error with a sentence for each thing that makes no sense. */
export function planRung({ stage, without: wanted = [], servers, queue }: RungRequest): RungPlan {
  const usualPlan = planFor(withDefaults({ stage, without: wanted }));
  const leavesOutDataCenters =
    usualPlan.clickQueue && usualPlan.dataCenters && (queue ?? AROUND_THE_RING) !== AROUND_THE_RING;
  const without: readonly RungName[] = leavesOutDataCenters ? [...wanted, 'data-centers'] : wanted;
  const settings = withDefaults({ stage, without });
  const plan = planFor(settings);
  const { loadBalancer } = plan;
  const problems = [
    ...refusals(stage, without),
    ...(servers !== undefined && !loadBalancer
      ? [`--servers ${servers}: without a load balancer there is one server; leave it out.`]
      : []),
    ...(queue !== undefined && !plan.clickQueue
      ? [
          `--queue ${queue}: stage ${stage} has no queue; leave it out, or take stage ${FIRST_WITH_QUEUE?.number ?? ''}, ${FIRST_WITH_QUEUE?.name ?? ''}.`,
        ]
      : []),
  ];
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
  const usual = plan.dataCenters ? IN_EACH_OF_SEVERAL : ALONE;
  return {
    database: plan.database,
    loadBalancer,
    servers: loadBalancer ? (servers ?? usual.servers) : 1,
    replicas: plan.replicas,
    cache: plan.cache,
    edge: plan.cdn,
    regions: plan.dataCenters ? settings.regions : [undefined],
    queue: plan.clickQueue ? (queue ?? 'sqs') : undefined,
    workers: plan.clickQueue ? usual.workers : 0,
    leavesOutDataCenters,
  };
}

/** What each kind of queue needs besides npm's packages. */
const OF_QUEUES: Readonly<Record<QueueKind, readonly Program[]>> = {
  sqs: [],
  rabbitmq: [RABBITMQ],
  kafka: [KCAT],
};

/** What a rung needs on this machine besides npm's packages. */
export function neededBy({ loadBalancer, cache, edge, queue }: RungPlan): readonly Program[] {
  return [
    PGREP,
    ...(loadBalancer ? [HAPROXY] : []),
    ...(cache ? [REDIS] : []),
    ...(edge ? [NGINX] : []),
    ...(queue === undefined ? [] : OF_QUEUES[queue]),
  ];
}
