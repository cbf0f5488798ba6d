/** One fault under load: what users met, and what the database holds in the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningRung } from '../rung';
import { ask, madeCode } from './ask';
import type { Fault, Scene } from './faults';
import type { Observed } from './judge';
import { keepLedger } from './ledger';
import { PATIENCE_MS, now, type Request } from './load';
import type { Loader } from './loader';
import { settled } from './settled';

/** How long each part of a fault lasts, in s. */
export interface Pace {
  readonly before: number;
  /** Until healing begins, where it does not pass by itself. */
  readonly broken: number;
  readonly after: number;
}

export interface LoadOptions {
  /** Requests a second. */
  readonly rate: number;
  /** Calls it off. */
  readonly signal: AbortSignal;
}

export interface Stage {
  readonly rung: RunningRung;
  readonly loader: Loader;
  /** Where clients come from. */
  readonly addresses: readonly string[];
  /** Where they go. */
  readonly url: string;
  /** Who shows it may delete links. */
  readonly adminToken: string;
  /** What is left to do once the rung has been stopped. */
  readonly atEnd: (() => Promise<void>)[];
}

/** Links that are there from the beginning, and how many of them are deleted: a fault finds some that caches have had for a while. */
const LINKS = 50;
const DOOMED = 10;

/** How long a rung has for answering again before the next fault, in ms. */
const WHOLE_PATIENCE_MS = 30_000;
const LOOK_MS = 250;

/** In the first seconds everything is compiled and connected for the first time: that is not what a fault does. */
const WARM_UP_MS = 2_000;

/** Lets users come before anything is broken. */
export async function warmUp(stage: Stage, options: LoadOptions): Promise<void> {
  const { loader, url, addresses, adminToken } = stage;
  const links = await makeLinks(stage, 'warm-up');
  const codes = [...links.keys()];
  const target = targetOf('warm-up');
  loader.begin({ url, addresses, adminToken, rate: options.rate, codes, doomed: [], target });
  try {
    await sleep(WARM_UP_MS, undefined, { signal: options.signal });
  } finally {
    await loader.end();
  }
}

/**
 * Brings the fault about, heals it, and waits until all is counted.
 *
 * @throws Error where the rung does not come back, or the signal says so
 */
export async function observe(
  stage: Stage,
  fault: Fault,
  { pace, rate, signal }: LoadOptions & { readonly pace: Pace },
): Promise<Observed> {
  const { rung, loader, addresses, url, adminToken, atEnd } = stage;
  const pause = (seconds: number) => sleep(seconds * 1_000, undefined, { signal });
  const run = `${fault.name.replaceAll(/\W+/g, '-')}-${Date.now()}`;
  const links = await makeLinks(stage, run);
  const others: Request[] = [];
  const clicked = (code: string, count: number): void => {
    const at = now();
    const one: Request = { kind: 'redirect', due: at, sent: at, ended: at, ending: 'answered', code };
    others.push(...Array.from({ length: count }, () => one));
  };
  const doomed = [...links.keys()].slice(0, DOOMED);
  const codes = [...links.keys()].slice(DOOMED);
  const scene: Scene = { rung, codes, clicked, atEnd: (work) => atEnd.push(work) };

  loader.begin({ url, addresses, adminToken, rate, codes, doomed, target: targetOf(run) });
  let requests: readonly Request[] = [];
  const times = { brokenAt: 0, brokenBy: 0, healedAt: 0 };
  try {
    await pause(pace.before);
    times.brokenAt = now();
    const heal = await fault.bringAbout(scene);
    times.brokenBy = now();
    try {
      await pause(pace.broken * (fault.lasts ?? 1));
    } finally {
      await heal();
      times.healedAt = now();
    }
    await pause(pace.after);
    if (fault.afterwards !== undefined) {
      await fault.afterwards(scene);
      await pause(pace.after);
    }
  } finally {
    requests = await loader.end();
  }
  const ledger = keepLedger(links, [...requests, ...others]);
  return { requests, ...times, verdict: await settled(rung, ledger, signal) };
}

function targetOf(run: string): string {
  return `https://example.com/${run}`;
}

/** Makes what users will ask for, as soon as the rung takes it; resolves with where each link leads, by code. */
async function makeLinks({ url, addresses }: Stage, run: string): Promise<ReadonlyMap<string, string>> {
  const deadline = now() + WHOLE_PATIENCE_MS;
  const make = async (number: number): Promise<readonly [string, string]> => {
    const target = `${targetOf(run)}/given/${number}`;
    const localAddress = addresses[number % addresses.length] ?? '127.0.0.1';
    const made = await ask(url, { kind: 'create', url: target }, { localAddress, patience: PATIENCE_MS })
      .then(madeCode)
      .catch(() => undefined);
    if (made !== undefined) {
      return [made, target];
    }
    if (now() > deadline) {
      throw new Error(`The rung takes no links ${WHOLE_PATIENCE_MS / 1_000} s after it was healed.`);
    }
    await sleep(LOOK_MS);
    return make(number);
  };
  return new Map(await Promise.all(Array.from({ length: LINKS }, (_, number) => make(number))));
}
