/** All that can be wrong with a deployment, by every proof of the climb. */
import type { CloudAssembly } from '../support/cloud-assembly';
import { collisions } from './collisions';
import { dangers } from './dangers';
import { interruptions } from './interruptions';
import { outages } from './served';
import { stepsOf } from './steps';

/** What of it is meant, where something is given up on purpose. */
interface Meant {
  readonly production: boolean;
  /** Claims of what earlier steps left behind. */
  readonly left?: readonly string[];
  /** Faults that are none here, for what they name is meant to go. */
  readonly meant?: readonly RegExp[];
}

/** Every fault of deploying `after` over `before`, in the order of `after`, a sentence each. */
export function faults(
  before: CloudAssembly,
  after: CloudAssembly,
  { production, left = [], meant = [] }: Meant,
): readonly string[] {
  const last = stepsOf(before, after).at(-1)?.to ?? before;
  return [
    ...dangers(before, last, { production }),
    ...interruptions(before, after),
    ...outages(before, after),
    ...collisions(before, after, left),
  ].filter((fault) => !meant.some((known) => known.test(fault)));
}
