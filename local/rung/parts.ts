/** The parts of a rung: what they are called, in which order a request meets them, how they start and end together. */
import type { Application } from '../parts/application';
import type { ClickQueue } from '../parts/click-queue';
import type { LoadBalancer } from '../parts/haproxy';
import type { Postgres } from '../parts/postgres';
import type { Redis } from '../parts/redis';
import type { Replica } from '../parts/replication';
import type { Part } from '../parts/supervised';
import type { Worker } from '../parts/worker';

/** In the order in which a request meets them; then what happens after it was answered. */
const KINDS = ['edge', 'load-balancer', 'server', 'cache', 'primary', 'replica', 'worker', 'queue'] as const;
export type Kind = (typeof KINDS)[number];

export interface Edge extends Part {
  readonly port: number;
  /** Says that a further data center's database has taken the primary's place. */
  mark(region: string): Promise<void>;
}

/** The program behind a part of each kind. */
interface Programs {
  readonly edge: Edge;
  readonly 'load-balancer': LoadBalancer;
  readonly server: Application;
  readonly cache: Redis;
  readonly primary: Postgres;
  readonly replica: Replica;
  readonly worker: Worker;
  readonly queue: ClickQueue;
}

/** A running part of that kind. */
export interface PartOf<K extends Kind> {
  /** `edge`, `server-1`, `cache`, `primary`, `replica-2` …; `us-east-1/server-1` where there are several data centers. */
  readonly name: string;
  readonly kind: K;
  /** The data center that it stands in, where there are several; the edge stands in none. */
  readonly region: string | undefined;
  /** Where it listens on 127.0.0.1; a worker does not. */
  readonly port: number | undefined;
  readonly part: Programs[K];
}

/** A running part, told apart by its `kind`. */
export type RunningPart = { [K in Kind]: PartOf<K> }[Kind];

/** What becomes of a part while a rung starts. */
export interface Progress {
  readonly part: string;
  readonly state: 'starting' | 'ready';
  /** Of what is ready, where it listens. */
  readonly port: number | undefined;
}

/** A part that is wanted: `number` where there may be several of its kind. */
interface Wanted<K extends Kind> {
  readonly kind: K;
  readonly region: string | undefined;
  readonly number?: number;
}

export type Start = <K extends Kind>(
  wanted: Wanted<K>,
  begin: () => Promise<Programs[K]>,
) => Promise<Programs[K]>;

export interface Parts {
  /** Starts one, unless all of this was called off. @throws Error as `begin` does */
  readonly start: Start;
  /** Those that are ready, in the order in which a request meets them, a data center after the other. */
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
  const running: { readonly [K in Kind]: PartOf<K>[] } = {
    ...{ edge: [], 'load-balancer': [], server: [], cache: [] },
    ...{ primary: [], replica: [], worker: [], queue: [] },
  };
  const begun = new Set<Promise<unknown>>();

  async function start<K extends Kind>(
    wanted: Wanted<K>,
    begin: () => Promise<Programs[K]>,
  ): Promise<Programs[K]> {
    calledOff.throwIfAborted();
    const { kind, region } = wanted;
    const name = nameOf(wanted);
    progress({ part: name, state: 'starting', port: undefined });
    const part = await begin();
    const { port } = part;
    running[kind].push({ name, kind, region, port, part });
    progress({ part: name, state: 'ready', port });
    return part;
  }

  const list = (): readonly RunningPart[] => KINDS.flatMap((kind): readonly RunningPart[] => running[kind]);

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
    list: () => [...list()].sort(inOrder),
    async stop() {
      await Promise.allSettled(begun);
      for (const kind of KINDS) {
        await Promise.all(running[kind].map(({ part }) => part.stop()));
      }
    },
  };
}

function nameOf({ kind, region, number }: Wanted<Kind>): string {
  const inItsDataCenter = number === undefined ? kind : `${kind}-${number}`;
  return region === undefined ? inItsDataCenter : `${region}/${inItsDataCenter}`;
}

/** Something with parts: a rung. */
export interface HasParts {
  readonly parts: readonly RunningPart[];
}

/** Those of a kind, the nearest data center's first. */
export function all<K extends Kind>({ parts }: HasParts, kind: K): readonly PartOf<K>[] {
  return parts.filter((part): part is Extract<RunningPart, PartOf<K>> => part.kind === kind);
}

/** @throws Error where there is none */
export function first<K extends Kind>(rung: HasParts, kind: K): PartOf<K> {
  const [part] = all(rung, kind);
  if (part === undefined) {
    throw new Error(`There is no ${kind} here.`);
  }
  return part;
}
