/** What a rung's picture shows, read off its templates: boxes, the cards in them, and arrows that a rule of them allows. */
import { REGIONS } from '../../../lib/regions';
import {
  at,
  type CloudAssembly,
  list,
  type Located,
  referenced,
  replicatesAcrossRegions,
  resources,
  written,
} from '../../support/cloud-assembly';
import { titled, type Ports } from '../../templates/ports';
import {
  CLOUDFRONT,
  HEALTH_CHECKS,
  INTERNET,
  standing,
  type Way,
  whichReachesWhich,
} from '../../templates/reachability';

/** What a card is about; the writer gives each its sign and its color. */
export type Kind =
  | 'users'
  | 'cdn'
  | 'names'
  | 'static-files'
  | 'load-balancer'
  | 'servers'
  | 'volume'
  | 'cache'
  | 'database'
  | 'replicas'
  | 'queue'
  | 'broker'
  | 'worker';

/** Something that a request meets: one resource, or several alike. */
export interface Card {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  /** AWS's name of it, and its size. */
  readonly lines: readonly string[];
  /** Where its members stand. */
  readonly cells: readonly Cell[];
  /** The resources that it stands for, by their `stack/logicalId`. */
  readonly resources: readonly string[];
  /** The rung below does not have it. */
  readonly added: boolean;
}

interface Cell {
  readonly id: string;
  readonly text: string;
  readonly added: boolean;
}

/** A region, its subnets, or the edge: what stands together. */
export interface Box {
  readonly id: string;
  readonly kind: 'edge' | 'region' | 'subnets';
  readonly title: string;
  readonly note: string | undefined;
  readonly parts: readonly (Box | Card)[];
  /** The rung below has nothing of it. */
  readonly added: boolean;
}

export interface Arrow {
  readonly id: string;
  /** Ids of cards. */
  readonly from: string;
  readonly to: string;
  /** Ports as security groups have them, or the action that a policy allows; a copy is neither. */
  readonly label: string | undefined;
  /** A request, a copy of data, or a question whether the other is well. */
  readonly kind: 'request' | 'copy' | 'question';
  readonly added: boolean;
}

export interface Picture {
  readonly parts: readonly (Box | Card)[];
  readonly arrows: readonly Arrow[];
}

/** A card before it is compared with the rung below, and where it stands. */
type Drawn = Omit<Card, 'added' | 'cells'> & {
  readonly cells: readonly Omit<Cell, 'added'>[];
  readonly region: string | undefined;
  readonly tier: string | undefined;
};

type Drafted = Omit<Arrow, 'added' | 'id'>;

/** The picture of a rung; what the rung below it does not have is marked as added. */
export function pictureOf(assembly: CloudAssembly, below?: CloudAssembly): Picture {
  const cards = cardsOf(assembly);
  const had = below === undefined ? undefined : idsOf(below);
  const isNew = (id: string): boolean => had !== undefined && !had.has(id);
  const card = (drawn: Drawn): Card => ({
    id: drawn.id,
    kind: drawn.kind,
    title: drawn.title,
    lines: drawn.lines,
    resources: drawn.resources,
    cells: drawn.cells.map((cell) => ({ ...cell, added: isNew(cell.id) && !isNew(drawn.id) })),
    // A new region is marked as a whole.
    added: isNew(drawn.id) && !(drawn.region !== undefined && isNew(drawn.region)),
  });
  const edge = cards.filter(({ region, kind }) => region === undefined && kind !== 'users');
  return {
    parts: [
      ...cards.filter(({ kind }) => kind === 'users').map(card),
      ...(edge.length === 0
        ? []
        : [
            {
              id: 'edge',
              kind: 'edge',
              title: 'Edge',
              note: undefined,
              parts: edge.map(card),
              added: false,
            } as const,
          ]),
      ...regionsOf(assembly).map((region) => regionBox(assembly, region, cards, card, isNew(region))),
    ],
    arrows: arrowsOf(assembly, cards).map((arrow) => ({
      ...arrow,
      id: idOf(arrow),
      added: isNew(idOf(arrow)),
    })),
  };
}

/** Every card of a picture, in whichever box. */
export function everyCard(parts: readonly (Box | Card)[]): readonly Card[] {
  return parts.flatMap((part) => ('parts' in part ? everyCard(part.parts) : [part]));
}

function idsOf(assembly: CloudAssembly): ReadonlySet<string> {
  const cards = cardsOf(assembly);
  return new Set([
    ...regionsOf(assembly),
    ...cards.flatMap(({ id, cells }) => [id, ...cells.map((cell) => cell.id)]),
    ...arrowsOf(assembly, cards).map(idOf),
  ]);
}

const idOf = ({ from, to }: Drafted): string => `${from} → ${to}`;

/** The subnets' tiers, in the order in which a request meets them. */
const TIERS = ['Public', 'App', 'Data'];

/** Below the requests' way, the clicks': a row of its own. */
const OF_CLICKS: readonly Kind[] = ['queue', 'worker'];

function regionBox(
  assembly: CloudAssembly,
  region: string,
  cards: readonly Drawn[],
  card: (drawn: Drawn) => Card,
  added: boolean,
): Box {
  const here = cards.filter((drawn) => drawn.region === region);
  // What is copied stands beside its copy: last in the first region, first in the others.
  const turned = <T>(row: readonly T[]): readonly T[] =>
    region === regionsOf(assembly)[0] ? row : row.toReversed();
  const subnets = (members: readonly Drawn[], row: string): readonly Box[] =>
    TIERS.flatMap((tier) => {
      const inTier = members.filter((drawn) => drawn.tier === tier);
      return inTier.length === 0
        ? []
        : [
            {
              id: `${region}/${tier}/${row}`,
              kind: 'subnets',
              title: `${tier} ${subnetsOf(assembly, inTier) === 1 ? 'subnet' : 'subnets'}`,
              note: tier === 'Public' ? natGateways(assembly, region) : undefined,
              parts: turned(inTier).map(card),
              added: false,
            },
          ];
    });
  const requests = here.filter(({ kind }) => !OF_CLICKS.includes(kind));
  const clicks = here.filter(({ kind }) => OF_CLICKS.includes(kind));
  const alone = (members: readonly Drawn[]): readonly Card[] =>
    members.filter(({ tier }) => tier === undefined).map(card);
  return {
    id: region,
    kind: 'region',
    title: region,
    note: undefined,
    parts: [
      ...subnets(requests, 'requests'),
      ...alone(requests),
      ...turned([...alone(clicks), ...subnets(clicks, 'clicks')]),
    ],
    added,
  };
}

/** In how many subnets they stand. */
function subnetsOf(assembly: CloudAssembly, members: readonly Drawn[]): number {
  const names = members.flatMap(({ resources: its }) => its);
  return new Set(
    [...new Set(names.map((name) => regionOf(name.split('/')[0] ?? '') ?? ''))]
      .flatMap((region) => standing(inRegion(assembly, region)))
      .filter(({ name }) => names.includes(name))
      .flatMap(({ subnets }) => subnets),
  ).size;
}

function natGateways(assembly: CloudAssembly, region: string): string | undefined {
  const { length } = resources(inRegion(assembly, region), 'AWS::EC2::NatGateway');
  if (length === 0) return undefined;
  return length === 1 ? 'NAT gateway' : `${length} NAT gateways`;
}

/** Regions that have a data center, the first one first. */
function regionsOf(assembly: CloudAssembly): readonly string[] {
  return [...new Set([...assembly.keys()].flatMap((stack) => regionOf(stack) ?? []))];
}

function regionOf(stack: string): string | undefined {
  return REGIONS.find((region) => stack.endsWith(`-${region}-data`) || stack.endsWith(`-${region}-app`));
}

/** The stacks of a data center: no two have a way to each other. */
function inRegion(assembly: CloudAssembly, region: string): CloudAssembly {
  return new Map([...assembly].filter(([stack]) => regionOf(stack) === region));
}

const USERS: Drawn = {
  id: 'users',
  kind: 'users',
  title: 'Users',
  lines: [],
  cells: [],
  resources: [],
  region: undefined,
  tier: undefined,
};

/** Every card, in the order in which a request meets them. */
function cardsOf(assembly: CloudAssembly): readonly Drawn[] {
  const drawn = READERS.flatMap(([type, read]) => {
    const found = resources(assembly, type).flatMap((located) => read(assembly, located) ?? []);
    return [...new Set(found.map(({ id }) => id))].map((id) => merged(found.filter((one) => one.id === id)));
  });
  return [USERS, ...drawn];
}

/** Several alike are one card: what they stand for and where, together. They are counted where they stand somewhere. */
function merged(alike: readonly Drawn[]): Drawn {
  const [first] = alike;
  if (first === undefined) throw new Error('A card stands for something.');
  return {
    ...first,
    ...(alike.length > 1 && first.cells.length > 0
      ? {
          title: `${first.title}s`,
          lines: first.lines.map((line, place) => (place === 0 ? line : `${alike.length} × ${line}`)),
        }
      : {}),
    cells: alike.flatMap(({ cells }) => cells),
    resources: alike.flatMap((one) => one.resources),
  };
}

type Reader = (assembly: CloudAssembly, located: Located) => Drawn | undefined;

/** Resource type → its card, in the order in which a request meets them; undefined where a request meets none. */
const READERS: readonly (readonly [string, Reader])[] = [
  [
    'AWS::CloudFront::Distribution',
    (_, { name, properties }) => ({
      ...USERS,
      id: 'cdn',
      kind: 'cdn',
      title: 'CloudFront',
      lines: at(properties, 'DistributionConfig.WebACLId') === undefined ? ['CDN'] : ['CDN, AWS WAF'],
      resources: [name],
    }),
  ],
  [
    'AWS::S3::Bucket',
    (assembly, { name }) =>
      origins(assembly).has(name)
        ? {
            ...USERS,
            id: 'static-files',
            kind: 'static-files',
            title: 'Static files',
            lines: ['S3'],
            resources: [name],
          }
        : undefined,
  ],
  [
    'AWS::Route53::HealthCheck',
    (_, { name }) => ({
      ...USERS,
      id: 'names',
      kind: 'names',
      title: 'Route 53',
      lines: ['nearest healthy'],
      resources: [name],
    }),
  ],
  [
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    (assembly, located) => ({
      ...placed(assembly, located, 'load-balancer'),
      title: 'Load balancer',
      lines: ['Application Load Balancer'],
    }),
  ],
  [
    'AWS::AutoScaling::AutoScalingGroup',
    (assembly, located) => {
      const { properties } = located;
      const [min, max] = [Number(properties['MinSize']), Number(properties['MaxSize'])];
      const own = ownDatabase(assembly, located) ? ['with PostgreSQL'] : [];
      const type = instanceType(assembly, located);
      return {
        ...placed(assembly, located, 'servers'),
        title: max === 1 ? 'Server' : 'Servers',
        lines: [max === 1 ? `EC2 ${type}` : `EC2, ${min} to ${max} × ${type}`, ...own],
      };
    },
  ],
  [
    'AWS::EC2::Volume',
    (assembly, located) =>
      // Once its data was carried over, no request reaches it.
      ownDatabase(assembly, located)
        ? {
            ...placed(assembly, located, 'volume'),
            title: 'Volume',
            lines: [
              `EBS ${String(located.properties['VolumeType'])}, ${String(located.properties['Size'])} GiB`,
            ],
            cells: zoneCells(located, [located]),
          }
        : undefined,
  ],
  [
    'AWS::ElastiCache::ReplicationGroup',
    (assembly, located) => ({
      ...placed(assembly, located, 'cache'),
      title: 'Cache',
      lines: [
        'ElastiCache Valkey',
        `${String(located.properties['NumCacheClusters'])} × ${size(located.properties['CacheNodeType'])}`,
      ],
    }),
  ],
  [
    'AWS::RDS::DBInstance',
    (assembly, located) =>
      isReadReplica(located)
        ? {
            ...placed(assembly, located, 'replicas'),
            title: 'Replica',
            lines: databaseLines(located),
            cells: zoneCells(located, [located]),
          }
        : undefined,
  ],
  [
    'AWS::RDS::DBInstance',
    (assembly, located) => {
      if (isReadReplica(located)) return undefined;
      const { properties } = located;
      const copies = properties['SourceDBInstanceIdentifier'] !== undefined;
      const { cells, ...card } = placed(assembly, located, 'database');
      const [role, standby] = [copies ? 'replica' : 'primary', 'standby'];
      return {
        ...card,
        title: copies ? 'Replica' : 'Primary',
        lines: databaseLines(located),
        // RDS chooses the zones, of those that its subnets are in.
        cells:
          properties['MultiAZ'] === true
            ? [role, standby].map((text) => ({ id: `${card.id}/${text}`, text }))
            : [{ id: `${card.id}/${role}`, text: cells.map(({ text }) => text).join(' or ') }],
      };
    },
  ],
  [
    'AWS::SQS::Queue',
    (assembly, located) => {
      const { stack, properties } = located;
      const dead = referenced(assembly, stack, at(properties, 'RedrivePolicy.deadLetterTargetArn'));
      return dead.length === 0
        ? undefined
        : {
            ...placed(assembly, located, 'queue'),
            title: 'Queue',
            lines: ['SQS', 'and dead letters'],
            resources: [located.name, ...dead],
          };
    },
  ],
  [
    'AWS::AmazonMQ::Broker',
    (assembly, located) => {
      const nodes = located.properties['DeploymentMode'] === 'SINGLE_INSTANCE' ? 1 : 3;
      return {
        ...placed(assembly, located, 'broker', 'rabbitmq'),
        title: 'RabbitMQ',
        lines: ['Amazon MQ', `${nodes} × ${size(located.properties['HostInstanceType'])}`],
      };
    },
  ],
  [
    'AWS::MSK::Cluster',
    (assembly, located) => ({
      ...placed(assembly, located, 'broker', 'kafka'),
      title: 'Kafka',
      lines: [
        'Amazon MSK',
        `${String(located.properties['NumberOfBrokerNodes'])} × ${size(at(located.properties, 'BrokerNodeGroupInfo.InstanceType'))}`,
      ],
    }),
  ],
  [
    'AWS::Lambda::EventSourceMapping',
    (assembly, { stack, properties }) =>
      named(assembly, referenced(assembly, stack, properties['FunctionName'])).map((located) => ({
        ...placed(assembly, located, 'worker'),
        title: 'Worker',
        lines: ['Lambda'],
      }))[0],
  ],
];

/** A card in a region, where the resource stands there. */
function placed(assembly: CloudAssembly, located: Located, kind: Kind, name: string = kind): Drawn {
  const region = regionOf(located.stack);
  const subnets = named(
    assembly,
    standing(inRegion(assembly, region ?? '')).find(({ name }) => name === located.name)?.subnets ?? [],
  );
  const id = `${region ?? ''}/${name}`;
  return {
    ...USERS,
    id,
    kind,
    cells: zoneCells({ ...located, name: id }, subnets),
    resources: [located.name],
    region,
    tier: tierOf(subnets[0]),
  };
}

/** A cell for each zone that any of them is in. */
function zoneCells(
  { stack, name }: Pick<Located, 'stack' | 'name'>,
  these: readonly Located[],
): readonly Omit<Cell, 'added'>[] {
  const zones = new Set(
    these.flatMap(({ properties }) => {
      const place = list(at(properties['AvailabilityZone'], 'Fn::Select'))[0];
      return typeof place === 'number'
        ? [`zone ${place + 1}`]
        : list(properties['AvailabilityZone']).map(String);
    }),
  );
  return [...zones]
    .sort()
    .map((text) => ({ id: `${name.replace(`${stack}/`, `${regionOf(stack) ?? ''}/`)}/${text}`, text }));
}

function tierOf(subnet: Located | undefined): string | undefined {
  return list(subnet?.properties['Tags'])
    .filter((tag) => at(tag, 'Key') === 'aws-cdk:subnet-name')
    .map((tag) => String(at(tag, 'Value')))[0];
}

/** A copy in the region of what it copies. */
function isReadReplica({ properties }: Located): boolean {
  return properties['SourceDBInstanceIdentifier'] !== undefined && !replicatesAcrossRegions(properties);
}

function databaseLines({ properties }: Located): readonly string[] {
  return ['RDS PostgreSQL', size(properties['DBInstanceClass'])];
}

/** `t4g.micro` of `db.t4g.micro`. */
function size(type: unknown): string {
  return String(type).replace(/^(?:db|cache|mq|kafka)\./, '');
}

/** The region has no database but what runs on its server. */
function ownDatabase(assembly: CloudAssembly, { stack }: Located): boolean {
  return resources(inRegion(assembly, regionOf(stack) ?? ''), 'AWS::RDS::DBInstance').length === 0;
}

function instanceType(assembly: CloudAssembly, { stack, properties }: Located): string {
  const [template] = named(assembly, referenced(assembly, stack, properties['LaunchTemplate']));
  return String(at(template?.properties['LaunchTemplateData'], 'InstanceType'));
}

/** Buckets that a distribution of the same stack answers from. */
function origins(assembly: CloudAssembly): ReadonlySet<string> {
  return new Set(
    resources(assembly, 'AWS::CloudFront::Distribution').flatMap(({ stack, properties }) =>
      referenced(assembly, stack, at(properties, 'DistributionConfig.Origins')),
    ),
  );
}

function named(assembly: CloudAssembly, names: readonly string[]): readonly Located[] {
  return names.flatMap((name) => resources(assembly).filter((located) => located.name === name));
}

/** From which part to which a request goes on: of all that may talk, what a picture of its path shows. */
const PATH: readonly (readonly [Kind, Kind])[] = [
  ['users', 'cdn'],
  ['users', 'load-balancer'],
  ['users', 'servers'],
  ['cdn', 'load-balancer'],
  ['names', 'load-balancer'],
  ['load-balancer', 'servers'],
  ['servers', 'cache'],
  ['servers', 'replicas'],
  ['servers', 'database'],
  ['servers', 'broker'],
  ['worker', 'database'],
];

/** Who the callers outside are. */
const OUTSIDE: Readonly<Record<string, Kind>> = {
  [INTERNET]: 'users',
  [CLOUDFRONT]: 'cdn',
  [HEALTH_CHECKS]: 'names',
};

function arrowsOf(assembly: CloudAssembly, cards: readonly Drawn[]): readonly Drafted[] {
  const drafts = [
    ...networkArrows(assembly, cards),
    ...cards.flatMap((card) => OTHER_ARROWS.flatMap((arrows) => arrows(assembly, cards, card))),
  ];
  // Several members of a card are reached by one arrow.
  return [...new Map(drafts.map((draft) => [idOf(draft), draft])).values()];
}

function networkArrows(assembly: CloudAssembly, cards: readonly Drawn[]): readonly Drafted[] {
  const cardOf = (name: string): Drawn | undefined =>
    cards.find(({ kind, resources: its }) => its.includes(name) || OUTSIDE[name] === kind);
  const ways = regionsOf(assembly).flatMap((region) => whichReachesWhich(inRegion(assembly, region)));
  return ways.flatMap((way: Way): readonly Drafted[] => {
    const [from, to] = [cardOf(way.from), cardOf(way.to)];
    if (from === undefined || to === undefined) return [];
    return PATH.some(([caller, called]) => caller === from.kind && called === to.kind)
      ? [
          {
            from: from.id,
            to: to.id,
            label: portsLabel(way.ports),
            kind: from.kind === 'names' ? 'question' : 'request',
          },
        ]
      : [];
  });
}

/** `tcp 443, 80`. */
function portsLabel(ports: readonly Ports[]): string {
  const words = [...new Set(ports.map(titled))].sort();
  return words.map((word, place) => (place === 0 ? word : word.replace(/^tcp /, ''))).join(', ');
}

/** Arrows that no security group knows, from a card: each by what allows it. */
const OTHER_ARROWS: readonly ((
  assembly: CloudAssembly,
  cards: readonly Drawn[],
  card: Drawn,
) => readonly Drafted[])[] = [
  // A distribution answers those that it is open to.
  (assembly, _, { id, kind, resources: its }) =>
    kind === 'cdn'
      ? named(assembly, its).map(({ properties }) => ({
          from: USERS.id,
          to: id,
          label:
            at(properties, 'DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy') === 'https-only'
              ? 'tcp 443'
              : 'tcp 443, 80',
          kind: 'request',
        }))
      : [],
  // It resolves its origins' names, where these are decided by health.
  (_, cards, { id, kind }) =>
    kind === 'names' && cards.some((card) => card.kind === 'cdn')
      ? [{ from: 'cdn', to: id, label: 'which region?', kind: 'question' }]
      : [],
  // What a bucket's own policy lets CloudFront do.
  (assembly, cards, { id, kind, resources: its }) =>
    kind === 'static-files' && cards.some((card) => card.kind === 'cdn')
      ? policiesOn(assembly, 'AWS::S3::BucketPolicy', 'Bucket', its)
          .filter((statement) => at(statement, 'Principal.Service') === 'cloudfront.amazonaws.com')
          .flatMap((statement) => actions(statement))
          .map((action) => ({ from: 'cdn', to: id, label: action, kind: 'request' }))
      : [],
  // What the servers' role lets them do with what is no part of the network.
  (assembly, cards, server) =>
    server.kind === 'servers'
      ? cards
          .filter(({ kind, region }) => region === server.region && (kind === 'queue' || kind === 'volume'))
          .flatMap((to) =>
            granted(assembly, server, to, to.kind === 'queue' ? 'sqs:SendMessage' : 'ec2:AttachVolume'),
          )
      : [],
  (assembly, cards, worker) =>
    worker.kind === 'worker'
      ? cards
          .filter(({ kind }) => kind === 'queue')
          .flatMap((queue) =>
            queue.region === worker.region
              ? granted(assembly, worker, queue, 'sqs:ReceiveMessage').map((draft) => ({
                  ...draft,
                  from: queue.id,
                  to: worker.id,
                }))
              : [],
          )
      : [],
  // A replica names what it copies.
  (assembly, cards, { id, region, kind, resources: its }) =>
    kind === 'replicas' || kind === 'database'
      ? named(assembly, its).flatMap(({ stack, properties }) => {
          const source = properties['SourceDBInstanceIdentifier'];
          const names = referenced(assembly, stack, source);
          const across = replicatesAcrossRegions(properties);
          return cards
            .filter((card) => card.kind === 'database' && card.id !== id)
            .filter((card) =>
              across
                ? card.region === properties['SourceRegion']
                : source !== undefined &&
                  card.region === region &&
                  card.resources.some((name) => names.includes(name)),
            )
            .map((card) => ({ from: card.id, to: id, label: undefined, kind: 'copy' }));
        })
      : [],
];

/** Statements of the policies of some resources, by the property that names these. */
function policiesOn(
  assembly: CloudAssembly,
  type: string,
  property: string,
  names: readonly string[],
): readonly unknown[] {
  return resources(assembly, type)
    .filter(({ stack, properties }) =>
      referenced(assembly, stack, properties[property]).some((name) => names.includes(name)),
    )
    .flatMap(({ properties }) => list(at(properties, 'PolicyDocument.Statement')))
    .filter((statement) => at(statement, 'Effect') === 'Allow');
}

/** What comes behind the service's name: `GetObject` of `s3:GetObject`. */
function actions(statement: unknown): readonly string[] {
  return list(at(statement, 'Action')).map((action) => String(action).replace(/^\w+:/, ''));
}

/** The arrow to a card, where the role of another may do that with what it stands for. */
function granted(assembly: CloudAssembly, from: Drawn, to: Drawn, action: string): readonly Drafted[] {
  const roles = rolesOf(assembly, from);
  const allowed = resources(assembly, 'AWS::IAM::Policy')
    .filter(({ stack, properties }) =>
      referenced(assembly, stack, properties['Roles']).some((role) => roles.includes(role)),
    )
    .some(({ stack, properties }) =>
      list(at(properties, 'PolicyDocument.Statement')).some(
        (statement) =>
          at(statement, 'Effect') === 'Allow' &&
          list(at(statement, 'Action')).includes(action) &&
          isMeant(assembly, stack, at(statement, 'Resource'), to),
      ),
    );
  return allowed ? [{ from: from.id, to: to.id, label: action.replace(/^\w+:/, ''), kind: 'request' }] : [];
}

/** Whether a policy's resources are what a card stands for: by reference, or in another region by name. */
function isMeant(
  assembly: CloudAssembly,
  stack: string,
  meant: unknown,
  { region, resources: its }: Drawn,
): boolean {
  if (referenced(assembly, stack, meant).some((name) => its.includes(name))) return true;
  return named(assembly, its).some(({ properties }) => {
    const name = properties['QueueName'];
    return (
      typeof name === 'string' &&
      list(meant).some((one) => {
        const text = written(one);
        return text.includes(`:sqs:${region ?? ''}:`) && text.includes(`:${name}"`);
      })
    );
  });
}

function rolesOf(assembly: CloudAssembly, { resources: its }: Drawn): readonly string[] {
  const through = (names: readonly string[], keys: readonly string[]): readonly string[] =>
    named(assembly, names).flatMap(({ stack, properties }) =>
      keys.flatMap((key) => referenced(assembly, stack, at(properties, key))),
    );
  const templates = through(its, ['LaunchTemplate']);
  const profiles = through(templates, ['LaunchTemplateData.IamInstanceProfile']);
  return [...through(its, ['Role']), ...through(profiles, ['Roles'])];
}
