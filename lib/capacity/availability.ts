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
}

/** Requests that one kind of failure leaves unanswered: minutes of a year, of reads and of writes. */
interface Outage {
  readonly reads: Figure | undefined;
  readonly writes: Figure | undefined;
}

export function availabilityOf(plan: ScalingPlan, load: Load): Availability {
  const outages = outagesOf(plan);
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
          outages.flatMap((outage) => outage[id] ?? []),
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
  };
}

const MINUTES_A_YEAR = 525_600;
const HOUR = given('minutes-an-hour', 'minutes of an hour', 'min/h', 60, 'arithmetic');
const MINUTE = given('a-minute', 'a minute', '', 1, 'arithmetic');
const MONTHS = given('months-a-year', 'months of a year', 'months', 12, 'arithmetic');

function outagesOf(plan: ScalingPlan): readonly Outage[] {
  const one = !plan.loadBalancer;
  const standby = plan.databaseStandby;
  const replicas = plan.replicas > 0;
  return [
    // One server: users wait for the next. Behind a load balancer others answer.
    ...(one
      ? [
          both('server', 'server-failures', 'server-recovery', MINUTE),
          whole(
            derive(
              {
                id: 'outage-deployments',
                what: 'minutes of a year for deployments',
                unit: 'min/year',
                how: 'deployments × 12 × server-recovery',
              },
              { each: row('deployments'), months: MONTHS, minutes: row('server-recovery') },
              (of) => of.each * of.months * of.minutes,
            ),
          ),
        ]
      : []),
    ...(plan.database
      ? [
          replicas || standby
            ? {
                reads: replicas ? undefined : minutes('database', 'database-failures', 'failover', MINUTE),
                writes: minutes('database', 'database-failures', 'failover', MINUTE),
              }
            : both('database', 'database-failures', 'database-recovery', MINUTE),
          standby
            ? {
                reads: replicas ? undefined : minutes('upgrade', 'database-upgrades', 'failover', MINUTE),
                writes: minutes('upgrade', 'database-upgrades', 'failover', MINUTE),
              }
            : both('upgrade', 'database-upgrades', 'upgrade-minutes', MINUTE),
        ]
      : []),
    // A zone: what stands in it alone is away as long as it.
    standby
      ? { reads: undefined, writes: minutes('zone', 'zone-failures', 'failover', MINUTE) }
      : both('zone', 'zone-failures', 'zone-hours', HOUR, one ? 1 : 0.5),
    plan.dataCenters
      ? {
          reads: minutes('region-reads', 'region-failures', 'region-detection', MINUTE),
          writes: minutes('region-writes', 'region-failures', 'promotion-minutes', MINUTE),
        }
      : both('region', 'region-failures', 'region-hours', HOUR),
    ...(plan.cdn ? [both('edge', 'edge-failures', 'edge-hours', HOUR)] : []),
  ];
}

function whole(figure: Figure): Outage {
  return { reads: figure, writes: figure };
}

function both(kind: string, often: string, long: string, unit: Figure, share = 1): Outage {
  return whole(minutes(kind, often, long, unit, share));
}

/** `kind` names the figure; `share`: where what fails stands in one of several places, only so often. */
function minutes(kind: string, often: string, long: string, unit: Figure, share = 1): Figure {
  return derive(
    {
      id: `outage-${kind}`,
      what: `minutes of a year for a lost ${kind.replace('-', ', ')}`,
      unit: 'min/year',
      how: `${often} × ${long} (in minutes)${share === 1 ? '' : ', where the database stands in that zone'}`,
    },
    {
      often: row(often),
      long: row(long),
      unit,
      share: given(`share-${kind}`, 'of them that hit', 'share', share, 'the rung'),
    },
    (of) => of.often * of.long * of.unit * of.share,
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
