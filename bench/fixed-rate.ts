import { Agent, request } from 'node:http';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What users of a server met at a fixed rate. */
export interface Latencies {
  readonly requests: number;
  readonly failed: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

export interface FixedRate {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The path of the next request. */
  readonly path: () => string;
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * Sends requests at moments fixed beforehand, however slow the answers are, and counts each one's time from its own
 * moment: a server that stands still for a second is not asked once less (no coordinated omission).
 */
export async function fixedRate({ url, path, perSecond, seconds }: FixedRate): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const histogram = createHistogram();
  const count = perSecond * seconds;
  const underWay: Promise<boolean>[] = [];
  const start = performance.now();
  while (underWay.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - start) / 1_000) * perSecond));
    while (underWay.length < due) {
      const moment = start + (underWay.length / perSecond) * 1_000;
      underWay.push(
        ask(agent, url + path()).then((isFine) => {
          histogram.record(Math.max(1, Math.round((performance.now() - moment) * 1e6)));
          return isFine;
        }),
      );
    }
    await sleep(1);
  }
  const answers = await Promise.all(underWay);
  agent.destroy();
  return {
    requests: count,
    failed: answers.filter((isFine) => !isFine).length,
    p50Milliseconds: histogram.percentile(50) / 1e6,
    p99Milliseconds: histogram.percentile(99) / 1e6,
  };
}

function ask(agent: Agent, url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(url, { agent, timeout: 5_000 }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve((response.statusCode ?? 500) < 400);
      });
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => {
      resolve(false);
    });
    sent.end();
  });
}

/** Draws ranks from 1 to `count`, each with a chance of 1/rank (Zipf, exponent 1). */
export function zipf(count: number): () => number {
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    total += 1 / rank;
    cumulative[rank - 1] = total;
  }
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = (cumulative[middle] ?? 0) < drawn ? [middle + 1, high] : [low, middle];
    }
    return low + 1;
  };
}
