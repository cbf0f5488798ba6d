/** Assemblies for proving a proof: written by hand, or a real one with something done to it. */
import type { CloudAssembly, Resource, Template } from './cloud-assembly';

/** One stack of an assembly written by hand; outputs are given by what they say. */
interface Stack {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** An assembly small enough to see what is wrong with it. */
export function assemblyOf(stacks: Readonly<Record<string, Stack>>): CloudAssembly {
  return new Map(
    Object.entries(stacks).map(([name, { resources, outputs = {} }]) => [
      name,
      {
        Resources: resources,
        Outputs: Object.fromEntries(Object.entries(outputs).map(([id, Value]) => [id, { Value }])),
      },
    ]),
  );
}

/** Reads an output of another stack, as the CDK's weak references do. */
export function read(stack: string, output: string): unknown {
  return { 'Fn::GetStackOutput': { StackName: stack, OutputName: output } };
}

/** The same assembly with `change` applied to each resource of a type; an empty answer removes it, another id renames it. */
export function altered(
  assembly: CloudAssembly,
  type: string,
  change: (id: string, resource: Resource) => Readonly<Record<string, Resource>>,
): CloudAssembly {
  return new Map(
    [...assembly].map(([stack, template]): [string, Template] => {
      const resources = Object.entries(template.Resources).flatMap(([id, resource]) =>
        Object.entries(resource.Type === type ? change(id, resource) : { [id]: resource }),
      );
      return [stack, { ...template, Resources: Object.fromEntries(resources) }];
    }),
  );
}

/** A change for `altered` that gives each resource other properties. */
export function withProperties(properties: Readonly<Record<string, unknown>>) {
  return (id: string, resource: Resource): Readonly<Record<string, Resource>> => ({
    [id]: { ...resource, Properties: { ...resource.Properties, ...properties } },
  });
}
