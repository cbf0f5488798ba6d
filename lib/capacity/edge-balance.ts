/** Whether CloudFront ever saves what it costs: the rung with it beside the one without, over all loads. */
import { type Bill, billOf } from './cost/bill';
import { type Habits, loadOf } from './load';
import type { Judged } from './plan';

/** $ a month of CloudFront at a load, the cheaper way to pay for it, less what it saves. */
interface Balance {
  /** At the load that was planned for. */
  readonly difference: number;
  /** Users of a day from which it saves more than it costs; undefined where it never does. */
  readonly paysFrom: number | undefined;
}

/** From a hundred users of a day to ten billion, in steps of half a power. */
const LOADS = Array.from({ length: 17 }, (_, step) => Math.round(10 ** (2 + step / 2)));

export function edgeBalanceOf(habits: Habits, edge: Judged, before: Judged): Balance {
  const at = (users: number): number => {
    const load = loadOf({ ...habits, users });
    const cost = ({ plan, regions }: Judged): number =>
      cheaper(billOf({ plan, regions, hasDomain: false }, load));
    return cost(edge) - cost(before);
  };
  return { difference: at(habits.users), paysFrom: LOADS.find((users) => at(users) < 0) };
}

function cheaper(bill: Bill): number {
  if (!bill.known) return NaN;
  const { total, edgeByUse, edgeFlatRate } = bill;
  const saved =
    edgeByUse === undefined || edgeFlatRate === undefined ? 0 : edgeByUse.expected - edgeFlatRate.expected;
  return total.expected - Math.max(0, saved);
}
