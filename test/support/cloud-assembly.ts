/** Reads synthesized templates: their shape as far as the proofs ask, and who refers to whom across stacks. */
import { at, isRecord, list } from '../../doctor/json';

export { at, list };

/** One resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly CreationPolicy?: unknown;
  readonly UpdatePolicy?: unknown;
  readonly Condition?: string;
}

/** One output of a CloudFormation template. */
interface Output {
  readonly Value: unknown;
  readonly Description?: string;
  readonly Export?: { readonly Name: unknown };
  readonly Condition?: string;
}

/** A CloudFormation template. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
}

/** Stack name → template, in the order in which the stacks are deployed. */
export type CloudAssembly = ReadonlyMap<string, Template>;

/** A resource and where it stands. `name` is `stack/logicalId`, unique in an assembly. */
export interface Located {
  readonly name: string;
  readonly stack: string;
  readonly id: string;
  readonly resource: Resource;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Something a value of a template refers to. */
type Reference =
  | { readonly kind: 'resource'; readonly id: string }
  | { readonly kind: 'output'; readonly stack: string; readonly output: string }
  | { readonly kind: 'export'; readonly name: string };

/** An output of one stack that a value of another stack reads. */
export interface ReadOutput {
  readonly stack: string;
  readonly output: string;
}

/** Whether a database replicates one of another region: that one's stack was asked which. */
export function replicatesAcrossRegions(properties: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(properties['SourceDBInstanceIdentifier'] ?? null).includes('StackResourceDetail');
}

/** Every resource of an assembly, or those of the given types. */
export function resources(assembly: CloudAssembly, ...types: readonly string[]): readonly Located[] {
  const all = everyResource(assembly);
  const [only = '', ...others] = types;
  if (types.length === 0) return all;
  if (others.length === 0) return byType(assembly).get(only) ?? [];
  return all.filter(({ resource }) => types.includes(resource.Type));
}

/** The proofs ask thousands of times for the resources of one assembly, which never changes. */
const everyResource = remembered((assembly: CloudAssembly): readonly Located[] =>
  [...assembly].flatMap(([stack, template]) => resourcesOf(template)(stack)),
);

const byType = remembered((assembly: CloudAssembly): ReadonlyMap<string, readonly Located[]> => {
  const found = new Map<string, Located[]>();
  for (const located of everyResource(assembly)) {
    const { Type: type } = located.resource;
    const known = found.get(type);
    if (known) known.push(located);
    else found.set(type, [located]);
  }
  return found;
});

/** Assemblies share templates: those of two steps of one deployment differ in one. */
const resourcesOf = remembered((template: Template) =>
  rememberedByName((stack: string): readonly Located[] =>
    Object.entries(template.Resources).map(([id, resource]) => ({
      name: `${stack}/${id}`,
      stack,
      id,
      resource,
      properties: resource.Properties ?? {},
    })),
  ),
);

/** The same function of an object that never changes, which answers the second time what it answered the first. */
export function remembered<K extends object, V>(answer: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key) ?? { value: answer(key) };
    known.set(key, found);
    return found.value;
  };
}

/** `remembered` of a name. */
function rememberedByName<V>(answer: (name: string) => V): (name: string) => V {
  const known = new Map<string, { readonly value: V }>();
  return (name) => {
    const found = known.get(name) ?? { value: answer(name) };
    known.set(name, found);
    return found.value;
  };
}

/** The names (`stack/logicalId`) of the resources that a value of a stack refers to, through other stacks' outputs too. */
export function referenced(assembly: CloudAssembly, stack: string, value: unknown): readonly string[] {
  const found = references(value).flatMap((reference): readonly string[] => {
    if (reference.kind === 'resource') {
      return assembly.get(stack)?.Resources[reference.id] ? [`${stack}/${reference.id}`] : [];
    }
    const output = located(assembly, reference);
    return referenced(assembly, output.stack, outputValue(assembly, output));
  });
  return [...new Set(found)];
}

/** The outputs of other stacks that a value reads, by `Fn::GetStackOutput` or `Fn::ImportValue`. */
export function readOutputs(assembly: CloudAssembly, value: unknown): readonly ReadOutput[] {
  return references(value).flatMap((reference) =>
    reference.kind === 'resource' ? [] : [located(assembly, reference)],
  );
}

/** The output that one intrinsic call reads; undefined where it refers to its own stack. */
export function readOutput(assembly: CloudAssembly, call: IntrinsicCall): ReadOutput | undefined {
  return call.references.flatMap((reference) =>
    reference.kind === 'resource' ? [] : [located(assembly, reference)],
  )[0];
}

/** What an output says; undefined where the stack or the output does not exist. */
export function outputValue(assembly: CloudAssembly, { stack, output }: ReadOutput): unknown {
  return assembly.get(stack)?.Outputs?.[output]?.Value;
}

/** The same value with every reference (an object such as `{ Ref }` or `{ 'Fn::GetStackOutput' }`) put through `change`. */
export function rewritten(value: unknown, change: (intrinsic: IntrinsicCall) => unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => rewritten(element, change));
  if (!isRecord(value)) return value;
  const call = intrinsic(value);
  const changed = call && change(call);
  if (changed !== undefined) return changed;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rewritten(inner, change)]));
}

/** One use of an intrinsic function that refers to something, and what it refers to. */
export interface IntrinsicCall {
  readonly source: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
}

/** All that a value refers to; worked out once for each part of a template. */
export function references(value: unknown): readonly Reference[] {
  return typeof value === 'object' && value !== null ? referencesOf(value) : [];
}

const referencesOf = remembered((value: object): readonly Reference[] => {
  const found: Reference[] = [];
  collect(value, found);
  return found;
});

function collect(value: unknown, found: Reference[]): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, found);
  } else if (isRecord(value)) {
    found.push(...(intrinsic(value)?.references ?? []));
    for (const inner of Object.values(value)) collect(inner, found);
  }
}

/** A value as JSON; worked out once for each part of a template. */
export function written(value: unknown): string {
  return typeof value === 'object' && value !== null ? jsonOf(value) : JSON.stringify(value);
}

const jsonOf = remembered((value: object) => JSON.stringify(value));

function intrinsic(value: Readonly<Record<string, unknown>>): IntrinsicCall | undefined {
  const [entry, ...more] = Object.entries(value);
  if (!entry || more.length > 0) return undefined;
  const found = READERS[entry[0]]?.(entry[1]);
  return found && { source: value, references: found };
}

const READERS: Readonly<Record<string, (argument: unknown) => readonly Reference[]>> = {
  Ref: (id) => resource(id),
  'Fn::GetAtt': (argument) =>
    resource(typeof argument === 'string' ? argument.split('.')[0] : list(argument)[0]),
  'Fn::Sub': (argument) => placeholders(list(argument)[0]).flatMap(resource),
  'Fn::ImportValue': (name) => (typeof name === 'string' ? [{ kind: 'export', name }] : []),
  'Fn::GetStackOutput': (argument) => {
    const [stack, output] = [at(argument, 'StackName'), at(argument, 'OutputName')];
    return typeof stack === 'string' && typeof output === 'string' ? [{ kind: 'output', stack, output }] : [];
  },
};

function resource(id: unknown): readonly Reference[] {
  return typeof id === 'string' ? [{ kind: 'resource', id }] : [];
}

/** Logical ids inside `${…}`; `${!x}` is a literal, and a name that the second argument binds is no resource of the template. */
function placeholders(text: unknown): readonly string[] {
  if (typeof text !== 'string') return [];
  return [...text.matchAll(/\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}/g)].flatMap((match) => match[1] ?? []);
}

/** Where an output stands. An export that nobody makes is given to a stack without a name, which has no outputs. */
function located(
  assembly: CloudAssembly,
  reference: Exclude<Reference, { readonly kind: 'resource' }>,
): ReadOutput {
  if (reference.kind === 'output') return { stack: reference.stack, output: reference.output };
  return exportsOf(assembly).get(reference.name) ?? { stack: '', output: reference.name };
}

const exportsOf = remembered(
  (assembly: CloudAssembly): ReadonlyMap<unknown, ReadOutput> =>
    new Map(
      [...assembly]
        .flatMap(([stack, template]) =>
          Object.entries(template.Outputs ?? {}).map(
            ([output, { Export: exported }]) => [exported?.Name, { stack, output }] as const,
          ),
        )
        // Of two with one name the first is meant.
        .reverse(),
    ),
);
