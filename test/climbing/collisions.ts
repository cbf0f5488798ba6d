/**
 * What CloudFormation makes before it takes the old away. In a deployment everything new is made first, what is replaced stands
 * twice, and what is no longer wanted goes at the very end: so nothing that AWS allows once may be claimed by old and new.
 */
import {
  type CloudAssembly,
  type Located,
  at,
  list,
  referenced,
  remembered,
  resources,
  written,
} from '../support/cloud-assembly';
import { changesOf, isReplaced } from './replacements';
import { stepsOf } from './steps';

/** Every way, a sentence each, in which a deployment fails because old and new are there at once, or something `left` of earlier. */
export function collisions(
  before: CloudAssembly,
  after: CloudAssembly,
  left: readonly string[] = [],
): readonly string[] {
  const found = stepsOf(before, after).flatMap(({ stack, from, to }) => {
    const standing = atOnce(from, to);
    return [...claimedTwice(standing, left), ...overfull(to, standing)].map((what) => `in ${stack}, ${what}`);
  });
  return [...new Set(found)];
}

/** What stays claimed by what a step leaves behind: CloudFormation lets go of it, and AWS keeps it with its name. */
export function leftBehind(before: CloudAssembly, after: CloudAssembly): readonly string[] {
  return resources(before)
    .filter(({ stack, id }) => after.get(stack)?.Resources[id] === undefined)
    .filter(({ resource }) => resource.DeletionPolicy?.startsWith('Retain') === true)
    .flatMap(claims);
}

/** A resource while a stack is being deployed; one that is replaced stands twice. */
interface Standing {
  readonly holder: string;
  readonly located: Located;
}

/** All that is there just before CloudFormation begins to remove. */
function atOnce(from: CloudAssembly, to: CloudAssembly): readonly Standing[] {
  const replaced = new Set(
    changesOf(from, to)
      .filter(isReplaced)
      .map(({ name }) => name),
  );
  return [
    ...resources(from).map((located) => ({ holder: located.name, located })),
    ...resources(to).map((located) => ({
      holder: replaced.has(located.name) ? `the new ${located.name}` : located.name,
      located,
    })),
  ];
}

function claimedTwice(standing: readonly Standing[], left: readonly string[]): readonly string[] {
  const holders = new Map<string, Set<string>>(
    left.map((claim) => [claim, new Set(['what was left behind'])]),
  );
  for (const { holder, located } of standing) {
    for (const claim of claims(located)) holders.set(claim, (holders.get(claim) ?? new Set()).add(holder));
  }
  return [...holders]
    .filter(([, who]) => who.size > 1)
    .map(([claim, who]) => `${claim} is claimed by ${[...who].join(' and ')}`);
}

/** What of it there can be only one. A name that is written out is everybody's; what a stack refers to is its own. */
const claims = remembered(({ stack, resource, properties }: Located): readonly string[] =>
  (CLAIMS[resource.Type]?.(properties, regionOf(stack)) ?? [])
    .filter((parts) => parts.every((part) => part !== undefined))
    .map((parts) => JSON.stringify(parts))
    .map((claim) => `${resource.Type} ${claim}${OF_THE_STACK.test(claim) ? ` of ${stack}` : ''}`),
);

const OF_THE_STACK = /"(Ref|Fn::GetAtt)":(?!"AWS::(AccountId|Partition|Region|URLSuffix)")/;

/** Data centers' stacks have their region in their names; the edge is in us-east-1. */
function regionOf(stack: string): string {
  return /-([a-z]{2}-[a-z]+-\d)-(data|app)$/.exec(stack)?.[1] ?? 'us-east-1';
}

type Claims = (
  properties: Readonly<Record<string, unknown>>,
  region: string,
) => readonly (readonly unknown[])[];

/** There is one of that name in a region. */
const named =
  (property: string): Claims =>
  (properties, region) => [[at(properties, property), region]];

/** There is one of that name on earth, or in the account. */
const namedAnywhere =
  (property: string): Claims =>
  (properties) => [[at(properties, property)]];

/** There is one for these together. */
const oneFor =
  (...paths: readonly string[]): Claims =>
  (properties) => [paths.map((path) => at(properties, path))];

const oneForEach =
  (property: string): Claims =>
  (properties) =>
    list(properties[property]).map((value) => [value]);

/** Type → what AWS lets only one of them have at a time. */
const CLAIMS: Readonly<Record<string, Claims>> = {
  'AWS::AmazonMQ::Broker': named('BrokerName'),
  'AWS::MSK::Cluster': named('ClusterName'),
  'AWS::MSK::Configuration': named('Name'),
  'AWS::CloudFront::Distribution': ({ DistributionConfig: config }) =>
    list(at(config, 'Aliases')).map((alias) => [alias]),
  'AWS::CloudFront::OriginAccessControl': namedAnywhere('OriginAccessControlConfig.Name'),
  'AWS::CloudFront::ResponseHeadersPolicy': namedAnywhere('ResponseHeadersPolicyConfig.Name'),
  'AWS::CloudWatch::Alarm': named('AlarmName'),
  'AWS::CloudWatch::CompositeAlarm': named('AlarmName'),
  'AWS::CloudWatch::Dashboard': namedAnywhere('DashboardName'),
  'AWS::EC2::LaunchTemplate': named('LaunchTemplateName'),
  'AWS::EC2::Route': oneFor('RouteTableId', 'DestinationCidrBlock'),
  'AWS::EC2::SecurityGroup': oneFor('VpcId', 'GroupName'),
  'AWS::EC2::SubnetRouteTableAssociation': oneFor('SubnetId'),
  'AWS::EC2::VPCEndpoint': oneFor('VpcId', 'ServiceName'),
  'AWS::EC2::VPCGatewayAttachment': oneFor('VpcId'),
  'AWS::ElastiCache::User': oneFor('UserId'),
  'AWS::ElastiCache::UserGroup': oneFor('UserGroupId'),
  'AWS::ElasticLoadBalancingV2::Listener': oneFor('LoadBalancerArn', 'Port'),
  'AWS::ElasticLoadBalancingV2::ListenerRule': oneFor('ListenerArn', 'Priority'),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': named('Name'),
  'AWS::ElasticLoadBalancingV2::TargetGroup': named('Name'),
  'AWS::IAM::Policy': ({ PolicyName: policy, Roles: roles }) => list(roles).map((role) => [role, policy]),
  'AWS::IAM::Role': namedAnywhere('RoleName'),
  'AWS::Lambda::EventInvokeConfig': oneFor('FunctionName'),
  'AWS::Lambda::EventSourceMapping': oneFor('FunctionName', 'EventSourceArn'),
  'AWS::Lambda::Function': named('FunctionName'),
  'AWS::Logs::LogGroup': named('LogGroupName'),
  'AWS::RDS::DBInstance': named('DBInstanceIdentifier'),
  'AWS::Route53::RecordSet': ({ Name: name, Type: type, SetIdentifier: among }) => [
    [name, type, among ?? 'alone'],
  ],
  'AWS::S3::Bucket': namedAnywhere('BucketName'),
  'AWS::S3::BucketPolicy': oneFor('Bucket'),
  'AWS::SNS::TopicPolicy': oneForEach('Topics'),
  'AWS::SQS::Queue': named('QueueName'),
  'AWS::SQS::QueuePolicy': oneForEach('Queues'),
  'AWS::SSM::Parameter': named('Name'),
  'AWS::SecretsManager::ResourcePolicy': oneFor('SecretId'),
  'AWS::SecretsManager::RotationSchedule': oneFor('SecretId'),
  'AWS::SecretsManager::Secret': ({ Name: name, ReplicaRegions: replicas }, region) =>
    [region, ...list(replicas).map((replica) => at(replica, 'Region'))].map((where) => [name, where]),
  'AWS::SecretsManager::SecretTargetAttachment': oneFor('SecretId'),
  'AWS::WAFv2::WebACL': named('Name'),
};

/** Rules that a security group may have, each way (AWS's default quota). */
const RULES = 60;

/** AWS's lists of addresses by their names, and how many rules each counts as: the most entries that it may have. */
const WEIGHTS: readonly (readonly [name: string, rules: number])[] = [
  ['cloudfront.origin-facing', 55],
  ['route53-healthchecks', 25],
];

function overfull(assembly: CloudAssembly, standing: readonly Standing[]): readonly string[] {
  return (['Ingress', 'Egress'] as const).flatMap((way) => {
    const weights = new Map<string, Map<string, number>>();
    const add = (group: string, rule: string, weight: number): void => {
      weights.set(group, (weights.get(group) ?? new Map<string, number>()).set(rule, weight));
    };
    for (const { holder, located } of standing) {
      const { name, stack, resource, properties } = located;
      if (resource.Type === 'AWS::EC2::SecurityGroup') {
        list(properties[`SecurityGroup${way}`]).forEach((rule) => {
          add(name, written(rule), weightOf(assembly, stack, rule));
        });
      }
      if (resource.Type === `AWS::EC2::SecurityGroup${way}`) {
        referenced(assembly, stack, properties['GroupId']).forEach((group) => {
          add(group, holder, weightOf(assembly, stack, properties));
        });
      }
    }
    return [...weights]
      .map(([group, rules]) => ({ group, total: [...rules.values()].reduce((sum, one) => sum + one, 0) }))
      .filter(({ total }) => total > RULES)
      .map(({ group, total }) => `${group} has ${total} rules of ${way.toLowerCase()} at once`);
  });
}

function weightOf(assembly: CloudAssembly, stack: string, rule: unknown): number {
  const source = at(rule, 'SourcePrefixListId') ?? at(rule, 'DestinationPrefixListId');
  if (source === undefined) return 1;
  const lists = referenced(assembly, stack, source);
  const asked = resources(assembly)
    .filter(({ name }) => lists.includes(name))
    .map(({ properties }) => written(properties));
  const known = WEIGHTS.find(([name]) => asked.some((question) => question.includes(name)));
  if (known === undefined) throw new Error(`How many rules is this list worth? ${JSON.stringify(rule)}`);
  return known[1];
}
