/**
 * The edge over several data centers on this machine: what CloudFront, Route 53 and its health checks are at rung 7. The
 * caching edge of rung 6, led to other data centers by what probes find.
 */
import { setMaxListeners } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { endedBy } from '../../contract/ended-by';
import { MARK_PATH } from '../../contract/promotion';
import { PROBES } from '../../contract/settings';
import {
  CHECKS,
  probed,
  unknownHealth,
  verdictOf,
  type Check,
  type DataCenterHealth,
  type Verdict,
} from './data-center-health';
import { edge, type Edge } from './edge';
import { startNginx, type Configuration } from './nginx';
import type { Part } from './supervised';

interface DataCenter {
  readonly region: string;
  /** Its load balancer: `http://127.0.0.1:port`. */
  readonly url: string;
}

export interface DataCenterEdgeOptions extends Pick<Edge, 'secret' | 'staticPath' | 'bucket'> {
  /** The nearest first: there is one place that users come from, on this machine. */
  readonly dataCenters: readonly DataCenter[];
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** From one probe to the next, in ms. Default 10,000, Route 53's fastest. */
  readonly interval?: number;
  /** How long an answer of Route 53 is remembered, in ms. Default 10,000, as in `DataCenterRouting`. */
  readonly timeToLive?: number;
  /** How long a probe waits for its answer, in ms. Default 6,000: Route 53's 4 s until connected and 2 s more. */
  readonly timeout?: number;
}

export interface DataCenterEdge extends Part {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** Where requests go now. */
  verdict(): Verdict;
  /** What the checks say now; it acts one `timeToLive` later. */
  health(): readonly DataCenterHealth[];
  /** Shows a region's mark to all that ask: what a promotion does before it promotes. */
  mark(region: string): Promise<void>;
  /** The last step of a rejoin but one: see docs/runbook.md. */
  unmark(region: string): Promise<void>;
}

/** Each check's path, and whose: a mark is asked of the edge itself, as Route 53 asks CloudFront. */
const PATHS: Readonly<Record<Check, (region: string) => string>> = {
  ready: () => PROBES.ready,
  writable: () => PROBES.writable,
  marked: (region) => `${MARK_PATH}/${region}`,
};

/**
 * Starts the edge; resolves when each data center was probed once and requests go where that leads. A data center is
 * left out after three bad probes in a row and one `timeToLive`, and taken back likewise: with a dead one, users notice
 * for 3 × `interval` + `timeToLive`, and for one `timeout` more, if that is the shorter one, where it is silent instead
 * of closed.
 *
 * Two things are simpler here. Route 53 probes from many places; here is one. Resolvers have remembered their answer for
 * anything up to its time to live when the verdict changes; here all have just asked, which is the worst case.
 *
 * @throws Error when nginx is not installed, or with the end of its log when it does not start.
 */
export async function startDataCenterEdge(options: DataCenterEdgeOptions): Promise<DataCenterEdge> {
  const { dataCenters, port, interval = 10_000, timeToLive = 10_000, timeout = 6_000 } = options;
  const marks = new Set<string>();
  const waiting = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();
  // Each check of each data center listens, while it pauses and while it asks.
  setMaxListeners(0, stopping.signal);
  let health = unknownHealth(dataCenters.map(({ region }) => region));
  let reloading: Promise<unknown> = Promise.resolve();

  const probe = async (base: string, region: string, check: Check): Promise<void> => {
    const answered = await answers(base + PATHS[check](region), timeout, stopping.signal);
    health = probed(health, region, check, answered);
  };
  await Promise.all(
    dataCenters.flatMap(({ region, url }) => [probe(url, region, 'ready'), probe(url, region, 'writable')]),
  );
  /** The last verdict, then the one that resolvers have heard of, then the one that nginx goes by. */
  let decided = verdictOf(health);
  let resolved = decided;
  let acting = decided;

  const urlOf = (wanted: string): string => dataCenters.find(({ region }) => region === wanted)?.url ?? '';
  const configuration = (): Configuration =>
    edge({
      ...options,
      origin: urlOf(resolved.reads),
      apart: { writes: urlOf(resolved.writes), marked: [...marks] },
    });
  const nginx = await startNginx(configuration(), port === undefined ? {} : { port });

  function reload(): Promise<void> {
    const next = reloading.catch(ignore).then(() => nginx.reload(configuration()));
    reloading = next;
    return next;
  }

  function decide(): void {
    const next = verdictOf(health);
    if (next.reads === decided.reads && next.writes === decided.writes) {
      return;
    }
    decided = next;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      resolved = next;
      // An nginx that is dead or frozen just now has the new configuration when it is back.
      void reload()
        .catch(ignore)
        .then(() => {
          acting = next;
        });
    }, timeToLive);
    waiting.add(timer);
  }

  async function watch({ region, url }: DataCenter, check: Check): Promise<void> {
    const base = check === 'marked' ? nginx.url : url;
    while (!stopping.signal.aborted) {
      const pause = sleep(interval, undefined, stopping).catch(ignore);
      await probe(base, region, check);
      decide();
      await pause;
    }
  }

  const watches = dataCenters.flatMap((each) => CHECKS.map((check) => watch(each, check)));
  return {
    ...nginx,
    get pid() {
      return nginx.pid;
    },
    verdict: () => acting,
    health: () => health,
    mark: (region) => {
      marks.add(region);
      return reload();
    },
    unmark: (region) => {
      marks.delete(region);
      return reload();
    },
    stop: async () => {
      stopping.abort();
      waiting.forEach(clearTimeout);
      await Promise.all([...watches, nginx.stop()]);
      await reloading.catch(ignore);
    },
  };
}

/** As Route 53 judges: a status of 2xx or 3xx, in time, on a connection of its own. */
function answers(url: string, timeout: number, stopping: AbortSignal): Promise<boolean> {
  return endedBy([stopping], (signal) => answersBefore(signal, url), timeout);
}

function answersBefore(signal: AbortSignal, url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false, signal }, (answer) => {
      const { statusCode = 0 } = answer;
      answer.resume();
      resolve(statusCode >= 200 && statusCode < 400);
    }).on('error', () => {
      resolve(false);
    });
  });
}

function ignore(): void {
  // It was reported where it matters.
}
