/** Lines of a bill, and what they are made of. */
import type { ScalingPlan } from '../../scaling-plan';
import { price, row } from '../data';
import { derive, type Figure, given, type Naming } from '../figure';

/** What is deployed, as far as it is billed. */
export interface Deployment {
  readonly plan: ScalingPlan;
  /** The first one first. */
  readonly regions: readonly [string, ...string[]];
  readonly hasDomain: boolean;
  /** Whether it is a sandbox, whose RabbitMQ has one node. @default false */
  readonly sandbox?: boolean | undefined;
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

/** Where a line stands: in the bill of a region, in one part of it. @returns what makes its lines, with ids unique over regions */
export function linesOf({ region }: { readonly region: string }, part: string) {
  return <Name extends string>(
    stack: StackKind,
    { id, what, how }: Omit<Naming, 'unit'>,
    from: Readonly<Record<Name, Figure>>,
    compute: (of: Readonly<Record<Name, number>>) => number,
  ): Item => ({
    part,
    stack,
    region,
    cost: derive({ id: `${id}@${region}`, what: `${what}, a month`, unit: '$/month', how }, from, compute),
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
