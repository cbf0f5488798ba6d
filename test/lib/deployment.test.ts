/** Which stacks a deployment has, in which order, and what each data center is told of the others. */
import { Stack } from 'aws-cdk-lib';
import { at, list, readOutputs, resources } from '../support/cloud-assembly';
import { DOMAIN } from '../support/rungs';
import { synthesize, withApplication } from '../support/synthesize';
import { written } from './constructs/in-stack';

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];
const FIRST = 'us-east-1';
const FURTHER = ['eu-west-1', 'ap-southeast-2'];
const three = synthesize({ stage: '8', name: 'shop', ...DOMAIN, regions: REGIONS.join(',') });
const one = synthesize({ stage: '8', name: 'shop', without: 'data-centers', ...DOMAIN });
const irish = synthesize({
  stage: '7',
  name: 'shop',
  ...DOMAIN,
  regions: 'eu-west-1,us-east-1',
  zones: 'us-east-1d,us-east-1b',
});

const of = (assembly: typeof three, stack: string, type: string) =>
  resources(assembly, type).filter((resource) => resource.stack === stack);

/** Pairs of stacks of which the first is deployed before the second. */
function before(assembly: typeof three): ReadonlySet<string> {
  const stacks = [...assembly.keys()];
  return new Set(
    stacks.flatMap((stack, place) => stacks.slice(place + 1).map((later) => `${stack} < ${later}`)),
  );
}

function expectOrder(pairs: readonly string[]): void {
  expect(pairs.filter((pair) => !before(three).has(pair))).toEqual([]);
}

describe('a deployment to three regions', () => {
  it('is two stacks a region and one before them all', () => {
    expect([...three.keys()].sort()).toEqual(
      [...REGIONS.flatMap((region) => [`shop-${region}-app`, `shop-${region}-data`]), 'shop-edge'].sort(),
    );
  });

  it('makes the database before the replicas of it', () => {
    expectOrder(FURTHER.map((region) => `shop-${FIRST}-data < shop-${region}-data`));
  });

  it('makes one replica of the database after the other', () => {
    expectOrder([`shop-${FURTHER[0] ?? ''}-data < shop-${FURTHER[1] ?? ''}-data`]);
  });

  it('makes what all data centers keep before the edge that asks there for marks', () => {
    expectOrder(REGIONS.map((region) => `shop-${region}-data < shop-edge`));
  });

  it('leads users to CloudFront before any load balancer answers it alone', () => {
    expectOrder(REGIONS.map((region) => `shop-edge < shop-${region}-app`));
  });

  it('starts the servers that make the tables before those that wait for them', () => {
    expectOrder(FURTHER.map((region) => `shop-${FIRST}-app < shop-${region}-app`));
  });

  it('has no value that crosses regions', () => {
    const regionOf = (stack: string) => stack.replace(/-(app|data)$/, '');
    const read = [...three].flatMap(([stack, template]) =>
      readOutputs(three, template).map((output) => [regionOf(stack), regionOf(output.stack)]),
    );
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter(([to, from]) => to !== from)).toEqual([]);
  });
});

describe('zones', () => {
  const zones = (region: string): ReadonlySet<unknown> =>
    new Set(
      of(irish, `shop-${region}-data`, 'AWS::EC2::Subnet').map(({ properties }) =>
        JSON.stringify(properties['AvailabilityZone']),
      ),
    );

  it('are those that are named, in their order', () => {
    expect([...zones('us-east-1')]).toEqual(['"us-east-1d"', '"us-east-1b"']);
  });

  it('of a region without any named are its first two, found when it is deployed', () => {
    expect([...zones('eu-west-1')]).toEqual(
      [0, 1].map((place) => JSON.stringify({ 'Fn::Select': [place, { 'Fn::GetAZs': '' }] })),
    );
  });
});

describe('the worker of each data center', () => {
  const peers = (assembly: typeof three, region: string): readonly string[] =>
    of(assembly, `shop-${region}-app`, 'AWS::Lambda::Function').flatMap(({ properties }) =>
      list(at(properties, 'Environment.Variables.PEER_QUEUE_URLS')).map(written),
    );
  const queue = (region: string): string => `https://sqs.${region}.amazonaws.com/123456789012/shop-clicks`;

  it.each([
    ['us-east-1', 'eu-west-1', 'ap-southeast-2'],
    ['eu-west-1', 'ap-southeast-2', 'us-east-1'],
    ['ap-southeast-2', 'us-east-1', 'eu-west-1'],
  ])('in %s hands on to %s, then %s', (here, next, last) => {
    expect(peers(three, here)).toEqual([`${queue(next)},${queue(last)}`]);
  });

  it('hands on to a queue that is there', () => {
    const there = REGIONS.flatMap((region) =>
      of(three, `shop-${region}-data`, 'AWS::SQS::Queue').flatMap(({ properties }) =>
        list(properties['QueueName']),
      ),
    );
    expect(there).toEqual(['shop-clicks', 'shop-clicks', 'shop-clicks']);
  });

  it.each(REGIONS)('in %s wears a group that the database admits, and nobody is admitted to', (region) => {
    const rules = (type: string) =>
      of(three, `shop-${region}-data`, type).map(({ properties }) => [
        written(properties['GroupId']),
        written(properties['SourceSecurityGroupId'] ?? properties['DestinationSecurityGroupId']),
        properties['ToPort'],
      ]);
    const isWorkers = (group: unknown) => String(group).startsWith('<ClickWorkers');
    const admitted = rules('AWS::EC2::SecurityGroupIngress');
    expect([
      admitted.filter(([group]) => isWorkers(group)),
      admitted.filter(([, source]) => isWorkers(source)).map(([group]) => String(group).slice(0, 14)),
    ]).toEqual([[], ['<DatabaseGroup']]);
  });

  it('hands on to nobody where data centers are left out', () => {
    expect([
      peers(one, FIRST),
      of(one, `shop-${FIRST}-app`, 'AWS::Lambda::EventSourceMapping').length,
    ]).toEqual([[], 1]);
  });
});

describe('the protection of what stands', () => {
  const watched = (assembly: typeof three): ReadonlyMap<string, unknown> =>
    new Map(
      resources(assembly, 'AWS::Lambda::Function')
        .map(
          ({ properties, stack }) => [stack, at(properties, 'Environment.Variables.OTHER_STACKS')] as const,
        )
        .filter(([, others]) => others !== undefined),
    );

  it('covers every stack of a deployment in production', () => {
    expect(watched(three)).toEqual(
      new Map([
        ['shop-us-east-1-data', 'us-east-1/shop-us-east-1-app,us-east-1/shop-edge'],
        ['shop-eu-west-1-data', 'eu-west-1/shop-eu-west-1-app'],
        ['shop-ap-southeast-2-data', 'ap-southeast-2/shop-ap-southeast-2-app'],
      ]),
    );
  });

  it('is none in a sandbox', () => {
    const sandbox = synthesize({ stage: '8', name: 'shop', ...DOMAIN, sandbox: 'true' });
    expect(watched(sandbox).size).toBe(0);
  });

  it('is no stack’s own property, which would protect one that does not stand yet', () => {
    const declared = withApplication({ stage: '8', ...DOMAIN }, {}, ({ node }) =>
      node.children.filter(Stack.isStack).filter(({ terminationProtection }) => terminationProtection),
    );
    expect(declared).toEqual([]);
  });
});

describe('a further data center', () => {
  it.each(FURTHER)('in %s has one database, and no volume or address that rung 1 leaves behind', (region) => {
    const counts = ['AWS::RDS::DBInstance', 'AWS::EC2::Volume', 'AWS::SecretsManager::Secret'].map(
      (type) => of(three, `shop-${region}-data`, type).filter(({ id }) => !id.startsWith('Cache')).length,
    );
    expect(counts).toEqual([1, 0, 0]);
  });

  it('has as many servers as the first', () => {
    const sizes = REGIONS.map((region) =>
      of(three, `shop-${region}-app`, 'AWS::AutoScaling::AutoScalingGroup').map(({ properties }) => [
        properties['MinSize'],
        properties['MaxSize'],
      ]),
    );
    expect(sizes).toEqual(REGIONS.map(() => [['2', '6']]));
  });
});

describe('each load balancer', () => {
  it.each(REGIONS)('in %s shows a certificate for every name by which CloudFront asks it', (region) => {
    const names = of(three, `shop-${region}-app`, 'AWS::CertificateManager::Certificate').map(
      ({ properties }) => [properties['DomainName'], ...list(properties['SubjectAlternativeNames'])],
    );
    expect(names).toEqual([
      [
        'links.example.com',
        `origin-${region}.links.example.com`,
        'reads.links.example.com',
        'writes.links.example.com',
      ],
    ]);
  });

  it.each([
    ['us-east-1', 'three regions', three, [{ Region: 'eu-west-1' }, { Region: 'ap-southeast-2' }]],
    ['eu-west-1', 'Ireland and Virginia, where the edge is too', irish, [{ Region: 'us-east-1' }]],
    ['us-east-1', 'one region', one, undefined],
  ])('finds the secret of CloudFront: made in %s, it is copied in %s', (region, _, assembly, copies) => {
    const made = of(assembly, `shop-${region}-data`, 'AWS::SecretsManager::Secret').filter(({ id }) =>
      id.startsWith('OriginSecrets'),
    );
    expect(made.map(({ properties }) => properties['ReplicaRegions'])).toEqual([copies, copies]);
  });
});

describe('the marks that CloudFront shows', () => {
  it('are those of the buckets that data centers have', () => {
    const kept = REGIONS.flatMap((region) =>
      of(three, `shop-${region}-data`, 'AWS::S3::Bucket').flatMap(({ properties }) =>
        properties['BucketName'] === undefined
          ? []
          : `${written(properties['BucketName'])}.s3.${region}.amazonaws.com`,
      ),
    );
    const asked = of(three, 'shop-edge', 'AWS::CloudFront::Distribution')
      .flatMap(({ properties }) => list(at(properties, 'DistributionConfig.Origins')))
      .map((origin) => written(at(origin, 'DomainName')))
      .filter((name) => name.startsWith('shop-mark-'));
    expect(asked).toEqual(kept);
  });
});

describe('the guard of each data stack', () => {
  it('knows the whole deployment', () => {
    const told = resources(three, 'Custom::Guard').map(({ stack, properties }) => [
      stack,
      ...['Regions', 'Domain', 'OwnApplication'].map((name) => properties[name]),
    ]);
    expect(told.sort()).toEqual(
      REGIONS.map((region) => [
        `shop-${region}-data`,
        REGIONS.join(','),
        'links.example.com',
        'false',
      ]).sort(),
    );
  });

  it('knows which rungs are left out', () => {
    const [rungs] = resources(one, 'Custom::Guard').map(({ properties }) => properties['Rungs']);
    expect(rungs).toBe(
      'single-server,separate-database,load-balancer,database-replication,cache,cdn,message-queue',
    );
  });
});
