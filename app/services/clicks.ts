import { randomUUID } from 'node:crypto';
import { chunks } from '../../contract/chunks';
import { MAX_CLICKS_PER_MESSAGE, clickId, type ClickBatch } from '../../contract/click-message';
import { ClicksNotTaken, type ClickWriter } from '../adapters/database';
import type { Log } from '../adapters/log';
import { LOST_CLICKS } from '../../contract/log-fields';

/**
 * How often counted clicks are written, in ms; a link's clicks are that far behind, at most, while the database answers,
 * and by the worker's time where a queue takes them.
 */
const FLUSH_INTERVAL_MS = 1_000;

/** The longest pause between attempts while the database does not answer, in ms. */
const MAX_RETRY_INTERVAL_MS = 10_000;

/** How many links' clicks may wait: some 10 MB in memory. */
const MAX_CODES = 50_000;

/**
 * How many links' clicks are written at once: the database takes a tenth of a second for them. What gathered in a long
 * outage, sent at once, would take longer than the database allows a request, at every attempt anew.
 */
const MAX_CODES_PER_WRITE = 5_000;

/** How many clicks may wait: an hour at 10,000 a second. Beyond it what takes them is gone for good. */
const MAX_CLICKS = 36_000_000;

export interface Clicks {
  /** Counts one click; never waits, never fails. */
  record(code: string): void;
  /** What is not written: still waiting, and dropped since the start because too much waited. */
  state(): { readonly waiting: number; readonly dropped: number };
  /** Whether what takes them did not do so at the last attempt: they gather here. */
  areHeldUp(): boolean;
  start(): void;
  /** Stops the timer and writes what waits, for `gracePeriod` ms at most; what is left then is lost, and logged. */
  stop(gracePeriod: number): Promise<void>;
}

/**
 * Counts clicks in memory and writes them in batches, so that no redirect waits for a write. The same batches are sent
 * again, under the ids that they were given here, until they are acknowledged; meanwhile new clicks gather for the next.
 *
 * @param maxClicks how many may wait
 */
export function createClicks(writer: ClickWriter, log: Log, maxClicks = MAX_CLICKS): Clicks {
  const gathering = new Map<string, number>();
  let gathered = 0;
  let sending: readonly ClickBatch[] = [];
  let dropped = 0;
  let droppedAndLogged = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();

  function nextBatches(): readonly ClickBatch[] {
    const next = [...gathering].slice(0, MAX_CODES_PER_WRITE);
    next.forEach(([code, count]) => {
      gathering.delete(code);
      gathered -= count;
    });
    const now = Date.now();
    return chunks(next, MAX_CLICKS_PER_MESSAGE).map((counts) => ({
      id: clickId(now, randomUUID()),
      counts: new Map(counts),
    }));
  }

  /** True when nothing is left to write that was there at the call. */
  async function flush(): Promise<boolean> {
    logDrops();
    sending = sending.length > 0 ? sending : nextBatches();
    if (sending.length === 0) {
      return true;
    }
    try {
      await writer.addClicks(sending);
      sending = [];
      failures = 0;
      return gathered === 0;
    } catch (error) {
      sending = error instanceof ClicksNotTaken ? error.left : sending;
      failures += 1;
      log.warn(
        { err: error, clicks: clicksIn(sending), failures },
        'Clicks could not be written; they are kept.',
      );
      return false;
    }
  }

  function logDrops(): void {
    if (dropped > droppedAndLogged) {
      log.error(
        { [LOST_CLICKS]: dropped - droppedAndLogged },
        'Clicks were dropped: too many wait to be written.',
      );
      droppedAndLogged = dropped;
    }
  }

  function schedule(): void {
    const isBehind = failures === 0 && gathering.size >= MAX_CODES_PER_WRITE;
    timer = setTimeout(
      () => {
        flushing = flush().then(schedule);
      },
      isBehind ? 0 : pause(failures),
    );
    timer.unref();
  }

  return {
    record(code) {
      const count = gathering.get(code);
      if (gathered >= maxClicks || (count === undefined && gathering.size >= MAX_CODES)) {
        dropped += 1;
        return;
      }
      gathering.set(code, (count ?? 0) + 1);
      gathered += 1;
    },
    state: () => ({ waiting: gathered + clicksIn(sending), dropped }),
    areHeldUp: () => failures > 0,
    start: schedule,
    async stop(gracePeriod) {
      const deadline = performance.now() + gracePeriod;
      await flushing;
      clearTimeout(timer);
      while (!(await flush()) && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, failures === 0 ? 0 : 100));
      }
      const lost = gathered + clicksIn(sending);
      if (lost > 0) {
        log.error(
          { [LOST_CLICKS]: lost },
          'Clicks were lost: neither database nor queue took them before the stop.',
        );
      }
    },
  };
}

function clicksIn(batches: readonly ClickBatch[]): number {
  return batches.flatMap(({ counts }) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
}

/** Doubles with each failure up to the maximum; jitter keeps many servers from coming back at once. */
function pause(failures: number): number {
  const interval = Math.min(FLUSH_INTERVAL_MS * 2 ** failures, MAX_RETRY_INTERVAL_MS);
  return failures === 0 ? interval : interval * (0.5 + Math.random() / 2);
}
