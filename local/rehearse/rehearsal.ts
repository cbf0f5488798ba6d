/** A rung under load, broken in each way that it promises to survive, and healed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RungName, RungNumber } from '../../lib/scaling-plan';
import { freePort } from '../parts/supervised';
import { startRung, type RunningRung } from '../rung';
import { ask, madeCode } from './ask';
import { withClocks } from './clock';
import { readRows } from './database';
import { FAULTS, isPossible, type Fault } from './faults';
import { judge, type Observed } from './judge';
import { keepLedger, settle, type Ledger, type Verdict } from './ledger';
import { PATIENCE_MS, now, type Request } from './load';
import { clientAddresses, startLoader, type Loader } from './loader';
import { all } from './parts';
import { promisesOf, type RungPromise } from './promises';
import { queuesOf, waitingIn } from './queue';

/** How long each part of a fault lasts, in s. */
export interface Pace {
  readonly before: number;
  /** Until healing begins, where it does not pass by itself. */
  readonly broken: number;
  readonly after: number;
}

export const LONG: Pace = { before: 5, broken: 20, after: 10 };
export const SHORT: Pace = { before: 2, broken: 2.5, after: 2.5 };

export interface RehearsalOptions {
  /** Rungs below to leave out. @default - none */
  readonly without?: readonly RungName[];
  readonly pace: Pace;
  /** Requests a second. */
  readonly rate: number;
  /** By name. @default - all that the rung promises to survive */
  readonly faults?: readonly string[];
  /** Hears what is being done. */
  readonly say: (text: string) => void;
  /** Calls it off; what runs is stopped. */
  readonly signal: AbortSignal;
}

/** What became of a rung through one fault. */
export interface Outcome extends Observed {
  readonly rung: RungNumber;
  readonly promise: RungPromise;
  /** Sentences; none where the promise was kept. */
  readonly broken: readonly string[];
  /** Whether the rung could be healed and looked at; nothing else is known of one that could not. */
  readonly cameBack: boolean;
}

interface Rehearsed {
  readonly fault: Fault;
  readonly promise: RungPromise;
}

/** Links that users ask for from the beginning. */
const LINKS = 40;

/** How long a rung has for answering again before the next fault, and for counting what was clicked, in ms. */
const WHOLE_PATIENCE_MS = 30_000;
const SETTLE_PATIENCE_MS = 40_000;
const LOOK_MS = 250;

/** In the first seconds everything is compiled and connected for the first time: that is not what a fault does. */
const WARM_UP_MS = 2_000;

/** What a rung is to be rehearsed for: each fault with its promise. */
function planned(rung: RungNumber, wanted: readonly string[] | undefined): Rehearsed[] {
  return FAULTS.flatMap((fault) =>
    promisesOf(rung)
      .filter((promise) => promise.fault === fault.name && (wanted?.includes(fault.name) ?? true))
      .map((promise) => ({ fault, promise })),
  );
}

/**
 * Rehearses a rung; resolves with what became of it through each fault. Nothing runs any more then.
 *
 * @throws Error where a part does not start, or the rehearsal was called off
 */
export async function rehearse(rung: RungNumber, options: RehearsalOptions): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = planned(rung, options.faults);
  if (waiting.length === 0) {
    return outcomes;
  }
  const loader = await startLoader();
  try {
    while (waiting.length > 0) {
      outcomes.push(...(await rehearseUntilTraces(rung, waiting, loader, options)));
    }
  } finally {
    await loader.stop();
  }
  return outcomes;
}

/** Takes faults from the list until one has made another rung of it, or has left none that works. */
async function rehearseUntilTraces(
  number: RungNumber,
  waiting: Rehearsed[],
  loader: Loader,
  options: RehearsalOptions,
): Promise<readonly Outcome[]> {
  const { say, signal, without = [] } = options;
  const outcomes: Outcome[] = [];
  say(`rung ${number}: starting …`);
  const port = await freePort();
  const rung = await withClocks(() => startRung({ stage: number, without, port, signal }));
  const stage = { rung, loader, addresses: await clientAddresses(), url: `http://127.0.0.1:${port}` };
  try {
    await warmUp(stage, options);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { fault } = next;
      if (!isPossible(fault, rung)) {
        continue;
      }
      say(`rung ${number}: ${fault.name} …`);
      const outcome = await rehearseFault(number, stage, next, options);
      say(
        `rung ${number}: ${fault.name}: ${outcome.broken.length === 0 ? 'kept' : outcome.broken.join(' ')}`,
      );
      outcomes.push(outcome);
      if (fault.leavesTraces === true || !outcome.cameBack) {
        break;
      }
    }
  } finally {
    say(`rung ${number}: stopping …`);
    await rung.stop();
  }
  return outcomes;
}

async function rehearseFault(
  rung: RungNumber,
  stage: Stage,
  { fault, promise }: Rehearsed,
  options: RehearsalOptions,
): Promise<Outcome> {
  try {
    const observed = await observe(stage, fault, options);
    return { ...observed, rung, promise, broken: judge(promise, observed), cameBack: true };
  } catch (error) {
    options.signal.throwIfAborted();
    const sentence = `It did not come back: ${error instanceof Error ? error.message : String(error)}`;
    return { ...NOTHING_SEEN, rung, promise, broken: [sentence], cameBack: false };
  }
}

const NOTHING_SEEN: Observed = {
  requests: [],
  brokenAt: 0,
  brokenBy: 0,
  healingAt: 0,
  healedAt: 0,
  verdict: { lostWrites: 0, lostClicks: 0, doubledClicks: 0 },
};

interface Stage {
  readonly rung: RunningRung;
  readonly loader: Loader;
  /** Where clients come from. */
  readonly addresses: readonly string[];
  /** Where they go. */
  readonly url: string;
}

async function warmUp(stage: Stage, options: RehearsalOptions): Promise<void> {
  const { loader, url, addresses } = stage;
  const links = await makeLinks(stage, 'warm-up');
  loader.begin({ url, addresses, rate: options.rate, codes: [...links.keys()], target: targetOf('warm-up') });
  try {
    await sleep(WARM_UP_MS, undefined, { signal: options.signal });
  } finally {
    await loader.end();
  }
}

async function observe(
  stage: Stage,
  fault: Fault,
  { pace, rate, signal }: RehearsalOptions,
): Promise<Observed> {
  const { rung, loader, addresses, url } = stage;
  const pause = (seconds: number) => sleep(seconds * 1_000, undefined, { signal });
  const run = `${fault.name.replaceAll(/\W+/g, '-')}-${Date.now()}`;
  const links = await makeLinks(stage, run);
  const others: Request[] = [];
  const clicked = (code: string, count: number): void => {
    const at = now();
    const one: Request = { kind: 'redirect', due: at, ended: at, ending: 'answered', code };
    others.push(...Array.from({ length: count }, () => one));
  };
  const codes = [...links.keys()];

  loader.begin({ url, addresses, rate, codes, target: targetOf(run) });
  let requests: readonly Request[] = [];
  const times = { brokenAt: 0, brokenBy: 0, healingAt: 0, healedAt: 0 };
  try {
    await pause(pace.before);
    times.brokenAt = now();
    const heal = await fault.bringAbout({ rung, codes, clicked });
    times.brokenBy = now();
    try {
      await pause(fault.passesByItself === true ? 0 : pace.broken);
    } finally {
      times.healingAt = now();
      await heal();
      times.healedAt = now();
    }
    await pause(pace.after);
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

/** The ledger's verdict, once nothing is missing or nothing more is on its way. */
async function settled(rung: RunningRung, ledger: Ledger, signal: AbortSignal): Promise<Verdict> {
  const deadline = now() + SETTLE_PATIENCE_MS;
  const codes = [...ledger.links.keys()];
  for (;;) {
    // Looked for first: what was on its way a moment ago may have been counted since.
    const isSettled = (await isQuiet(rung)) || now() > deadline;
    const verdict = settle(ledger, await readRows(rung, codes));
    if (isSettled || verdict.lostClicks + verdict.lostWrites === 0) {
      return verdict;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** Whether no server holds clicks, and no queue messages: what is missing then is lost. */
async function isQuiet(rung: RunningRung): Promise<boolean> {
  const waiting = await Promise.all([
    ...all(rung, 'server').map(({ port }) => waitingAt(port ?? 0)),
    ...queuesOf(rung).map(waitingIn),
  ]);
  return waiting.every((clicks) => clicks === 0);
}

/** Clicks in a server's memory. */
async function waitingAt(port: number): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the application's own probe, of this shape
    const { clicks } = (await response.json()) as { clicks: { waiting: number } };
    return clicks.waiting;
  } catch {
    return Number.NaN;
  }
}
