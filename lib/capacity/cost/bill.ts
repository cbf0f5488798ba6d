/** What a deployment costs a month, part by part, out of dated prices. */
import { planForFurther, type ScalingPlan } from '../../scaling-plan';
import { price } from '../data';
import { type Figure, sum } from '../figure';
import type { Load } from '../load';
import { billed, siteItems } from './data-center';
import { edgeItems, flatRateOf, nameItems } from './edge';
import type { Deployment, Item } from './line';

/** A bill; or, where main prices of a region are not known, which. */
export type Bill =
  | {
      readonly known: true;
      readonly items: readonly Item[];
      readonly total: Figure;
      /** CloudFront by use, with its firewall. @default - there is none */
      readonly edgeByUse: Figure | undefined;
      /** The same by CloudFront's flat-rate plan of that size. @default - there is none so large */
      readonly edgeFlatRate: Figure | undefined;
    }
  | { readonly known: false; readonly missing: readonly string[] };
/** What a deployment costs under a load. */
export function billOf(deployment: Deployment, load: Load): Bill {
  const { plan, regions } = deployment;
  const missing = regions.flatMap((region, place) =>
    missingPrices(place === 0 ? plan : planForFurther(plan), region, place === 0),
  );
  if (missing.length > 0) return { known: false, missing };
  const edge = plan.cdn ? edgeItems(deployment, load) : [];
  const items = [
    ...regions.flatMap((region, place) => siteItems(billed(deployment, load, region, place === 0))),
    ...edge,
    ...(deployment.hasDomain ? nameItems(deployment) : []),
  ];
  return {
    known: true,
    items,
    total: sum(
      { id: 'cost', what: 'cost of a month', unit: '$/month', how: 'the sum of its parts' },
      partsOf(items),
    ),
    edgeByUse: plan.cdn
      ? sum(
          {
            id: 'edge-by-use',
            what: 'CloudFront and its firewall by use',
            unit: '$/month',
            how: 'the sum of its lines',
          },
          edge.map(({ cost }) => cost),
        )
      : undefined,
    edgeFlatRate: plan.cdn ? flatRateOf(load) : undefined,
  };
}

/** What each part costs, in the order of the bill. */
export function partsOf(items: readonly Item[]): readonly Figure[] {
  return [...new Set(items.map(({ part }) => part))].map((part) =>
    sum(
      { id: `cost-${slug(part)}`, what: part, unit: '$/month', how: 'the sum of its lines' },
      items.filter((one) => one.part === part).map(({ cost }) => cost),
    ),
  );
}

function slug(words: string): string {
  return words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** Ids of main prices that a region's table lacks. */
function missingPrices(plan: ScalingPlan, region: string, isFirst: boolean): readonly string[] {
  const kind = plan.databaseStandby && isFirst ? 'multi' : 'single';
  const main = [
    `ec2-${plan.serverInstanceType}`,
    'ebs-gp3',
    'public-address',
    ...(plan.loadBalancer ? ['load-balancer', 'nat-gateway', 'nat-gateway-data'] : []),
    ...(plan.database ? [`rds-${plan.databaseInstanceType}-${kind}`, 'rds-storage-single'] : []),
    ...(plan.cache ? [`cache-${plan.cacheNodeType}`] : []),
    ...(plan.queues.includes('rabbitmq') ? [`mq-${plan.rabbitmqInstanceType}`] : []),
    ...(plan.queues.includes('kafka') ? [`msk-${plan.kafkaInstanceType}`] : []),
  ];
  return main.filter((id) => price(id, region) === undefined).map((id) => `${id} in ${region}`);
}
