/** Who can reach whom, computed from templates alone: security groups both ways, routes and public addresses. */
import {
  type CloudAssembly,
  type Located,
  at,
  list,
  referenced,
  remembered,
  resources,
} from '../support/cloud-assembly';
import { type Ports, bothAllow, readPorts, titled } from './ports';

/** Something with security groups and a place in the network. */
interface Place {
  readonly label: string;
  readonly groups: readonly string[];
  readonly subnets: readonly string[];
  /** It has, or gets, an address that the internet can call. */
  readonly publicAddress: boolean;
  /** It answers and never calls, whatever its security group would let it do. @default - it may call */
  readonly onlyAnswers?: true;
}

/** A place and the resource that stands there, by its `stack/logicalId`. */
export interface Part extends Place {
  readonly name: string;
}

/** An assembly, and which parts of it are told apart. */
interface View {
  readonly assembly: CloudAssembly;
  readonly parts: readonly Part[];
}

/** How a subnet reaches the internet. */
type WayOut = 'internet gateway' | 'NAT' | 'none';

interface Rule extends Ports {
  /** Names of the parts on the other side; `internet` is one. */
  readonly peers: ReadonlySet<string>;
}

export const INTERNET = 'internet';
/** Every distribution on earth, ours among them. */
export const CLOUDFRONT = 'CloudFront';
/** Every health check on earth that Route 53 makes. */
export const HEALTH_CHECKS = 'health checks';

/** Who calls from the addresses in AWS's own lists: a list's name, without what it has of a region. */
const LISTS: Readonly<Record<string, string>> = {
  'com.amazonaws.global.cloudfront.origin-facing': CLOUDFRONT,
  'route53-healthchecks': HEALTH_CHECKS,
};

/**
 * Lines such as `internet → load balancer: tcp 80, tcp 443`, one for each pair of parts that can talk, sorted. A connection
 * needs the caller's egress, the called one's ingress and, to or from the internet, a route and an address.
 */
export function whoReachesWhom(assembly: CloudAssembly): readonly string[] {
  return inWords(waysOf(byKind(assembly)));
}

/** Those of the lines that begin outside: who is called from there. */
export function whoIsReachedFromOutside(assembly: CloudAssembly): readonly string[] {
  return inWords(inward(byKind(assembly)));
}

/** The same as `whoReachesWhom`, where each resource stands for itself, by its `stack/logicalId`. */
export function whichReachesWhich(assembly: CloudAssembly): readonly Way[] {
  return waysOf(byResource(assembly)).filter(({ ports }) => ports.length > 0);
}

/** Everything that stands in the network, each for itself, with the names of its subnets. */
export function standing(assembly: CloudAssembly): readonly Part[] {
  return found(assembly);
}

/** Which resource can call which, on which ports. */
export interface Way {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly Ports[];
}

function waysOf(view: View): readonly Way[] {
  const labels = [INTERNET, ...view.parts.map(({ label }) => label)];
  const outward = view.parts
    .filter(({ onlyAnswers }) => onlyAnswers !== true)
    .flatMap((from) =>
      labels
        .filter((to) => to !== from.label)
        .map((to) => ({ from: from.label, to, ports: open(view, from, to) })),
    );
  return [...inward(view), ...outward];
}

function inward(view: View): readonly Way[] {
  return view.parts
    .filter((part) => part.publicAddress && wayOut(view.assembly, part) === 'internet gateway')
    .flatMap((to) =>
      [INTERNET, ...Object.values(LISTS)].map((from) => ({
        from,
        to: to.label,
        ports: facing(view, to, 'ingress', from),
      })),
    );
}

function inWords(ways: readonly Way[]): readonly string[] {
  return ways
    .filter(({ ports }) => ports.length > 0)
    .map(({ from, to, ports }) => `${from} → ${to}: ${[...new Set(ports.map(titled))].sort().join(', ')}`)
    .sort();
}

/** Lines such as `database: none`: how each part reaches the internet by its subnets' routes, sorted. */
export function waysOut(assembly: CloudAssembly): readonly string[] {
  return [...byKind(assembly).parts, ...natGateways(assembly)]
    .map((part) => `${part.label}: ${wayOut(assembly, part)}`)
    .sort();
}

/** Everything that stands in the network, whatever its type. */
const found = remembered((assembly: CloudAssembly): readonly Part[] =>
  resources(assembly).flatMap((located) =>
    (READERS[located.resource.Type]?.(assembly, located) ?? []).map((place) => ({
      ...place,
      name: located.name,
    })),
  ),
);

const byResource = remembered((assembly: CloudAssembly): View => ({
  assembly,
  parts: found(assembly).map((part) => ({ ...part, label: part.name })),
}));

/** Two of one kind (zones, replicas) are one part. */
const byKind = remembered((assembly: CloudAssembly): View => {
  const merged = new Map<string, Part>();
  for (const part of found(assembly)) {
    const known = merged.get(part.label);
    merged.set(part.label, {
      ...part,
      groups: [...new Set([...(known?.groups ?? []), ...part.groups])],
      subnets: [...new Set([...(known?.subnets ?? []), ...part.subnets])],
      publicAddress: part.publicAddress || (known?.publicAddress ?? false),
    });
  }
  return { assembly, parts: [...merged.values()] };
});

const READERS: Readonly<Record<string, (assembly: CloudAssembly, located: Located) => readonly Place[]>> = {
  'AWS::AutoScaling::AutoScalingGroup': servers,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': (assembly, { stack, properties }) => [
    {
      label: 'load balancer',
      groups: referenced(assembly, stack, properties['SecurityGroups']),
      subnets: referenced(assembly, stack, properties['Subnets']),
      publicAddress: properties['Scheme'] !== 'internal',
    },
  ],
  'AWS::RDS::DBInstance': (assembly, { stack, properties }) => [
    {
      label: 'database',
      groups: referenced(assembly, stack, properties['VPCSecurityGroups']),
      subnets: throughGroup(assembly, stack, properties['DBSubnetGroupName']),
      publicAddress: properties['PubliclyAccessible'] !== false,
    },
  ],
  'AWS::ElastiCache::ReplicationGroup': (assembly, { stack, properties }) => [
    {
      label: 'cache',
      groups: referenced(assembly, stack, properties['SecurityGroupIds']),
      subnets: throughGroup(assembly, stack, properties['CacheSubnetGroupName']),
      publicAddress: false,
    },
  ],
  'AWS::AmazonMQ::Broker': (assembly, { stack, properties }) => [
    {
      label: 'RabbitMQ',
      groups: referenced(assembly, stack, properties['SecurityGroups']),
      subnets: referenced(assembly, stack, properties['SubnetIds']),
      publicAddress: properties['PubliclyAccessible'] !== false,
      // Its nodes stand in AWS's own network, behind endpoints in ours.
      onlyAnswers: true,
    },
  ],
  'AWS::MSK::Cluster': (assembly, { stack, properties }) =>
    inNetwork(
      assembly,
      stack,
      'Kafka',
      properties['BrokerNodeGroupInfo'],
      'SecurityGroups',
      'ClientSubnets',
    ).map((part) => ({
      ...part,
      publicAddress: at(properties, 'BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess') !== undefined,
      onlyAnswers: true,
    })),
  'AWS::Lambda::Function': (assembly, { stack, id, properties }) =>
    inNetwork(assembly, stack, functionLabel(id), properties['VpcConfig'], 'SecurityGroupIds', 'SubnetIds'),
  'AWS::SecretsManager::RotationSchedule': (assembly, { stack, properties }) =>
    inNetwork(
      assembly,
      stack,
      'rotation function',
      properties['HostedRotationLambda'],
      'VpcSecurityGroupIds',
      'VpcSubnetIds',
    ),
  'AWS::EC2::VPCEndpoint': (assembly, { stack, properties }) =>
    properties['VpcEndpointType'] === 'Interface'
      ? inNetwork(assembly, stack, 'endpoints', properties, 'SecurityGroupIds', 'SubnetIds').map((part) => ({
          ...part,
          onlyAnswers: true,
        }))
      : [],
  'AWS::EC2::Instance': (assembly, { stack, id, properties }) => [
    {
      label: `instance ${id}`,
      groups: referenced(assembly, stack, properties['SecurityGroupIds']),
      subnets: referenced(assembly, stack, properties['SubnetId']),
      publicAddress: true,
    },
  ],
};

function servers(assembly: CloudAssembly, { stack, properties }: Located): readonly Place[] {
  const subnets = referenced(assembly, stack, properties['VPCZoneIdentifier']);
  const templates = named(assembly, referenced(assembly, stack, properties['LaunchTemplate']));
  return templates.map((template) => {
    const data = template.properties['LaunchTemplateData'];
    const interfaces = list(at(data, 'NetworkInterfaces'));
    const onLaunch = named(assembly, subnets).some(
      (subnet) => subnet.properties['MapPublicIpOnLaunch'] === true,
    );
    return {
      label: 'servers',
      groups: referenced(assembly, template.stack, [
        at(data, 'SecurityGroupIds'),
        interfaces.map((one) => at(one, 'Groups')),
      ]),
      subnets,
      publicAddress: onLaunch || interfaces.some((one) => at(one, 'AssociatePublicIpAddress') === true),
    };
  });
}

/** A function of ours by its name in its stack, less what the CDK adds to it. */
function functionLabel(id: string): string {
  return id.startsWith('ClickWorker') ? 'click worker' : `function ${id}`;
}

function inNetwork(
  assembly: CloudAssembly,
  stack: string,
  label: string,
  value: unknown,
  groupsKey: string,
  subnetsKey: string,
): readonly Place[] {
  const subnets = referenced(assembly, stack, at(value, subnetsKey));
  const groups = referenced(assembly, stack, at(value, groupsKey));
  return subnets.length === 0 ? [] : [{ label, groups, subnets, publicAddress: false }];
}

function throughGroup(assembly: CloudAssembly, stack: string, value: unknown): readonly string[] {
  return named(assembly, referenced(assembly, stack, value)).flatMap((group) =>
    referenced(assembly, group.stack, group.properties['SubnetIds']),
  );
}

function natGateways(assembly: CloudAssembly): readonly Place[] {
  return resources(assembly, 'AWS::EC2::NatGateway').map(({ stack, properties }) => ({
    label: 'NAT gateway',
    groups: [],
    subnets: referenced(assembly, stack, properties['SubnetId']),
    publicAddress: true,
  }));
}

function named(assembly: CloudAssembly, names: readonly string[]): readonly Located[] {
  const known = byName(assembly);
  return names.flatMap((name) => known.get(name) ?? []);
}

const byName = remembered(
  (assembly: CloudAssembly): ReadonlyMap<string, Located> =>
    new Map(resources(assembly).map((located) => [located.name, located])),
);

/** The widest way out of any subnet that the part stands in. */
function wayOut(assembly: CloudAssembly, part: Place): WayOut {
  const tables = resources(assembly, 'AWS::EC2::SubnetRouteTableAssociation')
    .filter(({ stack, properties }) =>
      referenced(assembly, stack, properties['SubnetId']).some((name) => part.subnets.includes(name)),
    )
    .flatMap(({ stack, properties }) => referenced(assembly, stack, properties['RouteTableId']));
  const routes = resources(assembly, 'AWS::EC2::Route')
    .filter(({ stack, properties }) =>
      referenced(assembly, stack, properties['RouteTableId']).some((name) => tables.includes(name)),
    )
    .map(({ properties }) => properties);
  if (routes.some((route) => Object.hasOwn(route, 'GatewayId'))) return 'internet gateway';
  return routes.length > 0 ? 'NAT' : 'none';
}

function open(view: View, from: Part, to: string): readonly Ports[] {
  const allowed = facing(view, from, 'egress', to);
  if (to !== INTERNET) {
    const called = view.parts.filter(({ label }) => label === to);
    const accepted = called.flatMap((part) => facing(view, part, 'ingress', from.label));
    return bothAllow(allowed, accepted);
  }
  const way = wayOut(view.assembly, from);
  return way === 'NAT' || (way === 'internet gateway' && from.publicAddress) ? allowed : [];
}

/** Ports that a part's security groups open to a peer, or from it. */
function facing(view: View, part: Part, direction: 'ingress' | 'egress', peer: string): readonly Ports[] {
  return part.groups.flatMap((group) => rules(view, group, direction)).filter(({ peers }) => peers.has(peer));
}

function rules(view: View, group: string, direction: 'ingress' | 'egress'): readonly Rule[] {
  const written = WRITTEN[direction](view.assembly).get(group) ?? [];
  return written.map(({ stack, rule }) => readRule(view, stack, rule));
}

/** A rule as a stack writes it, in its group or apart from it. */
interface WrittenRule {
  readonly stack: string;
  readonly rule: unknown;
}

/** Security group → its rules. */
const WRITTEN = {
  ingress: remembered((assembly: CloudAssembly) => writtenRules(assembly, 'SecurityGroupIngress')),
  egress: remembered((assembly: CloudAssembly) => writtenRules(assembly, 'SecurityGroupEgress')),
};

function writtenRules(assembly: CloudAssembly, type: string): ReadonlyMap<string, readonly WrittenRule[]> {
  const found = new Map<string, WrittenRule[]>();
  const add = (group: string, stack: string, rule: unknown): void => {
    found.set(group, [...(found.get(group) ?? []), { stack, rule }]);
  };
  for (const { name, stack, properties } of resources(assembly, 'AWS::EC2::SecurityGroup')) {
    for (const rule of list(properties[type])) add(name, stack, rule);
  }
  for (const { stack, properties } of resources(assembly, `AWS::EC2::${type}`)) {
    for (const group of referenced(assembly, stack, properties['GroupId'])) add(group, stack, properties);
  }
  return found;
}

function readRule(view: View, stack: string, rule: unknown): Rule {
  return { ...readPorts(rule), peers: peersOf(view, stack, rule) };
}

/** What no rule of ours should say in a way that is not understood here: a proof that guesses proves nothing. */
function peersOf({ assembly, parts: inside }: View, stack: string, rule: unknown): ReadonlySet<string> {
  const groups = ['SourceSecurityGroupId', 'DestinationSecurityGroupId'].flatMap((key) =>
    referenced(assembly, stack, at(rule, key)),
  );
  if (groups.length > 0) {
    return new Set(
      inside.filter((part) => part.groups.some((one) => groups.includes(one))).map(({ label }) => label),
    );
  }
  const listed = listedBy(assembly, stack, at(rule, 'SourcePrefixListId'));
  if (listed.length > 0) return new Set(listed);
  const range = at(rule, 'CidrIp') ?? at(rule, 'CidrIpv6');
  const everybody = new Set([INTERNET, ...inside.map(({ label }) => label)]);
  if (range === '0.0.0.0/0' || range === '::/0') return everybody;
  if (range === '255.255.255.255/32') return new Set();
  if (isNetwork(assembly, stack, range)) return new Set(inside.map(({ label }) => label));
  throw new Error(`Who is meant by this rule of ${stack}? ${JSON.stringify(rule)}`);
}

/** Who calls from a list of addresses that AWS keeps, asked for by its name. */
function listedBy(assembly: CloudAssembly, stack: string, list: unknown): readonly string[] {
  const questions = named(assembly, referenced(assembly, stack, list))
    .filter(({ resource }) => resource.Type === 'Custom::AddressesOfAws')
    .map(({ properties }) => JSON.stringify(properties));
  return Object.entries(LISTS)
    .filter(([name]) => questions.some((question) => question.includes(`${name}\\"]`)))
    .map(([, who]) => who);
}

/** The range is the whole network's own, by reference or written out. */
function isNetwork(assembly: CloudAssembly, stack: string, range: unknown): boolean {
  const meant = referenced(assembly, stack, range);
  return resources(assembly, 'AWS::EC2::VPC').some(
    ({ name, properties }) => meant.includes(name) || properties['CidrBlock'] === range,
  );
}
