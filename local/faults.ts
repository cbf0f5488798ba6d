/** What can be broken in a running rung, and how it is said. */
import type { RunningPart, RunningRung } from './rung';
import { promote } from './rung/promote';

interface Fault {
  /** As it is typed. */
  readonly usage: string;
  readonly help: string;
  /**
   * Does it to parts that were named together: one, or all of a data center.
   *
   * @throws Error with a sentence where it cannot be done to them
   */
  readonly break: (parts: readonly RunningPart[], rung: RunningRung) => Promise<void>;
  /** Completes "NAME …". */
  readonly done: string;
}

const FAULTS: readonly Fault[] = [
  {
    usage: 'kill NAME',
    help: 'ends it at once, as a crash does',
    break: (parts) => atOnce(parts, ({ part }) => part.kill()),
    done: 'is killed',
  },
  {
    usage: 'freeze NAME',
    help: 'halts it: it accepts and never answers',
    break: (parts) => atOnce(parts, ({ part }) => part.freeze()),
    done: 'is frozen',
  },
  {
    usage: 'thaw NAME',
    help: 'ends a freeze',
    break: (parts) => atOnce(parts, ({ part }) => part.thaw()),
    done: 'goes on',
  },
  {
    usage: 'heal NAME',
    help: 'starts it again, whatever was done to it',
    break: heal,
    done: 'is ready again',
  },
  {
    usage: 'promote NAME',
    help: 'makes a replica the primary; one in another data center is then the one that counts',
    break: promoteOne,
    done: 'is promoted',
  },
];

/** What a typed line asks for; run, it resolves with a sentence for whoever typed it. */
export function readFault(rung: RunningRung, line: string): () => Promise<string> {
  const [verb = '', name = ''] = line.trim().split(/\s+/);
  const fault = FAULTS.find(({ usage }) => usage.startsWith(`${verb} `));
  if (fault === undefined) {
    return () => Promise.resolve(describeFaults());
  }
  const named = rung.parts.filter((each) => each.name === name || each.region === name);
  if (named.length === 0) {
    const names = rung.parts.map((each) => each.name).join(', ');
    return () => Promise.reject(new Error(`There is no part “${name}” here. There are ${names}.`));
  }
  return async () => {
    await fault.break(named, rung);
    return `${name} ${fault.done}.`;
  };
}

/** A line for each. */
export function describeFaults(): string {
  return FAULTS.map(({ usage, help }) => `  ${usage.padEnd(14)}${help}`).join('\n');
}

async function atOnce(
  parts: readonly RunningPart[],
  work: (part: RunningPart) => Promise<void>,
): Promise<void> {
  await Promise.all(parts.map(work));
}

/** Those first that others ask: a server waits for its database. */
const HEALED = ['primary', 'replica', 'cache', 'queue', 'server', 'load-balancer', 'worker', 'edge'] as const;

async function heal(parts: readonly RunningPart[]): Promise<void> {
  for (const kind of HEALED) {
    await atOnce(
      parts.filter((each) => each.kind === kind),
      ({ part }) => part.restart(),
    );
  }
}

async function promoteOne(parts: readonly RunningPart[], rung: RunningRung): Promise<void> {
  const [replica, ...others] = parts;
  if (replica === undefined || others.length > 0) {
    throw new Error(`${parts.map(({ name }) => name).join(', ')}: one replica is promoted at a time.`);
  }
  await promote(rung, replica);
}
