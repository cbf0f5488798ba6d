/** How many there are of what is billed by the piece. A test counts them in the templates. */
import type { QueueKind, ScalingPlan } from '../scaling-plan';

/** A data center among the data centers. */
export interface Standing {
  /** The first one, where writes start. */
  readonly isFirst: boolean;
  /** How many regions there are. */
  readonly regions: number;
  /** Whether the edge stands in a region that no data center is in, and needs copies of secrets there. */
  readonly edgeAlone: boolean;
}

export interface Inventory {
  readonly addresses: number;
  readonly natGateways: number;
  readonly interfaceEndpoints: number;
  readonly keys: number;
  /** Copies of other regions' secrets, which cost the same, included where they are. */
  readonly secrets: number;
  readonly alarms: number;
  /** Health checks that ask an address, and those that combine others. */
  readonly askingChecks: number;
  readonly combiningChecks: number;
}

/** Of a load balancer: one in each zone. */
const ADDRESSES_OF_A_LOAD_BALANCER = 2;
/** What CloudFront sends, and the next one. */
const ORIGIN_SECRETS = 2;

/** What a data center has. */
export function inventoryOf(plan: ScalingPlan, { isFirst, regions, edgeAlone }: Standing): Inventory {
  const times = (is: boolean, count: number): number => (is ? count : 0);
  return {
    // A load balancer's addresses are in no template: AWS gives them.
    addresses:
      times(plan.fixedAddress, 1) + plan.natGateways + times(plan.loadBalancer, ADDRESSES_OF_A_LOAD_BALANCER),
    natGateways: plan.natGateways,
    interfaceEndpoints: times(plan.database && plan.natGateways === 0, 1),
    keys: 1,
    secrets:
      1 +
      times(plan.database, 1) +
      times(plan.cache, 1) +
      times(plan.queues.includes('rabbitmq'), 1) +
      times(plan.cdn, ORIGIN_SECRETS * (isFirst && edgeAlone ? 2 : 1)),
    alarms:
      // Servers, and the guard over what stands.
      5 +
      times(plan.databaseOnServer, 1) +
      times(plan.database, 5) +
      times(plan.loadBalancer, 5) +
      // A further data center's database is a replica itself.
      times(plan.replicas > 0, 2 * plan.replicas) +
      times(!isFirst, 2 + PROMOTION_ALARMS) +
      times(plan.cache, 4) +
      // That clicks are lost, whatever the queue.
      times(plan.clickQueue, 1) +
      plan.queues.reduce(
        (total, kind) => total + ALARMS_OF_QUEUES[kind] + times(kind !== plan.queue, DRAINED_ALARMS),
        0,
      ),
    askingChecks: times(plan.dataCenters, 2 + (regions - 1)),
    combiningChecks: times(plan.dataCenters, 2),
  };
}

const PROMOTION_ALARMS = 3;
const ALARMS_OF_QUEUES: Readonly<Record<QueueKind, number>> = { sqs: 4, rabbitmq: 5, kafka: 4 };
/** That a queue which is being emptied is empty. */
const DRAINED_ALARMS = 1;
