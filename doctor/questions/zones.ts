/** Whether the deployment's two zones have what is to stand in them: they are for life. */
import { DescribeInstanceTypeOfferingsCommand } from '@aws-sdk/client-ec2';
import { SETTINGS } from '../../lib/settings';
import { type Finding, ok, wrong } from '../finding';
import { dataCenters, type Question } from '../question';
import type { Zone, Zones } from '../zones';

/**
 * Zones without NAT gateways, by AWS's own name for them; no request tells it. VPC user guide, troubleshooting NAT gateways,
 * "NAT gateway not available in the Availability Zone" (`NotAvailableInZone`): what it says of constrained zones holds for
 * this one of Tokyo.
 */
const WITHOUT_NAT_GATEWAYS: ReadonlySet<string> = new Set(['apne1-az3']);

export interface ZonesJudged extends Zones {
  readonly region: string;
  /** The servers' type. */
  readonly type: string;
  /** Names of the zones that have it. */
  readonly offering: readonly string[];
  /** Whether the rung has NAT gateways, or may get them in a climb. */
  readonly natGateways: boolean;
}

export function judgeZones(judged: ZonesJudged): readonly Finding[] {
  const { all, chosen, region, type } = judged;
  if (chosen.length < 2) {
    return [
      wrong(
        `${region} has ${all.length} zone for this account`,
        'two zones',
        `set regions to one that has two: aws ec2 describe-availability-zones --region ${region}`,
      ),
    ];
  }
  const lacking = chosen.flatMap((zone) =>
    lacks(judged, zone).map((what) => `${shown(zone)} has no ${what}`),
  );
  const needed = `${type} in both, for life`;
  return lacking.length === 0
    ? [ok(`${chosen.map(shown).join(' and ')} have ${type}`, needed)]
    : lacking.map((found) => wrong(found, needed, elsewhere(judged)));
}

function lacks({ type, offering, natGateways }: ZonesJudged, { name, id }: Zone): readonly string[] {
  return [
    ...(offering.includes(name) ? [] : [type]),
    ...(natGateways && WITHOUT_NAT_GATEWAYS.has(id) ? ['NAT gateways'] : []),
  ];
}

/** Two zones that have everything, where there are two and they can be chosen; another type or region otherwise. */
function elsewhere(judged: ZonesJudged): string {
  const good = judged.all.filter((zone) => lacks(judged, zone).length === 0).map(({ name }) => name);
  if (good.length >= 2 && Object.hasOwn(SETTINGS, 'zones')) {
    return `set zones to "${good.slice(0, 2).join(',')}" before the first deployment`;
  }
  return good.length === 0
    ? `set serverInstanceType to one of: aws ec2 describe-instance-type-offerings --location-type availability-zone --region ${judged.region}`
    : 'set regions to another region, or serverInstanceType to a type that both zones have';
}

function shown({ name, id }: Zone): string {
  return `${name} (${id})`;
}

export const zones: Question = {
  title: 'zones',
  places: dataCenters,
  answer: async ({ aws, plan, zones: zonesIn }, region) => {
    const [found, { InstanceTypeOfferings = [] }] = await Promise.all([
      zonesIn(region),
      aws.ec2(region).send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: 'availability-zone',
          Filters: [{ Name: 'instance-type', Values: [plan.serverInstanceType] }],
        }),
      ),
    ]);
    return judgeZones({
      ...found,
      region,
      type: plan.serverInstanceType,
      offering: InstanceTypeOfferings.flatMap(({ Location }) => Location ?? []),
      natGateways: plan.natGateways > 0,
    });
  },
};
