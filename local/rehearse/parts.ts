/** The parts of a running rung, by their kind. */
import type { RunningPart, RunningRung } from '../rung';
import type { Kind } from '../rung/parts';

/** The nearest data center's first. */
export function all(rung: RunningRung, kind: Kind): readonly RunningPart[] {
  return rung.parts.filter((part) => part.kind === kind);
}

/** @throws Error where the rung has none */
export function first(rung: RunningRung, kind: Kind): RunningPart {
  const [part] = all(rung, kind);
  if (part === undefined) {
    throw new Error(`There is no ${kind} here.`);
  }
  return part;
}
