/**
 * How many requests are answered: by what each rung survives (failures a year × the time until it is whole again), and, told
 * apart from it, by what AWS pays back for (the product of its SLAs along the way of a request).
 */
import type { ScalingPlan } from '../scaling-plan';
import { row } from './data';
import { derive, type Figure, given, sum } from './figure';
import type { Load } from './load';

export interface Availability {
  /** Shares of redirects, of links made, and of all requests that are answered. */
  readonly reads: Figure;
  readonly writes: Figure;
  readonly all: Figure;
  /** Below which AWS pays back; it says nothing of what happens. */
  readonly paidBack: Figure;
  /** Minutes that reads and writes then wait; undefined where none of them fails. */
  readonly losses: readonly {
    readonly what: string;
    readonly reads: Figure | undefined;
    readonly writes: Figure | undefined;
  }[];
}

export function availabilityOf(plan: ScalingPlan, load: Load): Availability {
  const losses = lossesOf(plan);
  const answered = (id: 'reads' | 'writes', what: string): Figure =>
    derive(
      { id: `${id}-answered`, what, unit: 'share', how: '1 − the minutes of a year without / 525,600' },
      {
        without: sum(
          {
            id: `${id}-without`,
            what: `minutes of a year without ${id}`,
            unit: 'min/year',
            how: 'the sum over kinds of failure',
          },
          losses.flatMap((loss) => {
            const long = loss[id];
            return long === undefined ? [] : [withoutAnswer(loss, id, long)];
          }),
        ),
      },
      (of) => 1 - of.without / MINUTES_A_YEAR,
    );
  const reads = answered('reads', 'redirects that are answered');
  const writes = answered('writes', 'links that can be made when somebody wants to');
  return {
    reads,
    writes,
    all: derive(
      {
        id: 'answered',
        what: 'requests that are answered',
        unit: 'share',
        how: 'reads-answered and writes-answered by their shares of the requests',
      },
      { reads, writes, redirects: load.redirects, creates: load.creates },
      (of) =>
        of.redirects + of.creates === 0
          ? of.reads
          : (of.reads * of.redirects + of.writes * of.creates) / (of.redirects + of.creates),
    ),
    paidBack: paidBackOf(plan),
    losses: losses.map(({ what, reads: read, writes: written }) => ({
      what,
      reads: read === undefined ? undefined : awayFor(read),
      writes: written === undefined ? undefined : awayFor(written),
    })),
  };
}

const MINUTES_A_YEAR = 525_600;
/** What can be lost, how often, and for how long requests then wait: ids of rows. */
interface Loss {
  readonly kind: string;
  readonly what: string;
  readonly often: string;
  /** @default - none of them fails */
  readonly reads: string | undefined;
  readonly writes: string | undefined;
  /** Where what fails stands in one of several places, only so often. @default 1 */
  readonly share?: number;
}

function lossesOf({ loadBalancer, database, databaseStandby, replicas, dataCenters, cdn }: ScalingPlan) {
  const all = (long: string | undefined) => ({ reads: long, writes: long });
  const writesOnly = { reads: replicas > 0 ? undefined : 'failover', writes: 'failover' };
  const server = all(loadBalancer ? undefined : 'server-recovery');
  const losses: readonly Loss[] = [
    // One server: users wait for the next. Behind a load balancer others answer.
    { kind: 'server', what: 'a server', often: 'server-failures', ...server },
    { kind: 'deployment', what: 'a deployment', often: 'deployments', ...server },
    ...(database
      ? [
          {
            ...{ kind: 'database', what: 'the database', often: 'database-failures' },
            ...(databaseStandby ? writesOnly : all('database-recovery')),
          },
          {
            ...{ kind: 'upgrade', what: 'an upgrade of it', often: 'database-upgrades' },
            ...(databaseStandby ? writesOnly : all('upgrade-minutes')),
          },
        ]
      : []),
    // What stands in a zone alone is away as long as it.
    {
      ...{ kind: 'zone', what: 'a zone', often: 'zone-failures' },
      ...(databaseStandby ? { reads: undefined, writes: 'failover' } : all('zone-hours')),
      share: databaseStandby || !loadBalancer ? 1 : 0.5,
    },
    {
      ...{ kind: 'region', what: 'a region', often: 'region-failures' },
      ...(dataCenters ? { reads: 'region-detection', writes: 'promotion-minutes' } : all('region-hours')),
    },
    ...(cdn ? [{ kind: 'edge', what: 'CloudFront', often: 'edge-failures', ...all('edge-hours') }] : []),
  ];
  return losses;
}

/** How long requests wait after a loss, in minutes. */
function awayFor(long: string): Figure {
  const time = row(long);
  return time.unit === 'h'
    ? derive(
        { id: `${long}-in-minutes`, what: time.what, unit: 'min', how: `${long} × 60` },
        { time, minutes: given('minutes-an-hour', 'minutes of an hour', 'min/h', 60, 'arithmetic') },
        (of) => of.time * of.minutes,
      )
    : time;
}

function timesAYear(often: string): Figure {
  const times = row(often);
  return times.unit === '1/month'
    ? derive(
        { id: `${often}-a-year`, what: times.what, unit: '1/year', how: `${often} × 12` },
        { times, months: given('months-a-year', 'months of a year', 'months', 12, 'arithmetic') },
        (of) => of.times * of.months,
      )
    : times;
}

/** Minutes of a year in which a loss leaves reads, or writes, unanswered. */
function withoutAnswer({ kind, what, often, share = 1 }: Loss, of: 'reads' | 'writes', long: string): Figure {
  return derive(
    {
      id: `outage-${kind}-${of}`,
      what: `minutes of a year without ${of} for ${what}`,
      unit: 'min/year',
      how: `${often}, of a year, × ${long}, in minutes${share === 1 ? '' : ', where the database stands in that zone'}`,
    },
    {
      times: timesAYear(often),
      minutes: awayFor(long),
      share: given(`share-${kind}`, 'of them that hit', 'share', share, 'the rung'),
    },
    ({ times, minutes, share: hit }) => times * minutes * hit,
  );
}

/** Published SLAs along the way of a request; regions that stand in for each other fail together only. */
function paidBackOf(plan: ScalingPlan): Figure {
  const region = [
    row(plan.loadBalancer ? 'sla-servers' : 'sla-server'),
    ...(plan.loadBalancer ? [row('sla-load-balancer')] : []),
    ...(plan.database ? [row(plan.databaseStandby ? 'sla-database-standby' : 'sla-database')] : []),
  ];
  const edge = plan.cdn ? [row('sla-cloudfront'), row('sla-waf')] : [];
  const named = (figures: readonly Figure[]): Record<string, Figure> =>
    Object.fromEntries(figures.map((figure) => [figure.id, figure]));
  const product = (of: Readonly<Record<string, number>>): number =>
    Object.values(of).reduce((total, share) => total * share, 1);
  const center = derive(
    { id: 'paid-back-region', what: 'product of the SLAs in a region', unit: 'share', how: 'their product' },
    named(region),
    product,
  );
  const centers = plan.dataCenters
    ? derive(
        { id: 'paid-back-regions', what: 'the same of two regions', unit: 'share', how: '1 − (1 − one)²' },
        { center },
        (of) => 1 - (1 - of.center) ** 2,
      )
    : center;
  return derive(
    {
      id: 'paid-back',
      what: 'share of time below which AWS pays back',
      unit: 'share',
      how: 'the product of its SLAs along the way of a request',
    },
    named([centers, ...edge]),
    product,
  );
}
