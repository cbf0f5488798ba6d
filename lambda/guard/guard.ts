import { type Parts, removedParts } from '../../contract/guard';

/** What CloudFormation is about to do to the stack. */
export type Operation =
  /** The first deployment of the stack; `elsewhere` are regions in which the deployment already has a data stack. */
  | { readonly kind: 'create'; readonly elsewhere: readonly string[] }
  | { readonly kind: 'update'; readonly before: Parts }
  /** Always allowed. */
  | { readonly kind: 'rollback' | 'delete' };

/**
 * Why a deployment must not continue, as a sentence; undefined when it may. It may not remove what is not in `allowRemoval`, because
 * forgotten settings look the same as intended ones.
 */
export function refusal(
  operation: Operation,
  after: Parts,
  allowRemoval: readonly string[],
): string | undefined {
  const removed = removedBy(operation, after).filter((name) => !allowRemoval.includes(name));
  return removed.length === 0
    ? undefined
    : `These settings leave out ${listed(removed)}, which this deployment has. Nothing was changed. ` +
        `If settings were forgotten, deploy with all of them (they belong in cdk.json). ` +
        `If it is meant, read "Going down a rung" in docs/runbook.md and add -c allowRemoval=${[...allowRemoval, ...removed].join(',')}`;
}

function removedBy(operation: Operation, after: Parts): readonly string[] {
  switch (operation.kind) {
    case 'create':
      return operation.elsewhere.filter((region) => !after.regions.includes(region));
    case 'update':
      return removedParts(operation.before, after);
    case 'rollback':
    case 'delete':
      return [];
  }
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
