/** The parts of a rung: how they are called, in which order a request meets them, how they start and end together. */
import type { Part } from '../parts/supervised';
import type { Replica } from '../parts/replication';

/** In the order in which a request meets them; then what happens after it was answered. */
const KINDS = ['edge', 'load-balancer', 'server', 'cache', 'primary', 'replica', 'worker', 'queue'] as const;
export type Kind = (typeof KINDS)[number];

export interface RunningPart {
  /** `edge`, `server-1`, `cache`, `primary`, `replica-2` …; `us-east-1/server-1` where there are several data centers. */
  readonly name: string;
  readonly kind: Kind;
  /** The data center that it stands in, where there are several; the edge stands in none. */
  readonly region: string | undefined;
  /** Where it listens on 127.0.0.1; a worker does not. */
  readonly port: number | undefined;
  readonly part: Part | Replica;
}

/** What becomes of a part while a rung starts. */
export interface Progress {
  readonly part: string;
  readonly state: 'starting' | 'ready';
  /** Of what is ready, where it listens. */
  readonly port: number | undefined;
}

/** A part that is wanted: `number` where there may be several of its kind. */
interface Wanted {
  readonly kind: Kind;
  readonly region: string | undefined;
  readonly number?: number;
}

type Startable = Part & { readonly port?: number };

export type Start = <P extends Startable>(wanted: Wanted, begin: () => Promise<P>) => Promise<P>;

export interface Parts {
  /** Starts one, unless all of this was called off. @throws Error as `begin` does */
  readonly start: Start;
  /** Those that are ready, in the order of {@link KINDS}, a data center after the other. */
  list(): readonly RunningPart[];
  /** Ends every part, those first that ask others; also those that are just starting. */
  stop(): Promise<void>;
}

export interface PartsOptions {
  /** The data centers in their order. */
  readonly regions: readonly (string | undefined)[];
  readonly progress: (event: Progress) => void;
  /** Once it is aborted, nothing more is started. */
  readonly calledOff: AbortSignal;
}

/** None yet. */
export function createParts({ regions, progress, calledOff }: PartsOptions): Parts {
  const running: RunningPart[] = [];
  const begun = new Set<Promise<unknown>>();

  async function start<P extends Startable>(wanted: Wanted, begin: () => Promise<P>): Promise<P> {
    calledOff.throwIfAborted();
    const { kind, region } = wanted;
    const name = nameOf(wanted);
    progress({ part: name, state: 'starting', port: undefined });
    const part = await begin();
    running.push({ name, kind, region, port: part.port, part });
    progress({ part: name, state: 'ready', port: part.port });
    return part;
  }

  function inOrder(a: RunningPart, b: RunningPart): number {
    return (
      regions.indexOf(a.region) - regions.indexOf(b.region) ||
      KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
      a.name.localeCompare(b.name, 'en', { numeric: true })
    );
  }

  return {
    start: (wanted, begin) => {
      const starting = start(wanted, begin);
      begun.add(starting);
      return starting;
    },
    list: () => [...running].sort(inOrder),
    async stop() {
      await Promise.allSettled(begun);
      for (const kind of KINDS) {
        await Promise.all(running.filter((each) => each.kind === kind).map(({ part }) => part.stop()));
      }
    },
  };
}

function nameOf({ kind, region, number }: Wanted): string {
  const inItsDataCenter = number === undefined ? kind : `${kind}-${number}`;
  return region === undefined ? inItsDataCenter : `${region}/${inItsDataCenter}`;
}
