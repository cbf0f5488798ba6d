/** The way down, rung by rung, in the order that docs/runbook.md tells ("Going down a rung"), and up again afterwards. */
import type { CloudAssembly } from '../support/cloud-assembly';
import { circumstances, hasDataCenters, type Place, RUNGS, stage, titled } from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { collisions, leftBehind } from './collisions';
import { dangers, given } from './dangers';
import { faults } from './faults';
import { interruptions, orphans, refusals } from './interruptions';
import { outages, shutOut } from './served';
import { destroyed, readersFirst, stepsOf } from './steps';

/** What production keeps under a name of ours: the runbook has it deleted by hand before the climb up again. */
const BY_HAND = [/^AWS::SQS::Queue \["zero-to-million-clicks"/];

const place = (number: number, ...without: readonly string[]): Place => {
  const found = RUNGS.find((rung) => rung.number === number && rung.without.join() === without.join());
  if (!found) throw new Error(`There is no rung ${number} without ${without.join()}.`);
  return found;
};

interface GivenUp {
  readonly production: ReturnType<typeof given>;
  readonly sandbox: ReturnType<typeof given>;
}

const MARKS: GivenUp = {
  // An empty bucket: S3 deletes none that holds a mark.
  production: { kept: [], deleted: ['AWS::Route53::RecordSet', 'AWS::S3::Bucket'] },
  sandbox: {
    kept: [],
    deleted: ['AWS::Route53::RecordSet', 'AWS::S3::Bucket', 'Custom::S3AutoDeleteObjects'],
  },
};
const CLICKS: GivenUp = {
  production: { kept: ['AWS::Logs::LogGroup', 'AWS::SQS::Queue'], deleted: [] },
  sandbox: { kept: [], deleted: ['AWS::Logs::LogGroup', 'AWS::SQS::Queue'] },
};

/** From where to where, and what of all that holds data or an address the remaining stacks give up on the way. */
const DOWN: readonly (readonly [Place, Place, GivenUp])[] = [
  [place(8), place(7), CLICKS],
  [place(8), place(8, 'data-centers'), MARKS],
  [place(8, 'data-centers'), place(6), CLICKS],
  [place(7), place(6), MARKS],
  [
    place(6),
    place(5),
    {
      production: {
        kept: ['AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::S3::Bucket'],
        deleted: ['AWS::CloudFront::Distribution', 'AWS::Route53::RecordSet', 'AWS::SecretsManager::Secret'],
      },
      sandbox: {
        kept: [],
        deleted: [
          'AWS::CloudFront::Distribution',
          'AWS::KMS::Key',
          'AWS::Logs::LogGroup',
          'AWS::Route53::RecordSet',
          'AWS::S3::Bucket',
          'AWS::SecretsManager::Secret',
          'Custom::S3AutoDeleteObjects',
        ],
      },
    },
  ],
  [
    place(5),
    place(4),
    {
      production: {
        kept: ['AWS::SecretsManager::Secret'],
        deleted: [
          'AWS::ElastiCache::ReplicationGroup',
          'AWS::ElastiCache::SubnetGroup',
          'AWS::ElastiCache::User',
          'AWS::ElastiCache::UserGroup',
        ],
      },
      sandbox: {
        kept: [],
        deleted: [
          'AWS::ElastiCache::ReplicationGroup',
          'AWS::ElastiCache::SubnetGroup',
          'AWS::ElastiCache::User',
          'AWS::ElastiCache::UserGroup',
          'AWS::SecretsManager::Secret',
        ],
      },
    },
  ],
  [
    place(4),
    place(3),
    {
      // Read replicas: copies.
      production: { kept: [], deleted: ['AWS::RDS::DBInstance'] },
      sandbox: { kept: [], deleted: ['AWS::RDS::DBInstance'] },
    },
  ],
  [
    place(3),
    place(2),
    {
      production: {
        kept: ['AWS::S3::Bucket'],
        deleted: ['AWS::EC2::EIP', 'AWS::ElasticLoadBalancingV2::LoadBalancer'],
      },
      sandbox: {
        kept: [],
        deleted: [
          'AWS::EC2::EIP',
          'AWS::ElasticLoadBalancingV2::LoadBalancer',
          'AWS::Logs::LogGroup',
          'AWS::S3::Bucket',
          'Custom::S3AutoDeleteObjects',
        ],
      },
    },
  ],
];

/** What a person does, one after the other. */
interface Path {
  readonly upper: CloudAssembly;
  /** Without the servers' stacks of data centers that go. */
  readonly unserved: CloudAssembly;
  /** What is deployed then, in this order. */
  readonly down: CloudAssembly;
  readonly lowered: CloudAssembly;
  /** And without what those data centers kept. */
  readonly below: CloudAssembly;
}

function pathOf(upper: CloudAssembly, lower: CloudAssembly): Path {
  const going = [...upper.keys()].filter((stack) => !lower.has(stack));
  const unserved = destroyed(upper, ...going.filter((stack) => stack.endsWith('-app')));
  const down = readersFirst(lower);
  const lowered = stepsOf(unserved, down).at(-1)?.to ?? unserved;
  return { upper, unserved, down, lowered, below: destroyed(lowered, ...going) };
}

// Where the first data center stands changes nothing of this, and each circumstance takes seconds.
const WHERE = ['in production', 'in production with a domain', 'in a sandbox with a domain'];

const memo = new Map<string, Path>();

const paths = DOWN.flatMap(([from, to, gone]) =>
  circumstances(hasDataCenters(from) ? from : to)
    .filter(({ title }) => WHERE.includes(title))
    .map(({ title, context, production }) => {
      const name = `${titled(from)} to ${titled(to)} ${title}`;
      return {
        title: name,
        production,
        hasDomain: context['domainName'] !== undefined,
        gone: gone[production ? 'production' : 'sandbox'],
        path: (): Path => {
          const made =
            memo.get(name) ?? pathOf(synthesize(stage(from, context)), synthesize(stage(to, context)));
          memo.set(name, made);
          return made;
        },
      };
    }),
);

describe('going down from', () => {
  it.each(paths)('$title takes nothing from what still runs', ({ path }) => {
    const { unserved, down, below } = path();
    expect([...orphans(unserved), ...interruptions(unserved, down), ...orphans(below)]).toEqual([]);
  });

  it.each(paths)('$title serves users wherever it stops', ({ path }) => {
    const { unserved, down, below } = path();
    expect([...shutOut(unserved), ...outages(unserved, down), ...shutOut(below)]).toEqual([]);
  });

  it.each(paths)('$title asks AWS for nothing twice', ({ path }) => {
    const { unserved, down } = path();
    expect(collisions(unserved, down)).toEqual([]);
  });

  it.each(paths)('$title replaces and changes nothing that holds data', ({ path, production }) => {
    const { unserved, lowered } = path();
    const others = dangers(unserved, lowered, { production }).filter((one) => !one.endsWith('is destroyed'));
    expect(others).toEqual([]);
  });

  it.each(paths)('$title gives up what this table says, and no more', ({ path, gone, hasDomain }) => {
    const { unserved, lowered } = path();
    // Names and a key of the edge's own are there with a domain only.
    const optional = hasDomain ? [] : ['AWS::Route53::RecordSet', 'AWS::KMS::Key'];
    const wanted = (types: readonly string[]) => types.filter((type) => !optional.includes(type));
    expect(given(unserved, lowered)).toEqual({ kept: wanted(gone.kept), deleted: wanted(gone.deleted) });
  });

  it.each(paths)('$title can be gone up again', ({ path, production }) => {
    const { upper, unserved, lowered, below } = path();
    const left = [
      ...leftBehind(upper, unserved),
      ...leftBehind(unserved, lowered),
      ...leftBehind(lowered, below),
    ];
    const inTheWay = left.filter((claim) => !BY_HAND.some((known) => known.test(claim)));
    expect(faults(below, upper, { production, left: inTheWay })).toEqual([]);
  });
});

it('servers may hand their last clicks over until they are replaced: the right to do so goes at the very end', () => {
  const [before, after] = [{ stage: '8', without: 'data-centers' }, { stage: '6' }].map((context) =>
    synthesize(context).get('zero-to-million-us-east-1-app'),
  );
  const sending = Object.entries(before?.Resources ?? {}).filter(
    ([id, { Type: type, Properties: properties }]) =>
      type === 'AWS::IAM::Policy' &&
      id.startsWith('Servers') &&
      JSON.stringify(properties).includes('sqs:SendMessage'),
  );
  expect(sending.map(([id]) => [id, after?.Resources[id]])).toEqual([
    [expect.stringMatching(/^ServersRoleClickQueue/), undefined],
  ]);
});

describe('a data center that goes', () => {
  const [upper, lower] = [place(7), place(6)].map((rung) =>
    synthesize(stage(rung, { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' })),
  );
  const asked = (assembly: CloudAssembly | undefined) =>
    /(reads|origin-us-east-1)\.links\.example\.com/.exec(
      JSON.stringify(assembly?.get('zero-to-million-edge')),
    )?.[0];

  it('receives nobody any more, even where its stacks were forgotten: CloudFront asks the one by its own name', () => {
    expect([asked(upper), asked(lower)]).toEqual([
      'reads.links.example.com',
      'origin-us-east-1.links.example.com',
    ]);
  });

  it('gives up its names before the servers that they lead to, and those that lead to names first', () => {
    const resources = upper?.get('zero-to-million-eu-west-1-app')?.Resources ?? {};
    const after = (id: string): readonly unknown[] =>
      Object.entries(resources)
        .filter(([name]) => name.startsWith(id))
        .flatMap(([, { DependsOn: first = [] }]) => first);
    expect([after('RoutingReads'), after('Origin')]).toEqual([
      expect.arrayContaining([expect.stringMatching(/^Origin/)]),
      expect.arrayContaining([expect.stringMatching(/^ServersGroup/)]),
    ]);
  });
});

describe('below rung 3', () => {
  it('the database would be given up, so there is no way down to rung 1', () => {
    const { unserved, lowered } = pathOf(synthesize({ stage: '2' }), synthesize({ stage: '1' }));
    expect(given(unserved, lowered).kept).toContain('AWS::RDS::DBInstance');
  });

  it('rung 2 needs the address of rung 1 again, where it was left out', () => {
    const left = synthesize({ stage: '3', without: 'single-server' });
    const steps = [
      faults(left, synthesize({ stage: '3' }), { production: true }),
      refusals(left, synthesize({ stage: '3' })),
    ];
    expect(steps).toEqual([[], []]);
  });
});
