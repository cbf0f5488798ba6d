/** What a change of settings does at one rung: nothing is lost, nothing is taken from what still runs, and AWS is asked for nothing twice. */
import { LADDER, refusals as refusedPlaces, type RungName, type RungNumber } from '../../lib/scaling-plan';
import { altered, withProperties } from '../support/assemblies';
import { resources } from '../support/cloud-assembly';
import { DOMAIN } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { collisions } from './collisions';
import { faults } from './faults';
import { interruptions, orphans, refusals } from './interruptions';
import { shutOut } from './served';
import { destroyed, readersFirst } from './steps';

const PRODUCTION = { production: true };
const HIGHEST: Context = { stage: '8', ...DOMAIN };
const USUAL: Context = { stage: '8', without: 'data-centers' };

const LARGER: Context = {
  serverInstanceType: 'm7g.large',
  minServers: '4',
  maxServers: '12',
  natGateways: '2',
  databaseInstanceType: 'r8g.large',
  replicas: '3',
  cacheNodeType: 'r7g.large',
  priceClass: 'all',
  alarmEmail: 'ops@example.com',
};
const SMALLER: Context = { minServers: '1', maxServers: '2', replicas: '0' };
const STORAGE: Context = { databaseStorageGiB: '400', databaseMaxStorageGiB: '1000' };

/** Settings that change together, so that any two of them meet: each adds to, or changes, what others do not touch. */
const CHANGES: readonly (readonly [what: string, before: Context, after: Context])[] = [
  [
    'a larger server and volume at rung 1',
    { stage: '1' },
    { stage: '1', serverInstanceType: 'm7g.large', serverVolumeGiB: '40' },
  ],
  [
    'a larger database and more storage at rung 2',
    { stage: '2' },
    { stage: '2', ...STORAGE, databaseInstanceType: 'r8g.large' },
  ],
  [
    'everything larger at the highest rung, and promotion by an alarm',
    HIGHEST,
    { ...HIGHEST, ...LARGER, automaticPromotion: 'true' },
  ],
  ['everything larger without data centers and without a domain', USUAL, { ...USUAL, ...LARGER }],
  ['replicas, and a second server, where there were none', { ...HIGHEST, ...SMALLER }, HIGHEST],
  ['more storage and the next secret of the origin', HIGHEST, { ...HIGHEST, ...STORAGE, originSecret: '2' }],
  ['a team’s own application in place of ours', HIGHEST, { ...HIGHEST, appEntry: 'server/cluster.ts' }],
  ['our application in place of a team’s own', { ...HIGHEST, appEntry: 'server/cluster.ts' }, HIGHEST],
  ['a third region', HIGHEST, { ...HIGHEST, regions: 'us-east-1,eu-west-1,ap-southeast-2' }],
];

describe('deployed at once,', () => {
  it.each(CHANGES)('%s', (_what, before, after) => {
    expect(faults(synthesize(before), synthesize(after), PRODUCTION)).toEqual([]);
  });
});

describe('another domain, in another hosted zone,', () => {
  const OTHER = { domainName: 'go.example.org', hostedZoneId: 'Z9876543210ABCDEFGHIJ' };
  const names = [
    /\(AWS::Route53::RecordSet, .*\) (?:is or may be replaced, by|changes) (?:HostedZoneId|Name)/,
  ];

  it.each(['3', '6', '8'])('takes nothing but its names from stage %s', (stage) => {
    const [before, after] = [DOMAIN, OTHER].map((domain) => synthesize({ stage, ...domain }));
    expect(before && after && faults(before, after, { ...PRODUCTION, meant: names })).toEqual([]);
  });
});

const TAKEN_AWAY: readonly (readonly [what: string, before: Context, after: Context])[] = [
  [
    'everything smaller at the highest rung, and promotion by a person',
    { ...HIGHEST, ...LARGER, automaticPromotion: 'true' },
    HIGHEST,
  ],
  ['everything smaller without data centers and without a domain', { ...USUAL, ...LARGER }, USUAL],
  ['the replicas and the second server taken away', HIGHEST, { ...HIGHEST, ...SMALLER }],
];

describe('deployed readers first,', () => {
  it.each(TAKEN_AWAY)('%s', (_what, before, after) => {
    // The second NAT gateway has an address that others may have been told of.
    const meant = [/NatBAddress\w* \(AWS::EC2::EIP, .*\) is destroyed/];
    expect(faults(synthesize(before), readersFirst(synthesize(after)), { ...PRODUCTION, meant })).toEqual([]);
  });

  it('is needed: at once, a replica is taken from servers that read its name', () => {
    const found = interruptions(synthesize(HIGHEST), synthesize({ ...HIGHEST, ...SMALLER }));
    expect(found).toContainEqual(expect.stringMatching(/drops output .*Replicas1\w* while .* reads it/));
  });
});

it('a third region that goes takes its servers first, and what it kept last', () => {
  const two = synthesize(HIGHEST);
  const three = synthesize({ ...HIGHEST, regions: 'us-east-1,eu-west-1,ap-southeast-2' });
  const unserved = destroyed(three, 'ap-southeast-2-app');
  expect([
    ...orphans(unserved),
    ...shutOut(unserved),
    ...faults(unserved, readersFirst(two), PRODUCTION),
    ...orphans(two),
  ]).toEqual([]);
});

/** Rungs that may be left out, one at a time, at each stage; at the highest also beside data centers, on which some depend. */
const OMISSIONS = ([3, 4, 5, 6, 7, 8] as const).flatMap((number: RungNumber) =>
  (number === 8 ? ([[], ['data-centers']] as const) : ([[]] as const)).flatMap(
    (beside: readonly RungName[]) =>
      LADDER.map(({ name }) => name)
        .filter((name) => name !== 'data-centers' && !beside.includes(name))
        .filter((name) => LADDER.some((rung) => rung.name === name && rung.number < number))
        .filter((name) => refusedPlaces(number, [...beside, name]).length === 0)
        .map((name) => ({
          number,
          name,
          beside,
          title: [number, ...beside.map((left) => `(no ${left})`)].join(' '),
        })),
  ),
);

const at = (number: number, without: readonly string[]): Context => ({
  stage: String(number),
  ...DOMAIN,
  ...(without.length === 0 ? {} : { without: without.join(',') }),
});

describe('a rung that was left out,', () => {
  it.each(OMISSIONS)('$name, may be added at stage $title', ({ number, name, beside }) => {
    const [before, after] = [at(number, [...beside, name]), at(number, beside)].map(synthesize);
    expect(before && after && faults(before, after, PRODUCTION)).toEqual([]);
  });

  it.each(OMISSIONS)(
    '$name, may be left out again at stage $title, readers first',
    ({ number, name, beside }) => {
      const [before, after] = [at(number, beside), at(number, [...beside, name])].map(synthesize);
      const meant = [/is destroyed$/];
      expect(before && after && faults(before, readersFirst(after), { ...PRODUCTION, meant })).toEqual([]);
    },
  );

  it.each(OMISSIONS.filter(({ number }) => number < 8))(
    '$name, may be left out of the stage above $title as well',
    ({ number, name, beside }) => {
      const above: RungNumber = number === 3 ? 4 : number === 4 ? 5 : number === 5 ? 6 : number === 6 ? 7 : 8;
      const still = refusedPlaces(above, [...beside, name]).length === 0;
      const [before, after] = [
        at(number, [...beside, name]),
        at(above, still ? [...beside, name] : beside),
      ].map(synthesize);
      expect(before && after && faults(before, after, PRODUCTION)).toEqual([]);
    },
  );
});

describe('what rung 1 left behind', () => {
  it.each([
    ['the climb from 1 to 3', { stage: '1' }, { stage: '3' }],
    ['the climb from 2 to 3', { stage: '2' }, { stage: '3' }],
    ['the climb from 2 to 3 in a sandbox', { stage: '2', sandbox: 'true' }, { stage: '3', sandbox: 'true' }],
    ['a deployment of rung 3', { stage: '3' }, { stage: '3' }],
  ])('cannot be left out in %s: CloudFormation refuses before anything goes', (_step, before, after) => {
    const left = synthesize({ ...after, without: 'single-server' });
    const dropped = refusals(synthesize(before), left).map(
      (sentence) => /(FixedAddress|ServerVolume)[0-9A-F]{8}/.exec(sentence)?.[1],
    );
    expect([...new Set(dropped)].sort()).toStrictEqual(['FixedAddress', 'ServerVolume']);
  });

  it('can be left out once servers read neither', () => {
    expect(
      refusals(
        synthesize({ stage: '3' }),
        readersFirst(synthesize({ stage: '3', without: 'single-server' })),
      ),
    ).toEqual([]);
  });
});

it('CloudFront’s addresses on another port of one group would be found', () => {
  const standing = synthesize({ stage: '6' });
  const list = resources(standing, 'AWS::EC2::SecurityGroupIngress').find(
    ({ properties }) => properties['SourcePrefixListId'] !== undefined,
  );
  const moved = altered(standing, 'AWS::EC2::SecurityGroupIngress', (id, resource) =>
    id === list?.id ? withProperties({ FromPort: 443, ToPort: 443 })(id, resource) : { [id]: resource },
  );
  expect(collisions(standing, moved)).toEqual([
    expect.stringMatching(/CloudFront80\w* has 110 rules of ingress at once$/),
  ]);
});
