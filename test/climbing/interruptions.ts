/**
 * What a climb breaks while it is under way. Stacks are deployed one after another, so for minutes the upper rung's first
 * stacks carry the lower rung's last ones; and should the last one fail, it rolls back onto them.
 */
import {
  type CloudAssembly,
  type ReadOutput,
  list,
  outputValue,
  readOutputs,
  referenced,
  resources,
} from '../support/cloud-assembly';
import { type Change, changesOf, isReplaced, settled } from './replacements';

/** What running servers lean on without naming it: it must stay until they are gone. */
const LEANED_ON = [
  'AWS::EC2::InternetGateway',
  'AWS::EC2::NatGateway',
  'AWS::EC2::Route',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
];

/** Names of what may go under running servers: they do not miss it, and it is said here why. */
const NOT_MISSED: readonly RegExp[] = [
  // Rung 2's inner way to Secrets Manager, which costs money and goes when there is a NAT gateway. Rung 2's servers stand in a
  // public subnet and take the internet gateway without it; the rotation finds the NAT gateway, which is made before it goes.
  /\/NetworkSecrets/,
];

/** Every way, a sentence each, in which deploying `after` over `before` stack by stack breaks what is still running. */
export function interruptions(before: CloudAssembly, after: CloudAssembly): readonly string[] {
  const changes = changesOf(before, after);
  const order = [...after.keys()];
  const steps = [...before.keys()].flatMap((producer) =>
    stillOld(before, order, producer).map((consumer) => ({ producer, consumer })),
  );
  return [
    ...unreadable(after),
    ...turnedAround(before, after),
    ...steps.flatMap(({ producer, consumer }) => brokenReads(before, after, changes, producer, consumer)),
    ...steps.flatMap(({ producer, consumer }) => pulledAway(before, after, changes, producer, consumer)),
  ];
}

/** Outputs that a stack reads and that no stack deployed before it has. */
function unreadable(assembly: CloudAssembly): readonly string[] {
  const order = [...assembly.keys()];
  return order.flatMap((consumer, place) =>
    readOutputs(assembly, assembly.get(consumer)?.Resources)
      .filter(
        (output) =>
          outputValue(assembly, output) === undefined || !order.slice(0, place).includes(output.stack),
      )
      .map((output) => `${consumer} reads ${nameOf(output)}, which no stack deployed before it has`),
  );
}

/** The stacks that read from `producer` and are still the lower rung's when it is deployed. */
function stillOld(before: CloudAssembly, order: readonly string[], producer: string): readonly string[] {
  return [...before.keys()]
    .filter((stack) => order.indexOf(stack) > order.indexOf(producer))
    .filter((stack) => reads(before, stack, producer).length > 0);
}

function reads(assembly: CloudAssembly, consumer: string, producer: string): readonly ReadOutput[] {
  return readOutputs(assembly, assembly.get(consumer)?.Resources).filter(({ stack }) => stack === producer);
}

function turnedAround(before: CloudAssembly, after: CloudAssembly): readonly string[] {
  return [...before.keys()].flatMap((consumer) =>
    [...before.keys()]
      .filter((producer) => reads(before, consumer, producer).length > 0)
      .filter((producer) => reads(after, producer, consumer).length > 0)
      .map((producer) => `${producer} comes to read from ${consumer}, which read from it`),
  );
}

function brokenReads(
  before: CloudAssembly,
  after: CloudAssembly,
  changes: readonly Change[],
  producer: string,
  consumer: string,
): readonly string[] {
  const gone = new Set([
    ...changes.filter(isReplaced).map(({ name }) => name),
    ...resources(before)
      .filter(({ stack, id }) => !after.get(stack)?.Resources[id])
      .map(({ name }) => name),
  ]);
  const outputs = new Map(reads(before, consumer, producer).map((output) => [nameOf(output), output]));
  return [...outputs.values()].flatMap((output) => {
    const now = outputValue(after, output);
    if (now === undefined) return [`${producer} drops output ${nameOf(output)} while ${consumer} reads it`];
    const value = outputValue(before, output);
    const replaced = referenced(before, producer, value).filter((name) => gone.has(name));
    const told = JSON.stringify(settled(before, producer, value, new Set()));
    const changed = JSON.stringify(settled(after, producer, now, gone)) !== told;
    return [
      ...replaced.map((name) => `${producer} removes or replaces ${name} while ${consumer} uses it`),
      ...(changed && replaced.length === 0
        ? [`${producer} changes output ${nameOf(output)} under ${consumer}`]
        : []),
    ];
  });
}

function pulledAway(
  before: CloudAssembly,
  after: CloudAssembly,
  changes: readonly Change[],
  producer: string,
  consumer: string,
): readonly string[] {
  const changed = new Map(changes.map((change) => [change.name, change]));
  return resources(before, ...LEANED_ON)
    .filter(({ stack, name }) => stack === producer && !NOT_MISSED.some((known) => known.test(name)))
    .flatMap(({ name, id, resource, properties }) => {
      const now = after.get(producer)?.Resources[id];
      if (!now) return [`${producer} removes ${name} (${resource.Type}) under ${consumer}`];
      const change = changed.get(name);
      if (change && isReplaced(change))
        return [`${producer} replaces ${name} (${resource.Type}) under ${consumer}`];
      const kept = new Set(rules(now.Properties ?? {}));
      return rules(properties)
        .filter((rule) => !kept.has(rule))
        .map((rule) => `${producer} takes ${rule} from ${name} (${resource.Type}) under ${consumer}`);
    });
}

/** What a security group lets through and what a policy allows, in a form that compares. */
function rules(properties: Readonly<Record<string, unknown>>): readonly string[] {
  return ['SecurityGroupIngress', 'SecurityGroupEgress'].flatMap((direction) =>
    list(properties[direction]).map((rule) => `${direction} ${JSON.stringify(rule)}`),
  );
}

function nameOf({ stack, output }: ReadOutput): string {
  return `${stack}.${output}`;
}
