/** One rung under the load that every rung gets: what it carries, what that costs, what its users meet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PROBES } from '../../contract/settings';
import { freePort } from '../../local/parts/ports';
import { makeLinks, pageFiles } from '../../local/load/links';
import type { Loader, TimedDone } from '../../local/load/loader';
import { VISITED, now, type Load } from '../../local/load/requests';
import { clicksInMemory } from '../../local/rehearse/settled';
import { startRung, type RunningRung } from '../../local/rung';
import { all } from '../../local/rung/parts';
import type { RungRequest } from '../../local/rung/plan';
import { BUILT_RUNGS, type RungNumber } from '../../lib/scaling-plan';
import { openGauges, total, type ByKind, type Gauges } from './gauges';
import { highestRate } from './search';

/** What was found of a rung. Times are in ms unless they say otherwise. */
export interface Measured {
  readonly rung: RungNumber;
  readonly name: string;
  readonly highest: Highest;
  /** At the rate that all rungs were given. */
  readonly atFixedRate: {
    readonly perSecond: number;
    readonly requests: number;
    readonly failed: number;
    readonly failures: Readonly<Record<string, number>>;
    readonly redirectP50: number;
    readonly redirectP99: number;
    /** 99 of 100 requests were sent within this: a part of the times before, where the machine was busy. */
    readonly sentLateP99: number;
    /** Processor time of a request, above what the rung takes at rest. */
    readonly processorMilliseconds: ByKind;
    /** Of a request, above those at rest; undefined at rung 1, whose database cannot be asked from outside. */
    readonly queries: { readonly primary: number; readonly replicas: number } | undefined;
    /** Of a request, headers included: sent by load balancers; by the server itself where there is none. */
    readonly bytesFromOrigin: number;
    /** Of a request, headers included. */
    readonly bytesReceived: number;
    /** Cores that were busy with neither the rung nor the load: where that is much, the figures are the machine's. */
    readonly coresTakenByOthers: number;
  };
  /** Without any request: processor time in seconds a second. */
  readonly atRest: ByKind;
  /** While the primary is gone; undefined at rung 1, where it is a part of the server. */
  readonly withoutPrimary: WithoutPrimary | undefined;
}

interface Highest {
  /** Requests a second with p99 within 50 ms and one in a thousand failed at most; 0 where none. */
  readonly perSecond: number;
  /** False where nothing higher was tried. */
  readonly isBounded: boolean;
  /** Of both, at that rate: processor time in seconds a second. */
  readonly processor: { readonly rung: number; readonly load: number };
  /** Of each kind of part, likewise. */
  readonly byKind: ByKind;
  /** While it was looked for, on average. */
  readonly coresTakenByOthers: number;
}

export interface WithoutPrimary {
  readonly seconds: number;
  readonly redirects: number;
  readonly failedRedirects: number;
  readonly redirectP99: number;
  /** Clicks that are then in the servers' memory and nowhere else: lost with the processes. */
  readonly clicksInMemory: number;
}

export interface Setting {
  readonly loader: Loader;
  /** Where clients come from. */
  readonly addresses: readonly string[];
  /** Hears of each step. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** More than a server's memory holds of them for its one second at the rates measured here; some megabytes of database. */
const LINKS = 5_000;
/** A third of what one address may make in a minute: the load makes more. */
const LINKS_PER_ADDRESS = 20;

/** That requests share, but for those that make links. */
const CONNECTIONS = 128;

/** What a rate is called carried by: 99 of 100 requests are answered within it. */
const P99_MS = 50;

const SEARCH = { from: 500, most: 32_000, within: 0.2 };
const SEARCH_SECONDS = 3;
/** A rate that was too high leaves requests behind that servers still work on, in ms. */
const CALM_MS = 700;
/** The last of them leave clicks in queues, and rows that replicas replay. */
const CALM_AFTER_ALL_MS = 3_000;

/** One request in so many may fail. */
const MAY_FAIL = 1_000;

/** What every rung carries with room to spare on two cores. */
const FIXED_RATE = 400;
const FIXED_SECONDS = 8;
/** Until clicks of the last second are written, and the workers have counted them, in ms. */
const WRITTEN_AFTER_MS = 2_000;

const LOOK_MS = 100;
const WRITABLE_WITHIN_MS = 30_000;
/** As long as the rate that all are given: probes make new connections about every 10 s, which is most of what is used at rest. */
const REST_MS = 10_000;
const WARM_SECONDS = 2;
const GONE_SECONDS = 4;

/**
 * Starts a rung, measures it, and stops it.
 *
 * @throws Error where a part does not start, or the signal says so; nothing is left then.
 */
export async function measureRung(request: RungRequest, setting: Setting): Promise<Measured> {
  const { stage } = request;
  const { say, signal } = setting;
  const tell = (text: string): void => {
    say(`rung ${stage}: ${text}`);
  };
  tell('starting …');
  const rung = await startRung({ ...request, port: await freePort(), signal });
  try {
    const gauges = await openGauges(rung);
    try {
      return await measure(stage, rung, gauges, { ...setting, say: tell });
    } finally {
      await gauges.close();
    }
  } finally {
    tell('stopping …');
    await rung.stop();
  }
}

async function measure(
  stage: RungNumber,
  rung: RunningRung,
  gauges: Gauges,
  { loader, addresses, say, signal }: Setting,
): Promise<Measured> {
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal });
  await writable(rung.url, signal);
  const count = Math.min(LINKS, addresses.length * LINKS_PER_ADDRESS);
  say(`making ${count} links …`);
  const url = rung.url.replace('localhost', '127.0.0.1');
  const links = await makeLinks(url, addresses, { count, target: 'https://example.com', signal });
  const load: Omit<Load, 'rate'> = {
    ...{ url, addresses, mix: VISITED, draw: 'zipf', shared: CONNECTIONS },
    codes: [...links.keys()],
    files: await pageFiles(url),
    target: 'https://example.com/ladder',
  };
  await loader.run({ ...load, rate: FIXED_RATE, seconds: WARM_SECONDS });
  const highest = await findHighest(gauges, loader, load, { say, pause });
  await pause(CALM_AFTER_ALL_MS);
  say('at rest …');
  const rest = await measureRest(gauges, () => pause(REST_MS));
  say(`${FIXED_RATE} requests a second …`);
  const atFixedRate = await measureFixed(gauges, loader, load, rest, pause);
  return {
    rung: stage,
    name: BUILT_RUNGS.find(({ number }) => number === stage)?.name ?? '',
    highest,
    atFixedRate,
    atRest: rest.processor,
    withoutPrimary: await measureWithoutPrimary(rung, loader, load, say),
  };
}

/** Resolves when the rung takes writes: its databases have just been started again. @throws Error where it does not */
async function writable(url: string, signal: AbortSignal): Promise<void> {
  const deadline = now() + WRITABLE_WITHIN_MS;
  while (!(await fetch(url + PROBES.writable, { signal })).ok) {
    if (now() > deadline) {
      throw new Error(
        `The rung takes no writes ${WRITABLE_WITHIN_MS / 1_000} s after its databases came back.`,
      );
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** What a rung uses in a second without any request. */
interface Rest {
  readonly processor: Measured['atRest'];
  readonly queries: { readonly primary: number; readonly replicas: number };
  readonly bytes: number;
}

async function measureRest(gauges: Gauges, wait: () => Promise<void>): Promise<Rest> {
  const used = await gauges.use();
  await wait();
  const { processor, bytes = 0, queries, seconds } = await used();
  return {
    processor: each(processor, (used) => used / seconds),
    queries: {
      primary: (queries?.primary ?? 0) / seconds,
      replicas: (queries?.replicas ?? 0) / seconds,
    },
    bytes: bytes / seconds,
  };
}

async function findHighest(
  gauges: Gauges,
  loader: Loader,
  load: Omit<Load, 'rate'>,
  { say, pause }: { say: (text: string) => void; pause: (milliseconds: number) => Promise<void> },
): Promise<Highest> {
  let processor = { rung: 0, load: 0 };
  let usedByKind: ByKind = {};
  const others: number[] = [];
  async function isCarriedAt(rate: number): Promise<boolean> {
    const used = await gauges.use();
    const done = await loader.run({
      ...load,
      rate,
      seconds: SEARCH_SECONDS,
      untilSlowerThan: P99_MS,
    });
    const { processor: byKind, otherProcessor, seconds } = await used();
    const isGood = isCarried(done);
    const taken = Math.max(0, (otherProcessor - done.processorSeconds) / seconds);
    others.push(taken);
    say(`${rate} requests a second: ${isGood ? '' : 'not '}within ${P99_MS} ms ${inWords(done, taken)}`);
    if (isGood) {
      processor = { rung: total(byKind) / seconds, load: done.processorSeconds / seconds };
      usedByKind = each(byKind, (used) => used / seconds);
    } else {
      await pause(CALM_MS);
    }
    return isGood;
  }
  // A second time, for whatever else the machine does may halt a rung for the few milliseconds that decide.
  const found = await highestRate(SEARCH, async (rate) => (await isCarriedAt(rate)) || isCarriedAt(rate));
  return {
    ...{ perSecond: found.rate, isBounded: found.isBounded, processor },
    ...{ byKind: usedByKind, coresTakenByOthers: mean(others) },
  };
}

function isCarried({ isCutShort, p99, failed, requests }: TimedDone): boolean {
  return !isCutShort && p99 <= P99_MS && failed <= requests / MAY_FAIL;
}

function inWords({ isCutShort, p99, lateP99, failed, failures }: TimedDone, others: number): string {
  const what = Object.entries(failures).map(([failure, count]) => `${failure} × ${count}`);
  const parts = [
    `p99 ${isCutShort ? 'beyond it' : `${Math.round(p99)} ms`}`,
    `sent up to ${Math.round(lateP99)} ms late`,
    `other processes took ${others.toFixed(1)} cores`,
    ...(failed === 0 || isCutShort ? [] : [`failed: ${what.join(', ')}`]),
  ];
  return `(${parts.join('; ')})`;
}

async function measureFixed(
  gauges: Gauges,
  loader: Loader,
  load: Omit<Load, 'rate'>,
  rest: Rest,
  pause: (milliseconds: number) => Promise<void>,
): Promise<Measured['atFixedRate']> {
  const used = await gauges.use();
  const done = await loader.run({ ...load, rate: FIXED_RATE, seconds: FIXED_SECONDS });
  await pause(WRITTEN_AFTER_MS);
  const { processor, otherProcessor, bytes, queries, seconds } = await used();
  const bytesReceived = done.bytes / done.requests;
  return {
    perSecond: FIXED_RATE,
    requests: done.requests,
    failed: done.failed,
    failures: done.failures,
    redirectP50: done.redirectP50,
    redirectP99: done.redirectP99,
    sentLateP99: done.lateP99,
    processorMilliseconds: each(
      processor,
      (time, kind) => ((time - (rest.processor[kind] ?? 0) * seconds) * 1_000) / done.requests,
    ),
    queries: queries && {
      primary: (queries.primary - rest.queries.primary * seconds) / done.requests,
      replicas: (queries.replicas - rest.queries.replicas * seconds) / done.requests,
    },
    bytesFromOrigin: bytes === undefined ? bytesReceived : (bytes - rest.bytes * seconds) / done.requests,
    bytesReceived,
    coresTakenByOthers: Math.max(0, (otherProcessor - done.processorSeconds) / seconds),
  };
}

/** The primary is killed, and users go on. */
async function measureWithoutPrimary(
  rung: RunningRung,
  loader: Loader,
  load: Omit<Load, 'rate'>,
  say: (text: string) => void,
): Promise<WithoutPrimary | undefined> {
  const [primary] = all(rung, 'primary');
  if (primary === undefined) {
    return undefined;
  }
  say(`${FIXED_RATE} requests a second without the primary …`);
  await primary.part.kill();
  try {
    const done = await loader.run({ ...load, rate: FIXED_RATE, seconds: GONE_SECONDS });
    const waiting = await Promise.all(all(rung, 'server').map(({ part }) => clicksInMemory(part.url)));
    return {
      seconds: GONE_SECONDS,
      redirects: done.redirects,
      failedRedirects: done.failedRedirects,
      redirectP99: done.redirectP99,
      clicksInMemory: waiting.reduce((sum, clicks) => sum + clicks, 0),
    };
  } finally {
    // Servers that stop would wait for it with their clicks.
    await primary.part.restart();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function each(byKind: ByKind, change: (value: number, kind: string) => number): ByKind {
  return Object.fromEntries(Object.entries(byKind).map(([kind, value]) => [kind, change(value, kind)]));
}
