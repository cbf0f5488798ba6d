/** When what users did has reached the database, or never will. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningRung } from '../rung';
import { readRows } from './database';
import { settle, type Ledger, type Verdict } from './ledger';
import { PATIENCE_MS, now } from './load';
import { all } from './parts';
import { queuesOf, waitingIn } from './queue';

/** How long clicks may take until they are counted, in ms: servers and workers try again after ten seconds at most. */
const PATIENCE_UNTIL_SETTLED_MS = 40_000;
const LOOK_MS = 250;

/** The ledger's verdict, once nothing is missing or nothing more is on its way. */
export async function settled(rung: RunningRung, ledger: Ledger, signal: AbortSignal): Promise<Verdict> {
  const deadline = now() + PATIENCE_UNTIL_SETTLED_MS;
  const codes = [...ledger.links.keys(), ...ledger.deleted];
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
