/** Who can reach whom at every rung, as a table that a person can check. */
import { assemblyOf } from '../support/assemblies';
import type { CloudAssembly } from '../support/cloud-assembly';
import { BROKERS, DOMAIN, hasDataCenters, RUNGS, titled } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { waysOut, whoReachesWhom } from './reachability';

interface Network {
  readonly title: string;
  readonly context: Context;
  /** The data center that is looked at: no two have a way to each other. @default - the only one */
  readonly region?: string;
  /** Who reaches whom on which ports; what is not here is out of reach. */
  readonly reach: readonly string[];
  /** How each part leads to the internet. */
  readonly out: readonly string[];
}

/** What is so from rung 3 on, behind the load balancer. */
const INSIDE = [
  'load balancer → servers: tcp 8080',
  'rotation function → database: tcp 5432',
  'rotation function → internet: tcp 443',
  'servers → database: tcp 5432',
  'servers → internet: everything',
] as const;

const BALANCED = [
  ...INSIDE,
  'internet → load balancer: tcp 80',
  // Like anybody: a load balancer that is open to the world is open to these.
  'servers → load balancer: tcp 80',
].sort();

const BALANCED_WITH_A_DOMAIN = [
  ...INSIDE,
  'internet → load balancer: tcp 443, tcp 80',
  'rotation function → load balancer: tcp 443',
  'servers → load balancer: tcp 443, tcp 80',
].sort();

const CACHE = 'servers → cache: tcp 6379';

/** What is so where several data centers have one CDN before them. */
const FRONTED = ['CloudFront → load balancer: tcp 443', 'health checks → load balancer: tcp 443'] as const;

/** The password is rotated in the first data center, and copied from there. */
const isOfRotation = (line: string): boolean => line.startsWith('rotation function');
const WITHOUT_ROTATION = INSIDE.filter((line) => !isOfRotation(line));

const WORKER = ['click worker → database: tcp 5432', 'click worker → internet: tcp 443'] as const;

const TO_BROKERS = ['servers → Kafka: tcp 9098', 'servers → RabbitMQ: tcp 5671'] as const;

const PRIVATE = [
  'NAT gateway: internet gateway',
  'database: none',
  'load balancer: internet gateway',
  'rotation function: NAT',
  'servers: NAT',
] as const;

/** The networks of the built rungs. A rung that is not here fails below: its table is to be written by somebody who looked. */
const NETWORKS: readonly Network[] = [
  {
    title: '1 single-server',
    context: { stage: '1' },
    reach: ['internet → servers: tcp 80', 'servers → internet: everything'],
    out: ['servers: internet gateway'],
  },
  {
    title: '1 single-server with a domain',
    context: { stage: '1', ...DOMAIN },
    reach: ['internet → servers: tcp 443, tcp 80', 'servers → internet: everything'],
    out: ['servers: internet gateway'],
  },
  {
    title: '2 separate-database',
    context: { stage: '2' },
    reach: [
      'internet → servers: tcp 80',
      'rotation function → database: tcp 5432',
      'rotation function → endpoints: tcp 443',
      'servers → database: tcp 5432',
      'servers → endpoints: tcp 443',
      'servers → internet: everything',
    ],
    out: ['database: none', 'endpoints: none', 'rotation function: none', 'servers: internet gateway'],
  },
  {
    title: '2 separate-database with a domain',
    context: { stage: '2', ...DOMAIN },
    reach: [
      'internet → servers: tcp 443, tcp 80',
      'rotation function → database: tcp 5432',
      'rotation function → endpoints: tcp 443',
      // Like anybody: a domain opens 443 of the servers to the world.
      'rotation function → servers: tcp 443',
      'servers → database: tcp 5432',
      'servers → endpoints: tcp 443',
      'servers → internet: everything',
    ],
    out: ['database: none', 'endpoints: none', 'rotation function: none', 'servers: internet gateway'],
  },
  {
    title: '3 load-balancer',
    context: { stage: '3' },
    reach: BALANCED,
    out: PRIVATE,
  },
  {
    title: '3 load-balancer with a domain',
    context: { stage: '3', ...DOMAIN },
    reach: BALANCED_WITH_A_DOMAIN,
    out: PRIVATE,
  },
  {
    title: '4 database-replication',
    context: { stage: '4' },
    // Replicas are databases like the primary: reached by the same, and no way out.
    reach: BALANCED,
    out: PRIVATE,
  },
  {
    title: '4 database-replication with a domain',
    context: { stage: '4', ...DOMAIN },
    reach: BALANCED_WITH_A_DOMAIN,
    out: PRIVATE,
  },
  {
    title: '5 cache',
    context: { stage: '5' },
    reach: [...BALANCED, CACHE].sort(),
    out: [...PRIVATE, 'cache: none'].sort(),
  },
  {
    title: '5 cache with a domain',
    context: { stage: '5', ...DOMAIN },
    reach: [...BALANCED_WITH_A_DOMAIN, CACHE].sort(),
    out: [...PRIVATE, 'cache: none'].sort(),
  },
  {
    title: '6 cdn',
    context: { stage: '6' },
    reach: ['CloudFront → load balancer: tcp 80', ...INSIDE, CACHE].sort(),
    out: [...PRIVATE, 'cache: none'].sort(),
  },
  {
    title: '6 cdn with a domain',
    context: { stage: '6', ...DOMAIN },
    // One port only: AWS counts the list as 55 of the 60 rules that a security group may have.
    reach: ['CloudFront → load balancer: tcp 443', ...INSIDE, CACHE].sort(),
    out: [...PRIVATE, 'cache: none'].sort(),
  },
  {
    title: '7 data-centers with a domain in the first region',
    context: { stage: '7', ...DOMAIN },
    region: 'us-east-1',
    reach: [...FRONTED, ...INSIDE, CACHE].sort(),
    out: [...PRIVATE, 'cache: none'].sort(),
  },
  {
    title: '7 data-centers with a domain in a further region',
    context: { stage: '7', ...DOMAIN },
    region: 'eu-west-1',
    reach: [...FRONTED, ...WITHOUT_ROTATION, CACHE].sort(),
    out: [...PRIVATE.filter((way) => !isOfRotation(way)), 'cache: none'].sort(),
  },
  {
    title: '8 message-queue without data-centers',
    context: { stage: '8', without: 'data-centers' },
    reach: ['CloudFront → load balancer: tcp 80', ...INSIDE, ...WORKER, CACHE].sort(),
    out: [...PRIVATE, 'cache: none', 'click worker: NAT'].sort(),
  },
  {
    title: '8 message-queue without data-centers with a domain',
    context: { stage: '8', without: 'data-centers', ...DOMAIN },
    reach: ['CloudFront → load balancer: tcp 443', ...INSIDE, ...WORKER, CACHE].sort(),
    out: [...PRIVATE, 'cache: none', 'click worker: NAT'].sort(),
  },
  {
    title: '8 message-queue with RabbitMQ, Kafka and SQS being emptied',
    context: BROKERS.production.context,
    // Workers are processes on servers; the function goes with SQS's queue.
    reach: ['CloudFront → load balancer: tcp 443', ...INSIDE, ...WORKER, CACHE, ...TO_BROKERS].sort(),
    out: [...PRIVATE, 'Kafka: none', 'RabbitMQ: none', 'cache: none', 'click worker: NAT'].sort(),
  },
  {
    title: '8 message-queue with Kafka, and a sandbox’s RabbitMQ being emptied',
    context: BROKERS.sandbox.context,
    reach: ['CloudFront → load balancer: tcp 80', ...INSIDE, CACHE, ...TO_BROKERS].sort(),
    out: [...PRIVATE, 'Kafka: none', 'RabbitMQ: none', 'cache: none'].sort(),
  },
  {
    title: '8 message-queue with a domain in the first region',
    context: { stage: '8', ...DOMAIN },
    region: 'us-east-1',
    reach: [...FRONTED, ...INSIDE, ...WORKER, CACHE].sort(),
    out: [...PRIVATE, 'cache: none', 'click worker: NAT'].sort(),
  },
  {
    title: '8 message-queue with a domain in a further region',
    context: { stage: '8', ...DOMAIN },
    region: 'eu-west-1',
    reach: [...FRONTED, ...WITHOUT_ROTATION, ...WORKER, CACHE].sort(),
    out: [...PRIVATE.filter((way) => !isOfRotation(way)), 'cache: none', 'click worker: NAT'].sort(),
  },
];

/** The stacks of the data center that is looked at. */
function inRegion({ context, region = '' }: Network): CloudAssembly {
  return new Map([...synthesize(context)].filter(([stack]) => stack.includes(region)));
}

describe('at rung', () => {
  it.each(NETWORKS)('$title nobody reaches more than this', (network) => {
    expect(whoReachesWhom(inRegion(network))).toEqual(network.reach);
  });

  it.each(NETWORKS)('$title parts lead to the internet like this', (network) => {
    expect(waysOut(inRegion(network))).toEqual(network.out);
  });

  it.each(RUNGS)('$number $name the network is written down, with and without a domain', (rung) => {
    const wanted = hasDataCenters(rung)
      ? ['the first', 'a further'].map((which) => `${titled(rung)} with a domain in ${which} region`)
      : [titled(rung), `${titled(rung)} with a domain`];
    expect(NETWORKS.map(({ title }) => title)).toEqual(expect.arrayContaining(wanted));
  });
});

describe('the computation', () => {
  const network = (rule: Readonly<Record<string, unknown>>, gateway: object, balancer: string) =>
    assemblyOf({
      data: {
        resources: {
          Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { SecurityGroupIngress: [rule] } },
          Subnet: { Type: 'AWS::EC2::Subnet' },
          Table: { Type: 'AWS::EC2::RouteTable' },
          Way: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: { Ref: 'Table' }, ...gateway } },
          Join: {
            Type: 'AWS::EC2::SubnetRouteTableAssociation',
            Properties: { SubnetId: { Ref: 'Subnet' }, RouteTableId: { Ref: 'Table' } },
          },
          It: {
            Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
            Properties: {
              Scheme: balancer,
              Subnets: [{ Ref: 'Subnet' }],
              SecurityGroups: [{ 'Fn::GetAtt': ['Group', 'GroupId'] }],
            },
          },
        },
      },
    });
  const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' };

  it('finds a port open to the internet', () => {
    const assembly = network(ssh, { GatewayId: 'igw' }, 'internet-facing');
    expect(whoReachesWhom(assembly)).toContain('internet → load balancer: tcp 22');
  });

  it('counts no open port without a public address', () => {
    const assembly = network(ssh, { GatewayId: 'igw' }, 'internal');
    expect(whoReachesWhom(assembly).filter((line) => line.startsWith('internet'))).toEqual([]);
  });

  it('counts no open port without a route', () => {
    const assembly = network(ssh, { NatGatewayId: 'nat' }, 'internet-facing');
    expect(whoReachesWhom(assembly).filter((line) => line.startsWith('internet'))).toEqual([]);
  });

  it('takes no list of addresses for CloudFront’s but AWS’s own', () => {
    const assembly = network(
      { ...ssh, CidrIp: undefined, SourcePrefixListId: 'pl-1' },
      { GatewayId: 'igw' },
      'internet-facing',
    );
    expect(() => whoReachesWhom(assembly)).toThrow(/Who is meant by this rule/);
  });

  it('refuses to guess at a rule that it does not understand', () => {
    const assembly = network({ ...ssh, CidrIp: '203.0.113.0/24' }, { GatewayId: 'igw' }, 'internet-facing');
    expect(() => whoReachesWhom(assembly)).toThrow(/Who is meant by this rule/);
  });
});
