/**
 * What a deployment would make, read from the very templates that it would send: names, records, addresses and sizes
 * are thus written nowhere twice.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, entries, isRecord, list, text } from './json';

/** A resource of a template. */
export interface WantedResource {
  readonly stack: string;
  readonly region: string;
  /** Its logical id. */
  readonly id: string;
  readonly type: string;
  readonly properties: unknown;
}

export interface WantedStack {
  readonly name: string;
  readonly region: string;
}

/** What a region must have been bootstrapped with. */
export interface Bootstrap {
  readonly region: string;
  /** The SSM parameter that says its version. */
  readonly parameter: string;
  /** The least version that will do. */
  readonly version: number;
  /** Where bundles are uploaded to, with `${AWS::AccountId}` in the name. */
  readonly bucket: string;
}

export interface Wanted {
  /** In the order in which they are deployed. */
  readonly stacks: readonly WantedStack[];
  readonly resources: readonly WantedResource[];
  readonly bootstraps: readonly Bootstrap[];
}

/** Reads what `cdk synth` wrote into a folder. */
export function readAssembly(folder: string): Wanted {
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const artifacts = entries(at(json('manifest.json'), 'artifacts'));
  const stacks = artifacts
    .filter(([, artifact]) => at(artifact, 'type') === 'aws:cloudformation:stack')
    .map(([id, artifact]) => ({
      name: text(at(artifact, 'properties.stackName')) ?? id,
      region: text(at(artifact, 'environment'))?.split('/').at(-1) ?? '',
      artifact,
    }));
  return {
    stacks: stacks.map(({ name, region }) => ({ name, region })),
    resources: stacks.flatMap(({ name, region, artifact }) =>
      entries(at(json(text(at(artifact, 'properties.templateFile')) ?? ''), 'Resources')).map(
        ([id, resource]) => ({
          stack: name,
          region,
          id,
          type: text(at(resource, 'Type')) ?? '',
          properties: at(resource, 'Properties'),
        }),
      ),
    ),
    bootstraps: artifacts
      .filter(([, artifact]) => at(artifact, 'type') === 'cdk:asset-manifest')
      .flatMap(([, artifact]) => bootstrapsOf(artifact, json(text(at(artifact, 'properties.file')) ?? ''))),
  };
}

function bootstrapsOf(artifact: unknown, assets: unknown): readonly Bootstrap[] {
  const parameter = text(at(artifact, 'properties.bootstrapStackVersionSsmParameter'));
  return entries(at(assets, 'files'))
    .flatMap(([, file]) => entries(at(file, 'destinations')))
    .flatMap(([, destination]) => {
      const [region, bucket] = [text(at(destination, 'region')), text(at(destination, 'bucketName'))];
      return region === undefined || bucket === undefined || parameter === undefined
        ? []
        : [
            {
              region,
              bucket,
              parameter,
              version: Number(at(artifact, 'properties.requiresBootstrapStackVersion') ?? 0),
            },
          ];
    });
}

/** The regions that anything is deployed to, in the order of deployment. */
export function regionsOf({ stacks }: Wanted): readonly string[] {
  return [...new Set(stacks.map(({ region }) => region))];
}

/** The resources of these types in a region. */
export function ofType(
  { resources }: Wanted,
  region: string,
  ...types: readonly string[]
): readonly WantedResource[] {
  return resources.filter((resource) => resource.region === region && types.includes(resource.type));
}

/** Where a template will be deployed. */
export interface Target {
  readonly account: string;
  readonly region: string;
  readonly stack: string;
}

/** What a value of a template will be; undefined where only the deployment itself can tell, as of another resource's id. */
export function resolved(value: unknown, target: Target): string | undefined {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return undefined;
  const { Ref: ref, 'Fn::Join': join_, 'Fn::Sub': sub } = value;
  if (typeof ref === 'string') return pseudo(ref, target);
  if (typeof sub === 'string') return filled(sub, target);
  const [separator, parts] = list(join_);
  const words = list(parts).map((part) => resolved(part, target));
  const known = words.filter((word) => word !== undefined);
  return typeof separator === 'string' && known.length === words.length ? known.join(separator) : undefined;
}

/** A text with CloudFormation's own parameters filled in; undefined where it has others. */
export function filled(template: string, target: Target): string | undefined {
  const words = template
    .split(/(\$\{[^}]+\})/)
    .map((part) => (part.startsWith('${') ? pseudo(part.slice(2, -1), target) : part));
  return words.every((word) => word !== undefined) ? words.join('') : undefined;
}

function pseudo(name: string, { account, region, stack }: Target): string | undefined {
  return {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::StackName': stack,
    // lib/regions.ts has commercial regions alone.
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  }[name];
}
