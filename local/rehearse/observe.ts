/** One fault under load: what users met, and what the database holds in the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Scene } from '../faults';
import { keepLedger } from '../load/ledger';
import { makeLinks } from '../load/links';
import type { Loader } from '../load/loader';
import { EDITED, now, type Load, type Request } from '../load/requests';
import type { RunningRung } from '../rung';
import type { Observed } from './judge';
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

/** In the first seconds everything is compiled and connected for the first time: that is not what a fault does. */
const WARM_UP_MS = 2_000;

/** Links for a run of that name, and the load that asks for them. */
async function prepare(
  { url, addresses, adminToken }: Stage,
  run: string,
  { rate, signal }: LoadOptions,
): Promise<{ readonly links: ReadonlyMap<string, string>; readonly load: Load }> {
  const target = `https://example.com/${run}`;
  const links = await makeLinks(url, addresses, { count: LINKS, target: `${target}/given`, signal });
  const codes = [...links.keys()];
  return {
    links,
    load: {
      ...{ url, rate, addresses, adminToken, target, mix: EDITED, draw: 'evenly' },
      codes: codes.slice(DOOMED),
      doomed: codes.slice(0, DOOMED),
    },
  };
}

/** Lets users come before anything is broken. */
export async function warmUp(stage: Stage, options: LoadOptions): Promise<void> {
  const { load } = await prepare(stage, 'warm-up', options);
  stage.loader.begin(load);
  try {
    await sleep(WARM_UP_MS, undefined, { signal: options.signal });
  } finally {
    await stage.loader.end();
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
  options: LoadOptions & { readonly pace: Pace },
): Promise<Observed> {
  const { rung, loader, atEnd } = stage;
  const { pace, signal } = options;
  const pause = (seconds: number) => sleep(seconds * 1_000, undefined, { signal });
  const { links, load } = await prepare(
    stage,
    `${fault.name.replaceAll(/\W+/g, '-')}-${Date.now()}`,
    options,
  );
  const others: Request[] = [];
  const clicked = (code: string, count: number): void => {
    const at = now();
    const one: Request = { kind: 'redirect', due: at, sent: at, ended: at, ending: 'answered', code };
    others.push(...Array.from({ length: count }, () => one));
  };
  const scene: Scene = { rung, codes: load.codes, clicked, atEnd: (work) => atEnd.push(work) };

  loader.begin(load);
  let requests: readonly Request[] = [];
  const times = { brokenAt: 0, brokenBy: 0, healedAt: 0 };
  try {
    await pause(pace.before);
    times.brokenAt = now();
    const heal = await fault.inject(scene);
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
