/** The smallest sizes with which a rung carries a load: each part within its bound, and of what fits the cheapest. */
import { type Place, planFor, type ScalingPlan } from '../scaling-plan';
import type { GivenSizes } from '../settings';
import { withUsualSizes } from '../usual-sizes';
import { type Machine, machines, price, row } from './data';
import type { Load } from './load';
import { type Part, type Site, siteOf } from './parts';

export type { Place };

/** What a plan chooses; what is undefined is as the scaling plan has it. */
export type Sizes = GivenSizes;

/** What was set by hand, which wins. */
export type Chosen = Partial<Sizes>;

/** A rung with sizes, under a load. */
export interface Sized {
  readonly place: Place;
  readonly sizes: Sizes;
  readonly plan: ScalingPlan;
  readonly site: Site;
  /** Parts that are above their bound: none where the rung carries the load. */
  readonly over: readonly Part[];
}

/** Where prices are compared, wherever the plan goes: so a region without prices has the same sizes. */
const COMPARED_IN = 'us-east-1';

/** The sizes of a rung for a load; where none is enough, those with which the least is missing. */
export function sizedFor(place: Place, load: Load, chosen: Chosen = {}): Sized {
  const start = sized(place, { ...NOTHING, ...chosen }, load);
  const { loadBalancer, databaseOnServer, databaseStandby, cache } = start.plan;
  const roomy = room(start, load, chosen);
  const withServers = loadBalancer
    ? best(choices('server', chosen.serverInstanceType), (machine) =>
        enoughServers(roomy, machine, load, chosen),
      )
    : best(choices('server', chosen.serverInstanceType), (machine) => {
        const tried = sized(place, { ...roomy.sizes, serverInstanceType: machine.type }, load);
        return {
          tried,
          over: overOf(tried, databaseOnServer ? ALL : SERVERS),
          cost: costOfServers(tried, machine),
        };
      });
  const withDatabase = databaseOnServer
    ? withServers
    : best(choices('database', chosen.databaseInstanceType), (machine) =>
        enoughReplicas(withServers, machine, load, chosen, databaseStandby),
      );
  const withCache = cache
    ? best(choices('cache', chosen.cacheNodeType), (machine) => {
        const tried = sized(place, { ...withDatabase.sizes, cacheNodeType: machine.type }, load);
        return { tried, over: overOf(tried, CACHE), cost: hourly(`cache-${machine.type}`) };
      })
    : withDatabase;
  return plain(withCache, load, chosen);
}

/** A rung with these very sizes. */
export function sized(place: Place, sizes: Sizes, load: Load): Sized {
  const plan = planFor({ ...place, ...withUsualSizes(sizes) });
  const site = siteOf(plan, load);
  return {
    place,
    sizes,
    plan,
    site,
    over: site.parts.filter(({ utilisation, bound }) => utilisation.expected > bound.expected + 1e-9),
  };
}

/** Nothing is chosen: the scaling plan's own sizes. */
export const NOTHING: Sizes = {
  serverInstanceType: undefined,
  serverVolumeGiB: undefined,
  minServers: undefined,
  maxServers: undefined,
  natGateways: undefined,
  databaseInstanceType: undefined,
  databaseStorageGiB: undefined,
  databaseMaxStorageGiB: undefined,
  replicas: undefined,
  cacheNodeType: undefined,
  priceClass: undefined,
  originSecret: undefined,
  automaticPromotion: undefined,
  queue: undefined,
  drainQueues: undefined,
  rabbitmqInstanceType: undefined,
  kafkaInstanceType: undefined,
  kafkaStorageGiB: undefined,
};

const SERVERS = ['servers', 'network'];
const DATABASE = ['primary', 'replicas', 'disk', 'storage', 'connections'];
const CACHE = ['cache', 'cache-memory', 'cache-baseline'];
const ALL = [...SERVERS, ...DATABASE, ...CACHE];

interface Try {
  readonly tried: Sized;
  /** How far the parts that are being sized are above their bounds together; 0 where they fit. */
  readonly over: number;
  /** $ an hour, of what is being sized. */
  readonly cost: number;
}

/** Of what fits the cheapest; of what does not, what lacks least. */
function best(candidates: readonly Machine[], tryOne: (machine: Machine) => Try): Sized {
  const tries = candidates.map(tryOne);
  const [first, ...others] = tries;
  if (first === undefined) throw new Error('There is no size to choose from.');
  return others.reduce(
    (chosen, next) =>
      next.over < chosen.over || (next.over === chosen.over && next.cost < chosen.cost - 1e-12)
        ? next
        : chosen,
    first,
  ).tried;
}

function choices(kind: 'server' | 'database' | 'cache', chosen: string | undefined): readonly Machine[] {
  const known = machines(kind);
  const [any] = known;
  return chosen === undefined
    ? known
    : // One that the data does not know is refused when its site is worked out.
      known
        .filter(({ type }) => type === chosen)
        .concat(
          any === undefined || known.some(({ type }) => type === chosen) ? [] : [{ ...any, type: chosen }],
        );
}

function overOf({ over }: Sized, ids: readonly string[]): number {
  return over
    .filter(({ id }) => ids.includes(id))
    .reduce((total, { utilisation, bound }) => total + (utilisation.expected / bound.expected - 1), 0);
}

/** Storage for all links that are kept, and with enough operations where the smallest has too few. */
function room(start: Sized, load: Load, chosen: Chosen): Sized {
  const needed = Math.ceil(start.site.stored.expected / row('limit-bound').expected / 100) * 100;
  if (start.plan.databaseOnServer) {
    return chosen.serverVolumeGiB !== undefined || needed / 100 <= 1
      ? start
      : sized(start.place, { ...start.sizes, serverVolumeGiB: Math.min(16_384, needed) }, load);
  }
  const striped = row('gp3-striped-from').expected;
  const most = row('storage-most').expected;
  const tooSlow = start.over.some(({ id }) => id === 'disk');
  const databaseStorageGiB = chosen.databaseStorageGiB ?? (tooSlow ? striped : undefined);
  const ceiling = Math.max(100, 2 * (databaseStorageGiB ?? 20));
  return sized(
    start.place,
    {
      ...start.sizes,
      databaseStorageGiB,
      databaseMaxStorageGiB:
        chosen.databaseMaxStorageGiB ?? (needed > ceiling ? Math.min(most, needed) : undefined),
    },
    load,
  );
}

/** As many servers of a size as keep all of them within their bounds. */
function enoughServers(from: Sized, machine: Machine, load: Load, chosen: Chosen): Try {
  const least = chosen.minServers ?? 2;
  const most = row('most-servers').expected;
  let tried = from;
  let count = least;
  for (;;) {
    tried = sized(
      from.place,
      { ...from.sizes, serverInstanceType: machine.type, maxServers: chosen.maxServers ?? count },
      load,
    );
    const needed = Math.max(
      ...tried.site.parts
        .filter(({ id }) => SERVERS.includes(id))
        .map(({ utilisation, bound }) => Math.ceil((utilisation.expected / bound.expected) * count - 1e-9)),
    );
    if (needed <= count || count >= most || chosen.maxServers !== undefined) break;
    count = Math.min(most, Math.max(count + 1, needed));
  }
  return { tried, over: overOf(tried, SERVERS), cost: costOfServers(tried, machine) };
}

/** What servers cost an hour on average, bursts included. */
function costOfServers({ site }: Sized, machine: Machine): number {
  const count = site.serversOnAverage.expected;
  return (
    count * hourly(`ec2-${machine.type}`) +
    burst(machine, site.serverWork.expected, count, 'ec2-t4g-credits', site)
  );
}

/** As few replicas of a size as keep databases within their bounds; at rungs without any just the size. */
function enoughReplicas(from: Sized, machine: Machine, load: Load, chosen: Chosen, standby: boolean): Try {
  const most = standby && chosen.replicas === undefined ? row('replicas-most').expected : 0;
  let count: number | undefined = chosen.replicas;
  let tried: Sized;
  for (;;) {
    tried = sized(from.place, { ...from.sizes, databaseInstanceType: machine.type, replicas: count }, load);
    const running: number = tried.plan.replicas;
    if (!tried.over.some(({ id }) => id === 'replicas' || id === 'disk') || running >= most) break;
    count = running + 1;
  }
  const { plan, site } = tried;
  const instances = (standby ? 2 : 1) + plan.replicas;
  const bursts =
    burst(machine, site.primaryWork?.expected ?? 0, standby ? 2 : 1, 'rds-t4g-credits', site) +
    burst(machine, (site.replicaWork?.expected ?? 0) * plan.replicas, plan.replicas, 'rds-t4g-credits', site);
  return {
    tried,
    over: overOf(tried, DATABASE),
    cost: instances * hourly(`rds-${machine.type}-single`) + bursts,
  };
}

/** What processor time above the baseline costs an hour, at the average load. */
function burst(machine: Machine, workAtPeak: number, count: number, credits: string, site: Site): number {
  const { baseline } = machine;
  if (baseline === undefined || count === 0) return 0;
  const average = workAtPeak / site.peak.expected;
  return Math.max(0, average - baseline * machine.vcpus * count) * hourly(credits);
}

function hourly(id: string): number {
  return price(id, COMPARED_IN)?.expected ?? Infinity;
}

/** What is as large as the default is left to it, so that what a plan says stays short. */
function plain(result: Sized, load: Load, chosen: Chosen): Sized {
  const { place, sizes } = result;
  const usual = planFor({ ...place, ...withUsualSizes(chosen) });
  const { plan } = result;
  const shortened: Sizes = {
    ...sizes,
    serverInstanceType:
      plan.serverInstanceType === usual.serverInstanceType
        ? chosen.serverInstanceType
        : sizes.serverInstanceType,
    // The default leaves room for more than was needed.
    maxServers:
      plan.serverInstanceType === usual.serverInstanceType && plan.maxServers <= usual.maxServers
        ? chosen.maxServers
        : sizes.maxServers,
    databaseInstanceType:
      plan.databaseInstanceType === usual.databaseInstanceType
        ? chosen.databaseInstanceType
        : sizes.databaseInstanceType,
    replicas: plan.replicas === usual.replicas ? chosen.replicas : sizes.replicas,
    cacheNodeType: plan.cacheNodeType === usual.cacheNodeType ? chosen.cacheNodeType : sizes.cacheNodeType,
  };
  const short = sized(
    place,
    plan.loadBalancer ? shortened : { ...shortened, maxServers: chosen.maxServers },
    load,
  );
  // More servers than were needed each have a memory of their own, and the database answers what none of them holds.
  return overOf(short, ALL) > overOf(result, ALL) ? result : short;
}
