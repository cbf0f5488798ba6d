/** What a rung has on this machine, out of the same ladder that is deployed. */
import { planFor, refusals, type RungName, type RungNumber } from '../../lib/scaling-plan';
import { withDefaults } from '../../lib/settings';
import { HAPROXY, NGINX, PGREP, REDIS, type Program } from '../machine';

export interface RungRequest {
  readonly stage: RungNumber;
  /** Rungs below to leave out. @default - none */
  readonly without?: readonly RungName[];
  /** Servers behind each load balancer. @default - three; two in each of several data centers */
  readonly servers?: number | undefined;
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
  /** Beside each queue; none where there is no queue. On AWS Lambda has as many as there is work for. */
  readonly workers: number;
}

/** Fewer in each of several data centers: all of them share this machine. */
const ALONE = { servers: 3, workers: 2 };
const IN_EACH_OF_SEVERAL = { servers: 2, workers: 1 };

/** @throws Error with a sentence for each thing that makes no sense. */
export function planRung({ stage, without = [], servers }: RungRequest): RungPlan {
  const settings = withDefaults({ stage, without });
  const plan = planFor(settings);
  const { loadBalancer } = plan;
  const problems = [
    ...refusals(stage, without),
    ...(servers !== undefined && !loadBalancer
      ? [`--servers ${servers}: without a load balancer there is one server; leave it out.`]
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
    workers: plan.clickQueue ? usual.workers : 0,
  };
}

/** What a rung needs on this machine besides npm's packages. */
export function neededBy({ loadBalancer, cache, edge }: RungPlan): readonly Program[] {
  return [PGREP, ...(loadBalancer ? [HAPROXY] : []), ...(cache ? [REDIS] : []), ...(edge ? [NGINX] : [])];
}
