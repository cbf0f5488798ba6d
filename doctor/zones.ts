/** Which zones of a region a deployment takes. */
import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import type { Aws } from './aws';
import { at, count, list, text } from './json';
import { ofType, type Wanted } from './wanted';

export interface Zone {
  /** The account's own name for it, such as `us-east-1a`. */
  readonly name: string;
  /** AWS's name for it, the same for all accounts, such as `use1-az3`. */
  readonly id: string;
}

export interface Zones {
  /** Every zone that this account may use, in the order of `Fn::GetAZs`. */
  readonly all: readonly Zone[];
  /** Those that the deployment's subnets are in. */
  readonly chosen: readonly Zone[];
}

export async function askForZones(aws: Aws, region: string, wanted: Wanted): Promise<Zones> {
  const client = aws.ec2(region);
  const [{ AvailabilityZones = [] }, { Subnets = [] }] = await Promise.all([
    client.send(
      new DescribeAvailabilityZonesCommand({
        Filters: [
          { Name: 'zone-type', Values: ['availability-zone'] },
          { Name: 'state', Values: ['available'] },
        ],
      }),
    ),
    client.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] })),
  ]);
  return chooseZones(
    AvailabilityZones.map(({ ZoneName = '', ZoneId = '' }) => ({ name: ZoneName, id: ZoneId })),
    Subnets.flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []),
    ofType(wanted, region, 'AWS::EC2::Subnet').map(({ properties }) => at(properties, 'AvailabilityZone')),
  );
}

/**
 * `Fn::GetAZs` lists zones by name, and only those with a default subnet where any zone has one (CloudFormation's
 * reference). A subnet names its zone, or takes one from that list.
 */
export function chooseZones(
  available: readonly Zone[],
  withDefaultSubnet: readonly string[],
  subnets: readonly unknown[],
): Zones {
  const all = available
    .filter(({ name }) => withDefaultSubnet.length === 0 || withDefaultSubnet.includes(name))
    .sort((a, b) => a.name.localeCompare(b.name));
  const chosen = subnets.flatMap((subnet) => {
    const named = text(subnet);
    const zone =
      named === undefined
        ? all[count(list(at(subnet, 'Fn::Select'))[0])]
        : available.find(({ name }) => name === named);
    return zone ?? [];
  });
  return { all, chosen: [...new Set(chosen)] };
}
