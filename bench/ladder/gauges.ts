/** What a running rung has used so far: processor time, queries, bytes. */
import { cpus } from 'node:os';
import { now } from '../../local/load/requests';
import type { RunningRung } from '../../local/rung';
import { all } from '../../local/rung/parts';
import { watchQueries, type Queries } from './database';
import { treeSeconds } from './processor-time';

/** A figure of each kind of part, of all parts of that kind together. */
export type ByKind = Readonly<Record<string, number>>;

/** What was used between two looks. */
interface Used {
  readonly seconds: number;
  /** Processor time in seconds. */
  readonly processor: ByKind;
  /** Of all processes of this machine that are not the rung's, the load's among them: processor time in seconds. */
  readonly otherProcessor: number;
  /** That the load balancers have sent; undefined where there is none. */
  readonly bytes: number | undefined;
  /** undefined at rung 1. */
  readonly queries: Queries | undefined;
}

export interface Gauges {
  /** Starts to measure; what it resolves with ends that. */
  use(): Promise<() => Promise<Used>>;
  close(): Promise<void>;
}

export async function openGauges(rung: RunningRung): Promise<Gauges> {
  const counter = await watchQueries(rung);
  const balancers = all(rung, 'load-balancer').map(({ part }) => part);

  async function look() {
    const bytes = await Promise.all(balancers.map((balancer) => balancer.bytesSent()));
    const queries = await counter?.count();
    return {
      queries,
      at: now(),
      busy: busySeconds(),
      seconds: treeSeconds(rung.parts.map(({ part }) => part.pid)),
      bytes: bytes.reduce((sum, each) => sum + each, 0),
    };
  }

  return {
    async use() {
      const before = await look();
      return async () => {
        const after = await look();
        const processor: Record<string, number> = {};
        rung.parts.forEach(({ kind }, index) => {
          const used = (after.seconds[index] ?? 0) - (before.seconds[index] ?? 0);
          processor[kind] = (processor[kind] ?? 0) + used;
        });
        return {
          seconds: (after.at - before.at) / 1_000,
          processor,
          otherProcessor: after.busy - before.busy - total(processor),
          bytes: balancers.length === 0 ? undefined : after.bytes - before.bytes,
          queries: before.queries && after.queries && difference(after.queries, before.queries),
        };
      };
    },
    close: async () => counter?.close(),
  };
}

function difference(after: Queries, before: Queries): Queries {
  return { primary: after.primary - before.primary, replicas: after.replicas - before.replicas };
}

/** Processor time that this machine's cores have worked, in seconds. */
function busySeconds(): number {
  const milliseconds = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return milliseconds.reduce((sum, each) => sum + each, 0) / 1_000;
}

/** Of all parts together. */
export function total(byKind: ByKind): number {
  return Object.values(byKind).reduce((sum, each) => sum + each, 0);
}
