/** What can be broken in a running rung, and how it is said. */
import type { RunningPart, RunningRung } from './rung';

interface Fault {
  /** As it is typed. */
  readonly usage: string;
  readonly help: string;
  /** @throws Error with a sentence where it cannot be done to that part */
  readonly break: (part: RunningPart) => Promise<void>;
  /** Completes "NAME …". */
  readonly done: string;
}

export const FAULTS: readonly Fault[] = [
  {
    usage: 'kill NAME',
    help: 'ends the part at once, as a crash does',
    break: ({ part }) => part.kill(),
    done: 'is killed',
  },
  {
    usage: 'freeze NAME',
    help: 'halts it: it accepts and never answers',
    break: ({ part }) => part.freeze(),
    done: 'is frozen',
  },
  {
    usage: 'thaw NAME',
    help: 'ends a freeze',
    break: ({ part }) => part.thaw(),
    done: 'goes on',
  },
  {
    usage: 'heal NAME',
    help: 'starts it again, whatever was done to it',
    break: ({ part }) => part.restart(),
    done: 'is ready again',
  },
  {
    usage: 'promote NAME',
    help: 'makes a replica the primary',
    break: ({ name, part }) => {
      if (!('promote' in part)) {
        throw new Error(`${name} is no replica, so it cannot be promoted.`);
      }
      return part.promote();
    },
    done: 'is promoted',
  },
];

/** What a typed line asks for; run, it resolves with a sentence for whoever typed it. */
export function readFault(rung: RunningRung, line: string): () => Promise<string> {
  const [verb = '', name = ''] = line.trim().split(/\s+/);
  const fault = FAULTS.find(({ usage }) => usage.startsWith(`${verb} `));
  const part = rung.parts.find((each) => each.name === name);
  if (fault === undefined) {
    return () => Promise.resolve(FAULTS.map(({ usage, help }) => `  ${usage.padEnd(14)}${help}`).join('\n'));
  }
  if (part === undefined) {
    const names = rung.parts.map((each) => each.name).join(', ');
    return () => Promise.reject(new Error(`There is no part “${name}” here. There are ${names}.`));
  }
  return async () => {
    await fault.break(part);
    return `${name} ${fault.done}.`;
  };
}
