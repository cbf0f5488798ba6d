/** How long a redirect takes: on the servers and behind them, by queues; and for users near and far. */
import type { ScalingPlan } from '../scaling-plan';
import { machineOf, row } from './data';
import { derive, type Figure } from './figure';
import type { Load } from './load';
import type { Site } from './parts';
import { after, type Mixture, quantile, shareSlower, stay, stayInTurn } from './queue';

export interface Response {
  /** In the data center, in ms: half of the redirects are faster, and 99 of 100. */
  readonly p50: Figure;
  readonly p99: Figure;
  /** Redirects whose read takes longer than a server waits for a database. */
  readonly refused: Figure;
  /** Median of a near and of a far user's first redirect, in ms. */
  readonly near: Figure;
  readonly far: Figure;
}

/** The ways of a redirect as the queues see them, as expected. Times in ms, rates per ms. */
function waysOf(plan: ScalingPlan, load: Load, site: Site): Mixture {
  const perMs = (figure: Figure): number => figure.expected / 1000;
  const redirects = perMs(load.redirects);
  // The one server's database takes its processors, too.
  const work = site.serverWork.expected;
  const requests = perMs(load.requests);
  // A server hands requests to its processes in turn, and the load balancer to the least busy server.
  const server = stayInTurn(
    site.serversAtPeak.expected * site.serverVcpus.expected,
    requests,
    requests === 0 ? 0 : work / requests,
  );
  const hop = row('hop').expected;
  const memory = 1 - site.memoryMiss.expected;
  const database = site.databaseMiss.expected;
  const cached = site.memoryMiss.expected - database;
  const cacheStay =
    plan.cache && site.cacheTime !== undefined
      ? stay(1, redirects * site.memoryMiss.expected, site.cacheTime.expected)
      : { mean: 0, variance: 0 };
  const databaseStay = plan.databaseOnServer
    ? { mean: 0, variance: 0 }
    : databaseQueue(plan, redirects * database, site);
  const toCache = plan.cache ? hop : 0;
  const toDatabase = plan.databaseOnServer ? 0 : hop;
  return [
    { share: memory, fixed: 0, time: server },
    { share: cached, fixed: toCache, time: after(server, cacheStay) },
    { share: database, fixed: toCache + toDatabase, time: after(server, cacheStay, databaseStay) },
  ];
}

/** A read at the databases that answer reads, among the writes that they also have. */
function databaseQueue(plan: ScalingPlan, reads: number, site: Site) {
  const machine = machineOf('database', plan.databaseInstanceType);
  const count = plan.replicas === 0 || plan.dataCenters ? 1 : plan.replicas;
  const work = (site.replicaWork ?? site.primaryWork)?.expected ?? 0;
  const rate = reads / count;
  // Writes take processors from reads: as if each read had its share of them.
  return stay(machine?.vcpus ?? 1, rate, rate === 0 ? site.databaseTime.expected : work / rate);
}

/** The share of redirects whose read takes a database longer than `patience`, in ms. */
export function slowReads(plan: ScalingPlan, load: Load, site: Site, patience: number): number {
  const share = site.databaseMiss.expected;
  return plan.databaseOnServer || share === 0
    ? 0
    : share *
        shareSlower(
          [
            {
              share: 1,
              fixed: row('hop').expected,
              time: databaseQueue(plan, (load.redirects.expected / 1000) * share, site),
            },
          ],
          patience,
        );
}

export function responseOf(plan: ScalingPlan, load: Load, site: Site): Response {
  const ways = waysOf(plan, load, site);
  const queues = 'queues, one for each part, with all as expected (lib/capacity/response.ts)';
  const from: Readonly<Record<string, Figure>> = {
    requests: load.requests,
    work: site.serverWork,
    servers: site.serversAtPeak,
    vcpus: site.serverVcpus,
    memoryMiss: site.memoryMiss,
    databaseMiss: site.databaseMiss,
    databaseTime: site.databaseTime,
    databaseWork: site.replicaWork ?? site.primaryWork ?? site.serverWork,
    ...(site.cacheTime === undefined ? {} : { cacheTime: site.cacheTime }),
    hop: row('hop'),
  };
  const refused = slowReads(plan, load, site, row('patience').expected);
  const within = (id: string, what: string, time: number): Figure =>
    derive({ id, what, unit: 'ms', how: queues }, from, () => time);
  const center = within('center-time', 'median time of a redirect in the data center', quantile(ways, 0.5));
  const trips = row('round-trips');
  const edge = row('edge-round-trip');
  const seen = (id: string, what: string, trip: Figure): Figure =>
    plan.cdn
      ? derive(
          {
            id,
            what,
            unit: 'ms',
            how: '(round-trips − 1) × edge-round-trip to the edge, then one round trip to the data center, and its time',
          },
          { trips, edge, trip, center },
          (of) => (of.trips - 1) * of.edge + of.trip + of.center,
        )
      : derive(
          { id, what, unit: 'ms', how: 'round-trips × the round trip to the data center, and its time' },
          { trips, trip, center },
          (of) => of.trips * of.trip + of.center,
        );
  const nearTrip = row('near-round-trip');
  return {
    p50: center,
    p99: within(
      'center-time-p99',
      'what 99 of 100 redirects take at most in the data center',
      quantile(ways, 0.99),
    ),
    refused: derive(
      {
        id: 'refused',
        what: 'redirects whose read takes longer than a server waits for a database',
        unit: 'share',
        how: queues,
      },
      { ...from, patience: row('patience') },
      () => refused,
    ),
    near: seen('near-time', 'median time of a near user’s first redirect', nearTrip),
    far: seen(
      'far-time',
      'median time of a far user’s first redirect',
      // Where there are several data centers one of them is near.
      plan.dataCenters ? nearTrip : row('far-round-trip'),
    ),
  };
}
