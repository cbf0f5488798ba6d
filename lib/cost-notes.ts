/** What each stack costs a month, in a line of `cdk synth` and `cdk deploy`. It asks nobody and changes no template. */
import { Annotations, type Stack } from 'aws-cdk-lib';
import { UnknownSize } from './capacity/parts';
import { count, dollars } from './capacity/report';
import { type Deployed, type StackCost, type StackCosts, stackCosts } from './capacity/stack-costs';

/** A stack, and which of the deployment's it is. */
export interface NotedStack {
  readonly stack: Stack;
  readonly kind: StackCost['stack'];
  readonly region: string;
}

/** Notes at each stack what it costs. */
export function noteCosts(stacks: readonly NotedStack[], deployed: Deployed): void {
  const costs = costsOf(deployed);
  for (const { stack, kind, region } of stacks) {
    Annotations.of(stack).addInfo(
      typeof costs === 'string' ? costs : sentenceOf(costs, kind, region, deployed.users),
    );
  }
}

/** The costs; or why they are not known, as a sentence. */
function costsOf(deployed: Deployed): Extract<StackCosts, { known: true }> | string {
  try {
    const costs = stackCosts(deployed);
    return costs.known
      ? costs
      : `Cost: not known, for the data of npm run plan has no price for ${costs.missing.join(', ')}.`;
  } catch (error) {
    if (!(error instanceof UnknownSize)) throw error;
    return `Cost: not known. ${error.message}`;
  }
}

function sentenceOf(
  { stacks, belowStage }: Extract<StackCosts, { known: true }>,
  kind: StackCost['stack'],
  region: string,
  users: number | undefined,
): string {
  const cost = stacks.find((one) => one.stack === kind && one.region === region);
  if (cost === undefined) return 'Cost: nothing by itself.';
  const { atRest, atLoad, below } = cost;
  const load =
    atLoad === undefined || users === undefined ? '' : `, ${dollars(atLoad)} at ${count(users)} users a day`;
  const difference = atRest - (below ?? 0);
  const step =
    belowStage === undefined
      ? ''
      : ` (${difference < 0 ? '−' : '+'}${dollars(Math.abs(difference))} against stage ${String(belowStage)})`;
  return `Cost: about ${dollars(atRest)} a month at rest${step}${load}; npm run plan says of what.`;
}
