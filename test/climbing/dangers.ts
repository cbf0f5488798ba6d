/** The proof of the climb: what a step from one rung to another would do to data and addresses. */
import {
  type CloudAssembly,
  type Located,
  type Resource,
  at,
  resources,
  written,
} from '../support/cloud-assembly';
import { PROTECTED } from './protected-types';
import { type Change, changesOf, isReplaced } from './replacements';

/** How the compared assemblies were made. */
interface Circumstances {
  /** Production keeps what a rung leaves behind; a sandbox keeps nothing and so may leave nothing behind. */
  readonly production: boolean;
}

/**
 * Compares two cloud assemblies stack by stack and says, a sentence each, what the step would replace, possibly replace,
 * lose or leave unprotected among everything that holds data or an address. Empty when the step is safe.
 */
export function dangers(
  before: CloudAssembly,
  after: CloudAssembly,
  { production }: Circumstances,
): readonly string[] {
  const changes = changesOf(before, after).filter(({ type }) => Object.hasOwn(PROTECTED, type));
  return [
    ...vanishedStacks(before, after),
    ...resources(before, ...Object.keys(PROTECTED)).flatMap((old) => lost(old, before, after, production)),
    ...changes.flatMap(replaced),
    ...changes.flatMap(frozenChanged),
    ...changes.flatMap(shrunk),
    ...resources(after).flatMap(notFromBirth),
    ...(production ? resources(after).flatMap(unprotected) : []),
  ];
}

/** What a step down gives up among all that holds data or an address, by type: kept by AWS without a stack, or deleted. */
export function given(
  before: CloudAssembly,
  after: CloudAssembly,
): Readonly<Record<'kept' | 'deleted', readonly string[]>> {
  const gone = resources(before, ...Object.keys(PROTECTED)).filter(
    ({ stack, id }) => after.get(stack)?.Resources[id] === undefined,
  );
  const types = (kept: boolean) => [
    ...new Set(gone.filter(({ resource }) => isKept(resource) === kept).map(({ resource }) => resource.Type)),
  ];
  return { kept: types(true).sort(), deleted: types(false).sort() };
}

function isKept({ DeletionPolicy: policy }: Resource): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}

function vanishedStacks(before: CloudAssembly, after: CloudAssembly): readonly string[] {
  return [...before.keys()]
    .filter((stack) => !after.has(stack))
    .map((stack) => `stack ${stack} is no longer deployed: nothing updates or removes what it made`);
}

function lost(
  old: Located,
  before: CloudAssembly,
  after: CloudAssembly,
  production: boolean,
): readonly string[] {
  const { Type: type } = old.resource;
  if (after.get(old.stack)?.Resources[old.id] || isDispensable(old)) return [];
  if (PROTECTED[type]?.spares?.(after, old) === true) return [];
  const known = new Set(resources(before, type).map(({ name }) => name));
  const newcomers = resources(after, type).filter(({ name }) => !known.has(name));
  if (newcomers.length > 0) {
    const names = newcomers.map(({ name }) => name).join(', ');
    return [
      `${described(old.name, type)} is gone while ${names} appears: a rename or move makes an empty new one`,
    ];
  }
  return production && isKept(old.resource) ? [] : [`${described(old.name, type)} is destroyed`];
}

function replaced(change: Change): readonly string[] {
  if (!isReplaced(change)) return [];
  const cause = change.difference.resourceTypeChanged ? ['Type'] : change.replacing;
  return [`${described(change.name, change.type)} is or may be replaced, by ${cause.join(', ')}`];
}

function frozenChanged(change: Change): readonly string[] {
  return (PROTECTED[change.type]?.frozen ?? [])
    .filter((property) => updateOf(change, property) !== undefined)
    .map(
      (property) => `${described(change.name, change.type)} changes ${property}, which is frozen at birth`,
    );
}

function shrunk(change: Change): readonly string[] {
  return (PROTECTED[change.type]?.grows ?? [])
    .filter((property) => {
      const update = updateOf(change, property);
      return update !== undefined && !(Number(update.now) > Number(update.old));
    })
    .map((property) => `${described(change.name, change.type)} changes ${property} other than by growing`);
}

/** What a property was and is now, also one within another (`Outer.Inner`); undefined where it is the same. */
function updateOf(
  { difference }: Change,
  path: string,
): { readonly old: unknown; readonly now: unknown } | undefined {
  const [property = ''] = path.split('.');
  const update = difference.propertyUpdates[property];
  const [old, now] = [update?.oldValue, update?.newValue].map((value: unknown) =>
    at({ [property]: value }, path),
  );
  return written(old) === written(now) ? undefined : { old, now };
}

function notFromBirth({ name, resource, properties }: Located): readonly string[] {
  if (PROTECTED[resource.Type]?.inherits?.(properties) === true) return [];
  return Object.entries(PROTECTED[resource.Type]?.fromBirth ?? {})
    .filter(([property, wanted]) => at(properties, property) !== wanted)
    .map(([property, wanted]) => `${described(name, resource.Type)} lacks ${property} ${String(wanted)}`);
}

function unprotected(located: Located): readonly string[] {
  const { name, resource } = located;
  if (!PROTECTED[resource.Type]?.data || isDispensable(located)) return [];
  return (['DeletionPolicy', 'UpdateReplacePolicy'] as const)
    .filter((policy) => !KEEPS.has(resource[policy]))
    .map(
      (policy) =>
        `${described(name, resource.Type)} has ${policy} ${resource[policy] ?? '(none)'} in production`,
    );
}

function isDispensable({ resource, properties }: Located): boolean {
  return PROTECTED[resource.Type]?.dispensable?.(properties) === true;
}

const KEEPS: ReadonlySet<string | undefined> = new Set(['Retain', 'RetainExceptOnCreate', 'Snapshot']);

function described(name: string, type: string): string {
  return `${name} (${type}, ${PROTECTED[type]?.holds ?? ''})`;
}
