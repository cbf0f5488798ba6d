/** What raising or lowering a setting at one rung changes, and what it leaves alone. */
import { type CloudAssembly, at, list, resources } from '../support/cloud-assembly';
import { circumstances, DOMAIN, RUNGS, stage, titled } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { dangers } from './dangers';
import { interruptions } from './interruptions';
import { type Change, changesOf, isReplaced } from './replacements';
import { outages } from './served';

const rung = (stage: number, context: Context = {}): CloudAssembly =>
  synthesize({ stage: String(stage), ...context });
const databases = (changes: readonly Change[]) =>
  changes.filter(({ type }) => type === 'AWS::RDS::DBInstance').map(({ name }) => name);
const replicasOf = (assembly: CloudAssembly): readonly string[] =>
  resources(assembly, 'AWS::RDS::DBInstance')
    .filter(({ properties }) => properties['SourceDBInstanceIdentifier'] !== undefined)
    .map(({ name }) => name);

describe('the number of replicas', () => {
  it.each([
    [0, 1],
    [2, 3],
    [3, 2],
    [15, 0],
  ])('from %i to %i touches no primary and no other replica', (some, others) => {
    const [before, after] = [some, others].map((replicas) => rung(4, { replicas: String(replicas) }));
    expect(before && after && databases(changesOf(before, after))).toEqual([]);
  });

  it('grows by adding to those that are there', () => {
    const [two, three] = [2, 3].map((replicas) => replicasOf(rung(4, { replicas: String(replicas) })));
    expect(three?.slice(0, 2)).toEqual(two);
  });

  it('may fall in production, for a replica is a copy', () => {
    expect(dangers(rung(4), rung(4, { replicas: '1' }), { production: true })).toEqual([]);
  });
});

describe('the climb to rung 4', () => {
  it('makes the very database Multi-AZ, and changes nothing else of it', () => {
    const [change, ...more] = changesOf(rung(3), rung(4)).filter(
      ({ type }) => type === 'AWS::RDS::DBInstance',
    );
    expect([
      change && Object.keys(change.difference.propertyUpdates),
      change && isReplaced(change),
      more,
    ]).toEqual([['MultiAZ'], false, []]);
  });
});

describe('the climb to rung 6', () => {
  it('leaves the load balancer as it is, but for the group by which CloudFront comes in', () => {
    const changed = changesOf(rung(5), rung(6))
      .filter(({ type }) => type.startsWith('AWS::ElasticLoadBalancingV2::'))
      .map((change) => ({
        type: change.type,
        properties: Object.keys(change.difference.propertyUpdates),
        replaced: isReplaced(change),
      }))
      .filter(({ properties }) => properties.length > 0);
    expect(changed).toEqual([
      {
        type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
        properties: ['SecurityGroups'],
        replaced: false,
      },
    ]);
  });
});

// Beside the load balancer, at the edge of one data center, and of several: each further number takes seconds to make.
const fronted = (
  [
    ['cdn', 'in production'],
    ['cdn', 'in a sandbox with a domain'],
    ['data-centers', 'in production with a domain in Ireland'],
  ] as const
).flatMap(([name, where]) =>
  RUNGS.filter((place) => place.name === name).flatMap((place) =>
    circumstances(place)
      .filter(({ title }) => title === where)
      .map(({ title, context, production }) => ({
        title: `${titled(place)} ${title}`,
        context: stage(place, context),
        production,
      })),
  ),
);

describe.each(fronted)('the number of the origin’s secret at $title', ({ context, production }) => {
  const numbered = (number: number) => synthesize({ ...context, originSecret: String(number) });

  it.each([
    [1, 2],
    [2, 3],
  ])('from %i to %i loses and replaces nothing', (some, next) => {
    expect(dangers(numbered(some), numbered(next), { production })).toEqual([]);
  });

  it('may be raised by one without an outage, wherever the deployment stops', () => {
    expect(outages(numbered(2), numbered(3))).toEqual([]);
  });

  it('may be raised by one without taking anything from what still runs', () => {
    expect(interruptions(numbered(2), numbered(3))).toEqual([]);
  });

  it('keeps the secret that a stack still refers to until it does not', () => {
    const referred = resolved([...numbered(2).values()]);
    expect(referred.filter((secret) => !secretsOf(numbered(3)).includes(secret))).toEqual([]);
  });

  it('refers to no secret that is not there', () => {
    const referred = resolved([...numbered(3).values()]);
    expect(referred.filter((secret) => !secretsOf(numbered(3)).includes(secret))).toEqual([]);
  });
});

it('a CDN in another region than its data center finds the secrets in its own', () => {
  const replicated = resources(rung(6, { ...DOMAIN, regions: 'eu-west-1' }), 'AWS::SecretsManager::Secret')
    .filter(({ properties }) => typeof properties['Name'] === 'string')
    .map(({ properties }) => list(properties['ReplicaRegions']).map((replica) => at(replica, 'Region')));
  expect(replicated).toEqual([['us-east-1'], ['us-east-1']]);
});

/** Names of the secrets that templates ask CloudFormation for, by name. */
function resolved(templates: unknown): readonly string[] {
  const found = JSON.stringify(templates).matchAll(/\{\{resolve:secretsmanager:([a-z0-9-]+-origin-\d+):/g);
  return [...new Set(Array.from(found, ([, name = '']) => name))];
}

function secretsOf(assembly: CloudAssembly): readonly unknown[] {
  return resources(assembly, 'AWS::SecretsManager::Secret').map(({ properties }) => properties['Name']);
}
