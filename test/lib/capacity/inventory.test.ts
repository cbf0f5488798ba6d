/** What is billed by the piece is counted as the templates have it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inventoryOf } from '../../../lib/capacity/inventory';
import { BUILT_RUNGS, planFor, planForFurther, QUEUE_KINDS } from '../../../lib/scaling-plan';
import { withDefaults } from '../../../lib/settings';
import type { Resource, Template } from '../../support/cloud-assembly';

const SNAPSHOTS = join(__dirname, '../../snapshots');

/** Each data center of each rung: its plan and its templates' resources. */
const centers = readdirSync(SNAPSHOTS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: rung }) => {
    const [, number, omitted, kind] = /^(\d)-.*?(?:-without-(.*?))?(?:-with-(.*))?$/.exec(rung) ?? [];
    const stage = BUILT_RUNGS.find((each) => String(each.number) === number)?.number ?? 1;
    const queue = QUEUE_KINDS.find((each) => each === kind) ?? 'sqs';
    // Data centers have no other queue than SQS.
    const left = queue === 'sqs' ? omitted : 'data-centers';
    const without = BUILT_RUNGS.flatMap(({ name }) => (name === left ? [name] : []));
    const plan = planFor(withDefaults({ stage, without, queue }));
    const regions = plan.dataCenters ? (['us-east-1', 'eu-west-1'] as const) : (['us-east-1'] as const);
    return regions.map((region) => ({
      rung,
      region,
      plan,
      regions: regions.length,
      isFirst: region === 'us-east-1',
    }));
  });

function resources(rung: string, stacks: RegExp): readonly Resource[] {
  return readdirSync(join(SNAPSHOTS, rung))
    .filter((file) => stacks.test(file))
    .flatMap((file) => {
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- a template as CloudFormation takes it
      const template = JSON.parse(readFileSync(join(SNAPSHOTS, rung, file), 'utf8')) as Template;
      return Object.values(template.Resources);
    });
}

const count = (
  those: readonly Resource[],
  type: string,
  is: (resource: Resource) => boolean = () => true,
): number => those.filter((resource) => resource.Type === type && is(resource)).length;

it.each(centers)('$rung in $region', ({ rung, region, plan, regions, isFirst }) => {
  const own = resources(rung, new RegExp(`-${region}-(data|app)\\.`));
  const all = resources(rung, /./);
  const inventory = inventoryOf(isFirst ? plan : planForFurther(plan), {
    isFirst,
    regions,
    edgeAlone: false,
  });
  const copies = all.filter(
    ({ Type, Properties }) =>
      Type === 'AWS::SecretsManager::Secret' &&
      JSON.stringify(Properties?.['ReplicaRegions'] ?? []).includes(`"${region}"`),
  ).length;
  const balancers = count(own, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
  const combines = (resource: Resource): boolean =>
    JSON.stringify(resource.Properties).includes('"CALCULATED"');
  expect({
    natGateways: count(own, 'AWS::EC2::NatGateway'),
    // AWS gives a load balancer an address in each zone.
    addresses: count(own, 'AWS::EC2::EIP') + 2 * balancers,
    interfaceEndpoints: count(
      own,
      'AWS::EC2::VPCEndpoint',
      ({ Properties }) => Properties?.['VpcEndpointType'] === 'Interface',
    ),
    keys: count(own, 'AWS::KMS::Key'),
    secrets: count(own, 'AWS::SecretsManager::Secret') + copies,
    alarms: count(own, 'AWS::CloudWatch::Alarm'),
    askingChecks: count(own, 'AWS::Route53::HealthCheck', (resource) => !combines(resource)),
    combiningChecks: count(own, 'AWS::Route53::HealthCheck', combines),
  }).toEqual(inventory);
});

it('every rung’s data centers are counted', () => {
  expect(centers.length).toBe(13);
});
