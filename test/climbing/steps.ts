/** A deployment stack by stack: what stands before and after each. */
import { type CloudAssembly, remembered } from '../support/cloud-assembly';

/** One stack's deployment. */
interface Step {
  readonly stack: string;
  readonly from: CloudAssembly;
  readonly to: CloudAssembly;
}

/**
 * The steps in which `after` is deployed over `before`, in the order of `after`. A stack that `after` does not have goes on as
 * it is: CloudFormation knows nothing of stacks that are no longer asked for.
 */
export function stepsOf(before: CloudAssembly, after: CloudAssembly): readonly Step[] {
  return stepsFrom(before)(after);
}

/** Every proof of a deployment goes through the same steps. */
const stepsFrom = remembered((before: CloudAssembly) =>
  remembered((after: CloudAssembly) =>
    [...after].reduce<readonly Step[]>((made, [stack, template]) => {
      const from = made.at(-1)?.to ?? before;
      return [...made, { stack, from, to: new Map([...from, [stack, template]]) }];
    }, []),
  ),
);

/** The same assembly with the stacks in another order, by the ends of their names; only those that are named are deployed. */
export function inOrder(assembly: CloudAssembly, ...endings: readonly string[]): CloudAssembly {
  return new Map(endings.flatMap((ending) => [...assembly].filter(([stack]) => stack.endsWith(ending))));
}

/** What is left when the stacks whose names end so are destroyed. */
export function destroyed(assembly: CloudAssembly, ...endings: readonly string[]): CloudAssembly {
  return new Map([...assembly].filter(([stack]) => !endings.some((ending) => stack.endsWith(ending))));
}

/**
 * The order of the way down, "Going down a rung" in docs/runbook.md: whoever reads goes first. Servers' stacks, those of further
 * data centers before the first one's; then the edge; then what all of them read.
 */
export function readersFirst(assembly: CloudAssembly): CloudAssembly {
  const ending = (end: string) => [...assembly].filter(([stack]) => stack.endsWith(end));
  return new Map([...ending('-app').reverse(), ...ending('-edge'), ...ending('-data')]);
}
