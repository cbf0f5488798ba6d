/**
 * A rung as single events: requests come at random, a load balancer hands each to the server with the least to do, which hands
 * it to its processes in turn; the process, the cache and the databases serve one at a time. It knows the sizes, the rates and
 * the processor times of a plan, and none of the formulas.
 */
import type { ScalingPlan } from '../../../lib/scaling-plan';
import type { Load } from '../../../lib/capacity/load';
import { machineOf, row } from '../../../lib/capacity/data';
import type { Site } from '../../../lib/capacity/parts';

export interface Simulated {
  /** In ms. */
  readonly p50: number;
  readonly p99: number;
  /** Share of redirects whose read took longer than a server waits for a database. */
  readonly refused: number;
}

/** What serves one after the other, several at a time: remembers when each of them is free. */
class Station {
  private readonly free: number[];
  constructor(servers: number) {
    this.free = Array<number>(servers).fill(0);
  }
  /** When a job that comes now is done. Jobs come in the order of time. */
  serve(now: number, service: number): number {
    let first = 0;
    for (let index = 1; index < this.free.length; index += 1) {
      if ((this.free[index] ?? 0) < (this.free[first] ?? 0)) first = index;
    }
    const done = Math.max(now, this.free[first] ?? 0) + service;
    this.free[first] = done;
    return done;
  }
}

/** mulberry32: the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Events in the order of time: a binary heap. */
class Agenda {
  private readonly heap: { readonly at: number; readonly run: () => void }[] = [];
  add(at: number, run: () => void): void {
    const { heap } = this;
    let child = heap.push({ at, run }) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (this.at(parent) <= this.at(child)) break;
      this.swap(parent, child);
      child = parent;
    }
  }
  next(): { readonly at: number; readonly run: () => void } | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      const child = this.at(left + 1) < this.at(left) ? left + 1 : left;
      if (this.at(child) >= this.at(parent)) break;
      this.swap(parent, child);
      parent = child;
    }
    return first;
  }
  private at(index: number): number {
    return this.heap[index]?.at ?? Infinity;
  }
  private swap(a: number, b: number): void {
    const { heap } = this;
    const [first, second] = [heap[a], heap[b]];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  }
}

/** So many requests of a plan at peak; a read is refused that takes longer than `patience`, in ms. */
export function simulate(
  plan: ScalingPlan,
  load: Load,
  site: Site,
  requests: number,
  seed: number,
  patience: number = row('patience').expected,
): Simulated {
  const draw = random(seed);
  const exponential = (mean: number): number => -mean * Math.log(1 - draw());
  const rate = load.requests.expected / 1000;
  const redirectShare = load.redirects.expected / load.requests.expected;
  const vcpus = site.serverVcpus.expected;
  const servers = Array.from({ length: site.serversAtPeak.expected }, () => ({
    processes: Array.from({ length: vcpus }, () => new Station(1)),
    turn: 0,
    outstanding: 0,
  }));
  const cache = new Station(1);
  const databaseVcpus = plan.databaseOnServer
    ? 1
    : (machineOf('database', plan.databaseInstanceType)?.vcpus ?? 1);
  const readers = Array.from(
    { length: plan.replicas === 0 || plan.dataCenters ? 1 : plan.replicas },
    () => new Station(databaseVcpus),
  );
  const hop = row('hop').expected;
  const serverMean = (site.serverWork.expected / load.requests.expected) * 1000;
  const cacheMean = site.cacheTime?.expected ?? 0;
  const reads = load.redirects.expected * site.databaseMiss.expected;
  const work = (site.replicaWork ?? site.primaryWork)?.expected ?? 0;
  const databaseMean = plan.databaseOnServer ? 0 : (work / (reads / readers.length)) * 1000;
  const [memoryMiss, databaseMiss] = [site.memoryMiss.expected, site.databaseMiss.expected];
  const times: number[] = [];
  let refused = 0;
  const agenda = new Agenda();

  const arrive = (at: number, left: number): void => {
    if (left > 1) {
      const next = at + exponential(1 / rate);
      agenda.add(next, () => {
        arrive(next, left - 1);
      });
    }
    const isRedirect = draw() < redirectShare;
    // The least busy server; of equals any, as a load balancer in two zones has it.
    const least = Math.min(...servers.map(({ outstanding }) => outstanding));
    const among = servers.filter(({ outstanding }) => outstanding === least);
    const server = among[Math.floor(draw() * among.length)];
    if (server === undefined) return;
    server.outstanding += 1;
    server.turn = (server.turn + 1) % server.processes.length;
    const served = server.processes[server.turn]?.serve(at, exponential(serverMean)) ?? at;
    const end = (done: number): void => {
      server.outstanding -= 1;
      if (isRedirect) times.push(done - at);
    };
    const chance = draw();
    if (!isRedirect || chance >= memoryMiss) {
      agenda.add(served, () => {
        end(served);
      });
      return;
    }
    const askDatabase = (from: number): void => {
      const reader = readers[Math.floor(draw() * readers.length)];
      const answered = plan.databaseOnServer
        ? from
        : (reader?.serve(from + hop, exponential(databaseMean)) ?? from);
      if (answered - from > patience) refused += 1;
      agenda.add(answered, () => {
        end(answered);
      });
    };
    agenda.add(served, () => {
      if (!plan.cache) {
        askDatabase(served);
        return;
      }
      const cached = cache.serve(served + hop, exponential(cacheMean));
      agenda.add(cached, () => {
        if (chance < databaseMiss) askDatabase(cached);
        else end(cached);
      });
    });
  };
  agenda.add(0, () => {
    arrive(0, requests);
  });
  for (let event = agenda.next(); event !== undefined; event = agenda.next()) event.run();
  const sorted = times.slice(Math.floor(times.length / 10)).sort((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return { p50: quantile(0.5), p99: quantile(0.99), refused: refused / times.length };
}
