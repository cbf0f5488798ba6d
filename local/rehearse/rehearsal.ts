/** A rung under load, broken in each way that it promises to survive, and healed. */
import { randomUUID } from 'node:crypto';
import type { QueueKind, RungName, RungNumber } from '../../lib/scaling-plan';
import { FAULTS, isPossible, isPromised, type Fault } from '../faults';
import { clientAddresses, startLoader, type Loader } from '../load/loader';
import { lateness } from '../load/requests';
import type { Program } from '../parts/application';
import { freePort } from '../parts/ports';
import type { RungPromise } from '../promises';
import { startRung } from '../rung';
import { planRung } from '../rung/plan';
import { WITHOUT_DATA_CENTERS } from '../screen';
import { withClocks } from './clock';
import { judge, type Observed } from './judge';
import { observe, warmUp, type LoadOptions, type Pace, type Stage } from './observe';

/** Limits per client let one address make 60 links a minute at each server: with these, ten a second, and some to begin with. */
const ADDRESSES = 40;

/** A frozen server is noticed after 18 s, and stays frozen for twice that long. */
export const LONG: Pace = { before: 3, broken: 12, after: 6 };
export const SHORT: Pace = { before: 2, broken: 2.5, after: 2.5 };

export interface RehearsalOptions extends LoadOptions {
  /** Rungs below to leave out. @default - none */
  readonly without?: readonly RungName[] | undefined;
  /** What clicks go through at rung 8. @default - SQS */
  readonly queue?: QueueKind | undefined;
  readonly pace: Pace;
  /** By name. @default - all that the rung promises to survive */
  readonly faults?: readonly string[];
  /** What servers run, made once for many starts. @default - made for each start */
  readonly program?: Program;
  /** Hears what is being done. */
  readonly say: (text: string) => void;
  /** Hears of each fault what became of the rung through it. */
  readonly tell: (outcome: Outcome) => void;
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
  readonly isSecondTime: boolean;
}

/**
 * When the load itself is later than that, in ms, other things keep this machine from running what is judged: a promise
 * that seems broken then is looked at once more.
 */
const BUSY_MS = 250;

/** What a rung is to be rehearsed for: each fault with its promise. */
function planned(rung: RungNumber, { faults: wanted, queue }: RehearsalOptions): Rehearsed[] {
  return FAULTS.filter(({ name }) => wanted?.includes(name) ?? true).flatMap((fault) =>
    fault.promises
      .filter((promise) => isPromised(promise, rung, queue))
      .map((promise) => ({ fault, promise, isSecondTime: false })),
  );
}

/**
 * Rehearses a rung; resolves when nothing runs any more.
 *
 * @throws Error where a part does not start, or the rehearsal was called off
 */
export async function rehearse(rung: RungNumber, options: RehearsalOptions): Promise<void> {
  const waiting = planned(rung, options);
  if (waiting.length === 0) {
    return;
  }
  const loader = await startLoader();
  try {
    while (waiting.length > 0) {
      await rehearseUntilTraces(rung, waiting, loader, options);
    }
  } finally {
    await loader.stop();
  }
}

/** Takes faults from the list until one has made another rung of it, or has left none that works. */
async function rehearseUntilTraces(
  number: RungNumber,
  waiting: Rehearsed[],
  loader: Loader,
  options: RehearsalOptions,
): Promise<void> {
  const { say, tell, signal, program, without = [], queue } = options;
  say(`rung ${number}: starting …`);
  if (planRung({ stage: number, without, queue }).leavesOutDataCenters) {
    say(`rung ${number}: ${WITHOUT_DATA_CENTERS}.`);
  }
  const port = await freePort();
  const adminToken = randomUUID();
  const rung = await withClocks(() =>
    startRung({
      stage: number,
      without,
      queue,
      port,
      settings: { ADMIN_TOKEN: adminToken },
      ...(program === undefined ? {} : { program }),
      signal,
    }),
  );
  const stage: Stage = {
    rung,
    loader,
    addresses: await clientAddresses(ADDRESSES),
    url: `http://127.0.0.1:${port}`,
    adminToken,
    atEnd: [],
  };
  try {
    await warmUp(stage, options);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { fault } = next;
      if (!isPossible(fault, rung)) {
        continue;
      }
      say(`rung ${number}: ${fault.name} …`);
      const outcome = await rehearseFault(number, stage, next, options);
      const isKept = outcome.broken.length === 0;
      const isBusy = lateness(outcome.requests) > BUSY_MS;
      say(`rung ${number}: ${fault.name}: ${isKept ? 'kept' : outcome.broken.join(' ')}`);
      if (!isKept && isBusy && !next.isSecondTime) {
        say(`rung ${number}: ${fault.name}: once more, for this machine was too busy to tell.`);
        waiting.unshift({ ...next, isSecondTime: true });
      } else {
        tell(outcome);
      }
      if (fault.leavesTraces === true || !outcome.cameBack) {
        break;
      }
    }
  } finally {
    say(`rung ${number}: stopping …`);
    await rung.stop();
    await Promise.all(stage.atEnd.map((work) => work()));
  }
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
  healedAt: 0,
  verdict: { lostWrites: 0, lostClicks: 0, doubledClicks: 0, ledOn: [] },
};
