/** What each stack costs a month, in a line of `cdk synth` and `cdk deploy`. It uses no network and changes no template. */
import { Annotations, type App, Stack } from 'aws-cdk-lib';
import { loadOf } from './capacity/load';
import { UnknownSize } from './capacity/parts';
import { judge, named } from './capacity/plan';
import { count, dollars, percent } from './capacity/report';
import { type StackCosts, stackCosts } from './capacity/stack-costs';
import type { Settings } from './settings';
import { settingOf } from './settings/planned';

/** Notes at each stack what it costs, and at the first whether the plan carries its users. */
export function noteCosts(app: App, settings: Settings): void {
  if (!settings.costs) return;
  const stacks = app.node.children.filter((child) => Stack.isStack(child));
  const costs = knownOr(() => costsOf(settings));
  for (const stack of stacks) {
    Annotations.of(stack).addInfo(typeof costs === 'string' ? costs : sentenceOf(costs, stack, settings));
  }
  const [first] = stacks;
  if (first !== undefined && settings.users !== undefined) {
    Annotations.of(first).addInfo(knownOr(() => carries(settings, settings.users ?? 0)));
  }
}

type Known = Extract<StackCosts, { known: true }>;

function costsOf(settings: Settings): Known | string {
  const costs = stackCosts({
    request: settings,
    regions: settings.regions,
    hasDomain: settings.domain !== undefined,
    sandbox: settings.sandbox,
    users: settings.users,
  });
  return costs.known
    ? costs
    : `Cost: not known, for the planner’s data has no price for ${costs.missing.join(', ')}.`;
}

/** What is asked for; or that a size is not in the data, as a sentence. */
function knownOr<Result>(ask: () => Result): Result | string {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof UnknownSize)) throw error;
    return `Cost: not known. ${error.message}`;
  }
}

function sentenceOf(
  { stacks, belowStage }: Known,
  { stackName, region }: Stack,
  { users }: Settings,
): string {
  const cost = stacks.find((one) => stackName.endsWith(`-${one.stack}`) && one.region === region);
  if (cost === undefined) return 'Cost: nothing by itself.';
  const { atRest, atLoad, below } = cost;
  const difference = atRest - (below ?? 0);
  return [
    `Cost: about ${dollars(atRest)} a month at rest`,
    ...(belowStage === undefined
      ? []
      : [
          ` (${difference < 0 ? '−' : '+'}${dollars(Math.abs(difference))} against stage ${String(belowStage)})`,
        ]),
    ...(atLoad === undefined || users === undefined
      ? []
      : [`, ${dollars(atLoad)} at ${count(users)} users a day`]),
    '; npm run plan says of what.',
  ].join('');
}

/** Whether what is deployed, planned or set by hand, carries so many users. */
function carries(settings: Settings, users: number): string {
  const { stage, without } = settings;
  const habits = { users };
  const { lacks, site, place } = judge({ stage, without }, habits, loadOf(habits), settingOf(settings));
  const busy = site.parts.reduce((most, next) =>
    next.utilisation.expected > most.utilisation.expected ? next : most,
  );
  const who = `${count(users)} users a day`;
  return lacks.length === 0
    ? `Plan: stage ${named(place)} carries ${who}; fullest at peak: ${busy.what}, ${percent(busy.utilisation.expected)}.`
    : `Plan: stage ${named(place)} is not enough for ${who}: ${lacks.map(({ sentence }) => sentence).join('; ')}.`;
}
