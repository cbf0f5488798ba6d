/**
 * What a climb breaks while it is under way. Stacks are deployed one after another, so for minutes the upper rung's first
 * stacks carry the lower rung's last ones; and should the last one fail, it rolls back onto them.
 */
import {
  type CloudAssembly,
  type ReadOutput,
  type Template,
  list,
  outputValue,
  readOutputs,
  referenced,
  resources,
  written,
} from '../support/cloud-assembly';
import { type Change, changesOf, isReplaced, settled } from './replacements';
import { stepsOf } from './steps';

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
  // What switches protection on, from outside; a sandbox has none.
  /\/StandingProtection/,
  // Whom Data Lifecycle Manager and CloudFormation act as; they go with the policy and the custom resource that need them.
  /\/ServerVolumeDailySnapshotsRole/,
  /\/CustomS3AutoDeleteObjectsCustomResourceProviderRole/,
];

/**
 * Every way, a sentence each, in which deploying `after` over `before` stack by stack, in the order of `after`, breaks what is
 * still running. A stack that `after` does not have goes on as it is.
 */
export function interruptions(before: CloudAssembly, after: CloudAssembly): readonly string[] {
  const isNew = (stack: string, deployed: CloudAssembly): boolean =>
    after.get(stack) !== before.get(stack) && deployed.get(stack) === after.get(stack);
  return [
    ...turnedAround(before, after),
    ...stepsOf(before, after).flatMap(({ stack, from, to }) => {
      const changes = changesOf(from, to);
      return [
        ...unreadable(to, stack),
        ...readersOf(from, stack).flatMap((reader) => [
          ...brokenReads(from, to, changes, stack, reader),
          // One that has been deployed before is made for what is coming.
          ...(isNew(reader, from) ? [] : pulledAway(from, to, changes, stack, reader)),
        ]),
      ];
    }),
  ];
}

/**
 * Why CloudFormation itself refuses a deployment before it removes anything, a sentence each: it lets no stack drop an
 * output that another stack imports (`Fn::ImportValue`).
 */
export function refusals(before: CloudAssembly, after: CloudAssembly): readonly string[] {
  return stepsOf(before, after).flatMap(({ stack, from, to }) =>
    readersOf(from, stack).flatMap((reader) =>
      importedFrom(from, reader, stack)
        .filter((output) => outputValue(to, output) === undefined)
        .map((output) => `${stack} may not drop ${nameOf(output)}, which ${reader} imports`),
    ),
  );
}

/** What stacks still read of those that were destroyed. */
export function orphans(assembly: CloudAssembly): readonly string[] {
  return [...assembly.keys()].flatMap((stack) => unreadable(assembly, stack));
}

/** Outputs that a stack reads as it is deployed, and that are not there. */
function unreadable(deployed: CloudAssembly, reader: string): readonly string[] {
  return readings(deployed, reader)
    .filter((output) => outputValue(deployed, output) === undefined)
    .map((output) => `${reader} reads ${nameOf(output)}, which no stack deployed before it has`);
}

/** The other stacks that read from one. */
function readersOf(deployed: CloudAssembly, producer: string): readonly string[] {
  return [...deployed.keys()].filter((reader) => reads(deployed, reader, producer).length > 0);
}

function reads(assembly: CloudAssembly, consumer: string, producer: string): readonly ReadOutput[] {
  return readings(assembly, consumer).filter(({ stack }) => stack === producer);
}

const known = new WeakMap<Template, readonly ReadOutput[]>();

/** All that a stack reads, whether a resource needs it or its own outputs say it; worked out once for each template. */
function readings(assembly: CloudAssembly, consumer: string): readonly ReadOutput[] {
  const template = assembly.get(consumer);
  if (template === undefined) return [];
  const found = known.get(template) ?? readOutputs(assembly, [template.Resources, template.Outputs]);
  known.set(template, found);
  return found;
}

/** Those of them that CloudFormation keeps as long as they are read. */
function importedFrom(assembly: CloudAssembly, consumer: string, producer: string): readonly ReadOutput[] {
  const exported = assembly.get(producer)?.Outputs ?? {};
  const reader = written(assembly.get(consumer));
  return reads(assembly, consumer, producer).filter(({ output }) =>
    reader.includes(`{"Fn::ImportValue":${JSON.stringify(exported[output]?.Export?.Name ?? null)}}`),
  );
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
