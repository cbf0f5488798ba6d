/** CloudFormation's functions in a template, and the order in which its resources can be made. */
import { list, type Resource, type Template } from '../support/cloud-assembly';

/** A template with the parts that decide what is made. */
export interface FullTemplate extends Template {
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** What a template's references stand for when it is deployed. */
export interface Scope {
  readonly template: FullTemplate;
  /** Values of its parameters and of `AWS::…`. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly ref: (logicalId: string) => unknown;
  readonly attribute: (logicalId: string, name: string) => unknown;
  /** An output of another stack, of this or another region. */
  readonly output: (stack: string, output: string, region: string | undefined) => unknown;
  readonly exported: (name: string) => unknown;
  /** `{{resolve:…}}`: what Secrets Manager or SSM hold. */
  readonly dynamic: (reference: string) => string;
}

type Values = Readonly<Record<string, unknown>>;

const NOTHING = Symbol('AWS::NoValue');

/** A value where a text is wanted: numbers and truth values as CloudFormation writes them. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

export function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value with every function done. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{\{resolve:([^}]+)\}\}/g, (_, reference: string) => scope.dynamic(reference));
  }
  if (Array.isArray(value)) {
    return value.map((element) => resolve(element, scope)).filter((element) => element !== NOTHING);
  }
  if (!isRecord(value)) return value;
  const [entry, ...more] = Object.entries(value);
  const intrinsic = entry === undefined || more.length > 0 ? undefined : FUNCTIONS[entry[0]];
  if (entry !== undefined && intrinsic !== undefined) return intrinsic(entry[1], scope);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, resolve(inner, scope)] as const)
      .filter(([, inner]) => inner !== NOTHING),
  );
}

const FUNCTIONS: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  Ref: (name, scope) => refer(String(name), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [id, ...name] = typeof argument === 'string' ? argument.split('.') : items(argument, scope);
    return scope.attribute(String(id), name.join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = items(argument, scope);
    return items(parts, scope).map(String).join(String(separator));
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = items(argument, scope);
    return String(text).split(String(separator));
  },
  'Fn::Select': (argument, scope) => {
    const [index, list] = items(argument, scope);
    const chosen = items(list, scope)[Number(index)];
    if (chosen === undefined) {
      throw new Error(`Template error: Fn::Select cannot select nonexistent value at index ${String(index)}`);
    }
    return chosen;
  },
  'Fn::Sub': (argument, scope) => {
    const [text, own] = typeof argument === 'string' ? [argument, {}] : items(argument, scope);
    const bound = isRecord(own) ? own : {};
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      const [id = '', ...attribute] = name.split('.');
      if (bound[name] !== undefined) return textOf(bound[name]);
      return String(attribute.length === 0 ? refer(id, scope) : scope.attribute(id, attribute.join('.')));
    });
  },
  'Fn::Base64': (text, scope) => Buffer.from(String(resolve(text, scope))).toString('base64'),
  'Fn::GetAZs': (_, scope) => {
    const region = String(scope.parameters['AWS::Region']);
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = items(argument, scope).map(String);
    return scope.template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
  },
  'Fn::GetStackOutput': (argument, scope) => {
    const { StackName, OutputName, Region } = isRecord(argument) ? argument : {};
    const region = resolve(Region, scope);
    return scope.output(
      String(resolve(StackName, scope)),
      String(resolve(OutputName, scope)),
      region === undefined ? undefined : textOf(region),
    );
  },
  'Fn::ImportValue': (name, scope) => scope.exported(String(resolve(name, scope))),
  'Fn::If': (argument, scope) => {
    const [condition, yes, no] = list(argument);
    return resolve(holds(String(condition), scope) ? yes : no, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [one, other] = items(argument, scope);
    return one === other;
  },
  'Fn::And': (argument, scope) => items(argument, scope).every(Boolean),
  'Fn::Or': (argument, scope) => items(argument, scope).some(Boolean),
  'Fn::Not': (argument, scope) => !items(argument, scope)[0],
  Condition: (name, scope) => holds(String(name), scope),
};

function items(value: unknown, scope: Scope): readonly unknown[] {
  const resolved = resolve(value, scope);
  return Array.isArray(resolved) ? resolved : [resolved];
}

function refer(name: string, scope: Scope): unknown {
  if (name === 'AWS::NoValue') return NOTHING;
  return name in scope.parameters ? scope.parameters[name] : scope.ref(name);
}

/** Whether a condition of the template holds. */
export function holds(name: string, scope: Scope): boolean {
  return Boolean(resolve(scope.template.Conditions?.[name], scope));
}

/** Logical ids of the template's resources that a resource needs: by reference, or by `DependsOn`. */
function needs(template: Template, { Properties, DependsOn }: Resource): readonly string[] {
  const told = typeof DependsOn === 'string' ? [DependsOn] : (DependsOn ?? []);
  return [...new Set([...told, ...mentioned(Properties)])].filter((id) => id in template.Resources);
}

function mentioned(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(mentioned);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]): readonly string[] => {
    const first: unknown = Array.isArray(inner) ? inner[0] : inner;
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String(first).split('.')[0] ?? ''];
    const placeholders =
      key === 'Fn::Sub'
        ? [...String(first).matchAll(/\$\{([A-Za-z0-9]+)/g)].map((match) => match[1] ?? '')
        : [];
    return [...placeholders, ...mentioned(inner)];
  });
}

/**
 * Logical ids, each after all that it needs. CloudFormation makes at once whatever is ready; here custom resources wait
 * until nothing else is, so that one which must come first comes first only if everything else says that it needs it.
 */
export function inOrder(template: Template): readonly string[] {
  const waiting = new Map(
    Object.entries(template.Resources).map(([id, resource]) => [id, new Set(needs(template, resource))]),
  );
  const ordered: string[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, needed]) => needed.size === 0).map(([id]) => id);
    const next = ready.find((id) => !isCustom(template.Resources[id]?.Type ?? '')) ?? ready[0];
    if (next === undefined) {
      throw new Error(`Circular dependency between resources: [${[...waiting.keys()].join(', ')}]`);
    }
    ordered.push(next);
    waiting.delete(next);
    waiting.forEach((needed) => needed.delete(next));
  }
  return ordered;
}

/** Whether a function of the template's own makes it. */
export function isCustom(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}
