/** What each stack of a deployment costs a month: without requests, and at the load that was planned for. */
import { LADDER, planFor, type PlanRequest, refusals, type RungNumber } from '../scaling-plan';
import { type Bill, billOf } from './cost/bill';
import type { Deployment, Item, StackKind } from './cost/line';
import { loadOf } from './load';

/** What is deployed: a request that the ladder has nothing against, where, and for how many users. */
export interface Deployed {
  readonly request: PlanRequest;
  readonly regions: readonly [string, ...string[]];
  readonly hasDomain: boolean;
  /** Whether it is a sandbox. @default false */
  readonly sandbox?: boolean | undefined;
  /** Users of a day that it was planned for. @default - none were named */
  readonly users: number | undefined;
}

/** $ a month of one stack. */
interface StackCost {
  readonly stack: StackKind;
  readonly region: string;
  readonly atRest: number;
  /** @default - no users were named */
  readonly atLoad: number | undefined;
  /** What the same stack costs at rest one rung below; undefined at the lowest. */
  readonly below: number | undefined;
}

export type StackCosts =
  | {
      readonly known: true;
      readonly stacks: readonly StackCost[];
      readonly belowStage: RungNumber | undefined;
    }
  | { readonly known: false; readonly missing: readonly string[] };

/** The bill of a deployment without requests. */
export function billAtRest(deployed: Omit<Deployed, 'users'>): Bill {
  return billOf(deploymentOf(deployed), NO_LOAD);
}

const NO_LOAD = loadOf({ users: 0 });

/** @throws UnknownSize for a size that the data does not know */
export function stackCosts(deployed: Deployed): StackCosts {
  const rest = billAtRest(deployed);
  if (!rest.known) return { known: false, missing: rest.missing };
  const load =
    deployed.users === undefined
      ? undefined
      : billOf(deploymentOf(deployed), loadOf({ users: deployed.users }));
  const lower = below(deployed);
  const under = lower && billAtRest(lower);
  const stacks = [
    ...new Map(rest.items.map(({ stack, region }) => [`${stack} ${region}`, { stack, region }])).values(),
  ];
  return {
    known: true,
    belowStage: lower?.request.stage,
    stacks: stacks.map(({ stack, region }) => {
      const of = (bill: Bill | undefined): number | undefined =>
        bill?.known === true ? total(bill.items, stack, region) : undefined;
      return { stack, region, atRest: of(rest) ?? 0, atLoad: of(load), below: of(under) };
    }),
  };
}

/** The same deployment one rung below: of the rungs that it has, the next lower one. */
function below(deployed: Deployed): Deployed | undefined {
  const { request, regions } = deployed;
  const lower = LADDER.findLast(
    ({ number, name }) => number < request.stage && !request.without.includes(name),
  );
  if (lower === undefined) return undefined;
  const without = request.without.filter((name) =>
    LADDER.some((rung) => rung.name === name && rung.number < lower.number),
  );
  if (refusals(lower.number, without).length > 0) return undefined;
  const place = { ...request, stage: lower.number, without };
  return {
    ...deployed,
    request: place,
    // Where there is one data center it is the first.
    regions: planFor(place).dataCenters ? regions : [regions[0]],
  };
}

function deploymentOf({ request, regions, hasDomain, sandbox }: Omit<Deployed, 'users'>): Deployment {
  return { plan: planFor(request), regions, hasDomain, sandbox };
}

function total(items: readonly Item[], stack: StackKind, region: string): number {
  return items
    .filter((item) => item.stack === stack && item.region === region)
    .reduce((sum, { cost }) => sum + cost.expected, 0);
}
