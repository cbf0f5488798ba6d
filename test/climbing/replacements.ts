/** What a step changes, counting what is replaced only because something it refers to is. */
import { ResourceImpact, type ResourceDifference, fullDiff } from '@aws-cdk/cloudformation-diff';
import {
  type CloudAssembly,
  type IntrinsicCall,
  outputValue,
  readOutput,
  references,
  remembered,
  rewritten,
  written,
} from '../support/cloud-assembly';
import { KNOWN_IN_PLACE } from './protected-types';

/** What happens to one resource in a step. */
export interface Change {
  /** `stack/logicalId`. */
  readonly name: string;
  readonly type: string;
  readonly difference: ResourceDifference;
  /** Properties whose change replaces the resource, or may. */
  readonly replacing: readonly string[];
}

/** True where the resource is, or may be, another one after the step. */
export function isReplaced(change: Change): boolean {
  return change.replacing.length > 0 || change.difference.resourceTypeChanged;
}

/**
 * Every change of a step in the stacks that both rungs have. cloudformation-diff alone does not follow a replaced
 * resource into `Fn::Sub`, `Fn::Join` or another stack, nor a resource that only *may* be replaced: here every reference
 * to such a resource counts as changed, again and again until nothing more is replaced.
 */
export function changesOf(before: CloudAssembly, after: CloudAssembly): readonly Change[] {
  return changesFrom(before)(after);
}

/** Asked by each of the proofs of a step. */
const changesFrom = remembered((before: CloudAssembly) =>
  remembered((after: CloudAssembly) => computed(before, after)),
);

function computed(before: CloudAssembly, after: CloudAssembly): readonly Change[] {
  let unsettled: ReadonlySet<string> = new Set();
  for (;;) {
    const changes = changesGiven(before, after, unsettled);
    const grown = new Set([...unsettled, ...changes.filter(answersDiffer).map(({ name }) => name)]);
    if (grown.size === unsettled.size) return changes;
    unsettled = grown;
  }
}

/**
 * A value of a stack in a form that compares across rungs: other stacks' outputs replaced by what they stand for, and
 * every reference to one of the `unsettled` resources made unlike any other.
 */
export function settled(
  assembly: CloudAssembly,
  stack: string,
  value: unknown,
  unsettled: ReadonlySet<string>,
): unknown {
  const isRewritten = references(value).some(
    // Stryker disable next-line ConditionalExpression,StringLiteral: what is rewritten without need stays as it is, and takes time.
    (reference) => reference.kind !== 'resource' || unsettled.has(`${stack}/${reference.id}`),
  );
  // Stryker disable next-line ConditionalExpression: as above.
  if (!isRewritten) return value;
  return rewritten(value, (call) => {
    const output = readOutput(assembly, call);
    if (output) {
      const inner = settled(assembly, output.stack, outputValue(assembly, output), unsettled);
      // A string, so that ids of the other stack are not taken for ids of this one.
      return `${output.stack}: ${JSON.stringify(inner)}`;
    }
    return refersTo(call, stack, unsettled) ? `${JSON.stringify(call.source)} (replaced)` : undefined;
  });
}

function changesGiven(
  before: CloudAssembly,
  after: CloudAssembly,
  unsettled: ReadonlySet<string>,
): readonly Change[] {
  return [...before].flatMap(([stack, template]) => {
    const next = after.get(stack);
    if (!next || next === template) return [];
    // Most resources stay as they are, and cloudformation-diff copies and compares several times over what it is given.
    const unlike = Object.entries(template.Resources)
      .map(([id, resource]) => ({
        id,
        type: resource.Type,
        old: settled(before, stack, resource, NOTHING),
        now: settled(after, stack, next.Resources[id], unsettled),
      }))
      .filter(({ old, now }) => now !== undefined && written(old) !== written(now));
    const { changes } = fullDiff(
      { Resources: Object.fromEntries(unlike.map(({ id, old }) => [id, old])) },
      { Resources: Object.fromEntries(unlike.map(({ id, now }) => [id, now])) },
    ).resources;
    return unlike.flatMap(({ id, type }) => {
      const difference = changes[id];
      return difference === undefined ? [] : [changeOf(`${stack}/${id}`, type, difference)];
    });
  });
}

const NOTHING: ReadonlySet<string> = new Set();

function changeOf(name: string, type: string, difference: ResourceDifference): Change {
  const replacing = Object.entries(difference.propertyUpdates)
    .filter(([, { changeImpact }]) => REPLACES.has(changeImpact))
    .map(([property]) => property)
    .filter((property) => !Object.hasOwn(KNOWN_IN_PLACE, `${type}.${property}`));
  return { name, type, difference, replacing };
}

const REPLACES: ReadonlySet<ResourceImpact | undefined> = new Set([
  ResourceImpact.WILL_REPLACE,
  ResourceImpact.MAY_REPLACE,
]);

/** A custom resource may answer anything after an update, so its readers must count on another value too. */
function answersDiffer(change: Change): boolean {
  return isReplaced(change) || /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(change.type);
}

function refersTo(call: IntrinsicCall, stack: string, names: ReadonlySet<string>): boolean {
  return call.references.some(
    (reference) => reference.kind === 'resource' && names.has(`${stack}/${reference.id}`),
  );
}
