/** Lines of a bill, and what they are made of. */
import type { ScalingPlan } from '../../scaling-plan';
import { price, row } from '../data';
import { derive, type Figure, given } from '../figure';

/** What is deployed, as far as it is billed. */
export interface Deployment {
  readonly plan: ScalingPlan;
  /** The first one first. */
  readonly regions: readonly [string, ...string[]];
  readonly hasDomain: boolean;
}

/** The stacks that a bill is told by. */
export type StackKind = 'data' | 'app' | 'edge';

/** One line of a bill. */
export interface Item {
  /** What people call it; several lines may be of one part. */
  readonly part: string;
  /** The stack that causes it, and its region. */
  readonly stack: StackKind;
  readonly region: string;
  /** $ a month. */
  readonly cost: Figure;
}
/** Where CloudFront and its firewall are billed. */
export const EDGE_REGION = 'us-east-1';
/** Names of lines, unique over regions. */
export function line(
  center: { readonly region: string },
  part: string,
  stack: StackKind,
  id: string,
  what: string,
  how: string,
): <Name extends string>(
  from: Readonly<Record<Name, Figure>>,
  compute: (of: Readonly<Record<Name, number>>) => number,
) => Item {
  return (from, compute) => ({
    part,
    stack,
    region: center.region,
    cost: derive(
      { id: `${id}@${center.region}`, what: `${what}, a month`, unit: '$/month', how },
      from,
      compute,
    ),
  });
}

export const HOURS = row('hours-a-month');

/** The price, known to be there or small. */
export function priceIn(id: string, region: string): Figure {
  const found = price(id, region);
  if (found === undefined) throw new Error(`There is no price ${id} in ${region}.`);
  return found;
}

export function counted(id: string, what: string, count: number): Figure {
  return given(id, what, '', count, 'lib/capacity/inventory.ts, as the templates have it');
}
