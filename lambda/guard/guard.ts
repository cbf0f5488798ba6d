import { type Parts, removedParts } from '../../contract/guard';

/** What CloudFormation is about to do to the stack. */
export type Step =
  /** The first deployment of a stack; `elsewhere` are regions in which the deployment has a data stack already. */
  | { readonly kind: 'create'; readonly elsewhere: readonly string[] }
  | { readonly kind: 'update'; readonly before: Parts }
  /** CloudFormation goes back to what was there, or takes the stack away: neither is for the guard to judge. */
  | { readonly kind: 'rollback' | 'delete' };

/**
 * Why a deployment must not go on, as a sentence; undefined when it may. It may not take away what nobody said may go: settings
 * that were forgotten look exactly like settings that were meant.
 */
export function refusal(step: Step, after: Parts, allowRemoval: readonly string[]): string | undefined {
  const removed = removedBy(step, after).filter((name) => !allowRemoval.includes(name));
  return removed.length === 0
    ? undefined
    : `These settings leave out ${listed(removed)}, which this deployment has. Nothing was changed. ` +
        `If settings were forgotten, deploy with all of them (they belong in cdk.json). ` +
        `If it is meant, read "Going down a rung" in docs/runbook.md and add -c allowRemoval=${[...allowRemoval, ...removed].join(',')}`;
}

function removedBy(step: Step, after: Parts): readonly string[] {
  switch (step.kind) {
    case 'create':
      return step.elsewhere.filter((region) => !after.regions.includes(region));
    case 'update':
      return removedParts(step.before, after);
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
