/** What one data center costs. */
import { planForFurther, type QueueKind, type ScalingPlan } from '../../scaling-plan';
import { type Machine, machineOf, row } from '../data';
import { derive, type Figure, given } from '../figure';
import { type Inventory, inventoryOf } from '../inventory';
import type { Load } from '../load';
import { type Site, siteOf } from '../parts';
import {
  counted,
  type Deployment,
  EDGE_REGION,
  HOURS,
  type Item,
  linesOf,
  priceIn,
  type StackKind,
} from './line';

/** One data center, as it is billed. */
interface Billed {
  readonly plan: ScalingPlan;
  readonly site: Site;
  readonly load: Load;
  readonly region: string;
  readonly isFirst: boolean;
  readonly counts: Inventory;
  readonly regions: number;
  readonly hasDomain: boolean;
  readonly sandbox: boolean;
}

export function billed(
  { plan, regions, hasDomain, sandbox = false }: Deployment,
  load: Load,
  region: string,
  isFirst: boolean,
): Billed {
  const own = isFirst ? plan : planForFurther(plan);
  return {
    plan: own,
    site: siteOf(plan, load),
    load,
    region,
    isFirst,
    counts: inventoryOf(own, { isFirst, regions: regions.length, edgeAlone: regions[0] !== EDGE_REGION }),
    regions: regions.length,
    hasDomain,
    sandbox,
  };
}

export function siteItems(center: Billed): readonly Item[] {
  const { plan } = center;
  return [
    ...serverItems(center),
    ...(plan.loadBalancer ? loadBalancerItems(center) : []),
    ...(plan.database ? databaseItems(center) : []),
    ...(plan.cache ? [cacheItem(center)] : []),
    ...plan.queues.flatMap((kind) => QUEUES[kind](center)),
    ...networkItems(center),
    ...keptItems(center),
  ];
}
function serverItems(center: Billed): readonly Item[] {
  const { plan, site, region } = center;
  const machine = machineOf('server', plan.serverInstanceType);
  const servers = site.serversOnAverage;
  const line = linesOf(center, 'servers');
  return [
    line(
      'app',
      {
        id: 'servers',
        what: `${plan.serverInstanceType} servers`,
        how: 'servers-on-average × price × hours-a-month',
      },
      { servers, each: priceIn(`ec2-${plan.serverInstanceType}`, region), hours: HOURS },
      (of) => of.servers * of.each * of.hours,
    ),
    ...burstItem(center, 'servers', 'app', 'servers', machine, site.serverWork, servers, 'ec2-t4g-credits'),
    line(
      'app',
      { id: 'root-volumes', what: 'servers’ own disks', how: 'servers-on-average × root-volume × price' },
      { servers, size: row('root-volume'), each: priceIn('ebs-gp3', region) },
      (of) => of.servers * of.size * of.each,
    ),
    ...(plan.loadBalancer
      ? [
          line(
            'app',
            {
              id: 'server-metrics',
              what: 'servers’ metrics each minute',
              how: 'servers-on-average × detailed-metrics × price',
            },
            { servers, metrics: row('detailed-metrics'), each: priceIn('custom-metric', region) },
            (of) => of.servers * of.metrics * of.each,
          ),
        ]
      : []),
    ...(plan.serverVolume
      ? [
          linesOf(center, plan.databaseOnServer ? 'database' : 'what rung 1 leaves')(
            'data',
            {
              id: 'server-volume',
              what: 'the data volume and its snapshots',
              how: 'GB × price + GB × snapshot-share × price',
            },
            {
              size: given('server-volume-gb', 'size of the data volume', 'GB', plan.serverVolumeGiB),
              each: priceIn('ebs-gp3', region),
              share: row('snapshot-share'),
              snapshot: priceIn('ebs-snapshot', region),
            },
            (of) => of.size * of.each + of.size * of.share * of.snapshot,
          ),
        ]
      : []),
    ...(plan.serverFacesUsers && center.hasDomain
      ? [
          linesOf(center, 'DNS and certificate')(
            'app',
            {
              id: 'server-certificate',
              what: 'the server’s certificate',
              how: 'certificate-price / certificate-months',
            },
            { each: row('certificate-price'), months: row('certificate-months') },
            (of) => of.each / of.months,
          ),
        ]
      : []),
  ];
}

/** T4g does not slow down above its baseline: what is above is billed. */
function burstItem(
  center: Billed,
  part: string,
  stack: StackKind,
  id: string,
  machine: Machine | undefined,
  workAtPeak: Figure,
  count: Figure,
  credits: string,
): readonly Item[] {
  if (machine?.baseline === undefined) return [];
  return [
    linesOf(center, part)(
      stack,
      {
        id: `${id}-bursts`,
        what: `${part}’ bursts above the baseline`,
        how: 'processors on average above the baseline × price × hours-a-month',
      },
      {
        work: workAtPeak,
        peak: center.load.peak,
        count,
        lasting: given(
          `${id}-lasting`,
          `processors that a ${machine.type} may use for long`,
          'vCPU',
          machine.baseline * machine.vcpus,
          machine.source,
          machine.date,
        ),
        each: priceIn(credits, center.region),
        hours: HOURS,
      },
      (of) => Math.max(0, of.work / of.peak - of.count * of.lasting) * of.each * of.hours,
    ),
  ];
}

function loadBalancerItems(center: Billed): readonly Item[] {
  const { region, load, plan } = center;
  const line = linesOf(center, 'load balancer');
  return [
    line(
      'app',
      { id: 'load-balancer', what: 'load balancer', how: 'price × hours-a-month' },
      { each: priceIn('load-balancer', region), hours: HOURS },
      (of) => of.each * of.hours,
    ),
    line(
      'app',
      {
        id: 'load-balancer-units',
        what: 'load balancer’s capacity units',
        how: 'the largest of new connections, open ones and GB an hour, each by what a unit takes, × price × hours-a-month',
      },
      {
        average: load.average,
        each: row('requests-per-connection'),
        newOnes: row('lcu-new-connections'),
        open: row('lcu-active-seconds'),
        openOnes: row('lcu-active'),
        bytes: row(plan.cdn ? 'bytes-with-cdn' : 'bytes'),
        asked: row('request-bytes'),
        gb: row('lcu-gb'),
        unit: priceIn('load-balancer-lcu', region),
        hours: HOURS,
        kept: keptConnections(plan),
      },
      (of) => {
        const connections = of.average / of.each / of.kept;
        const units = Math.max(
          connections / of.newOnes,
          (connections * of.open) / of.openOnes,
          (of.average * (of.bytes + of.asked) * 3600) / 1e9 / of.gb,
        );
        return units * of.unit * of.hours;
      },
    ),
  ];
}

function databaseItems(center: Billed): readonly Item[] {
  const { plan, region, isFirst, site } = center;
  const line = linesOf(center, 'database');
  const standby = plan.databaseStandby && isFirst;
  const kind = standby ? 'multi' : 'single';
  const machine = machineOf('database', plan.databaseInstanceType);
  const replicas = given('replica-count', 'read replicas', 'replicas', plan.replicas);
  const size = derive(
    {
      id: `storage-gb@${region}`,
      what: 'storage of the database',
      unit: 'GB',
      how: 'what is set, and more where more is stored',
    },
    { set: given('storage-set', 'storage that is set', 'GB', plan.databaseStorageGiB), stored: site.stored },
    (of) => Math.max(of.set, of.stored),
  );
  const work = site.primaryWork ?? site.serverWork;
  return [
    line(
      'data',
      {
        id: 'database',
        what: `${plan.databaseInstanceType} database${standby ? ' with a standby' : ''}`,
        how: 'price × hours-a-month',
      },
      { each: priceIn(`rds-${plan.databaseInstanceType}-${kind}`, region), hours: HOURS },
      (of) => of.each * of.hours,
    ),
    line(
      'data',
      { id: 'database-storage', what: 'database’s storage', how: 'GB × price' },
      {
        size,
        each: standby
          ? derive(
              {
                id: `rds-storage-multi@${region}`,
                what: 'storage with a standby',
                unit: '$/GB-month',
                how: 'without one × standby-price',
              },
              { single: priceIn('rds-storage-single', region), factor: row('standby-price') },
              (of) => of.single * of.factor,
            )
          : priceIn('rds-storage-single', region),
      },
      (of) => of.size * of.each,
    ),
    ...burstItem(
      center,
      'database',
      'data',
      'database',
      machine,
      work,
      given('one', 'one', '', 1),
      'rds-t4g-credits',
    ),
    ...(plan.replicas > 0
      ? [
          linesOf(center, 'read replicas')(
            'data',
            {
              id: 'replicas',
              what: `${plan.databaseInstanceType} replicas and their storage`,
              how: 'replicas × (price × hours-a-month + GB × price)',
            },
            {
              replicas,
              each: priceIn(`rds-${plan.databaseInstanceType}-single`, region),
              hours: HOURS,
              size,
              gb: priceIn('rds-storage-single', region),
            },
            (of) => of.replicas * (of.each * of.hours + of.size * of.gb),
          ),
          ...(site.replicaWork === undefined
            ? []
            : burstItem(
                center,
                'read replicas',
                'data',
                'replicas',
                machine,
                site.replicaWork,
                given('one', 'one', '', 1),
                'rds-t4g-credits',
              ).map((item) => ({
                ...item,
                cost: derive(
                  { ...item.cost, id: `all-${item.cost.id}`, how: 'of one × replicas' },
                  { one: item.cost, replicas },
                  (of) => of.one * of.replicas,
                ),
              }))),
        ]
      : []),
    ...(isFirst
      ? []
      : [
          line(
            'data',
            {
              id: 'between-regions',
              what: 'log of the database to the other region',
              how: '(clicks / peak + creates / peak) × wal-bytes, a month, × price',
            },
            {
              clicks: site.clicks,
              creates: center.load.creates,
              peak: center.load.peak,
              bytes: row('wal-bytes'),
              hours: HOURS,
              each: priceIn('between-regions', region),
            },
            (of) => (((of.clicks + of.creates) / of.peak) * of.bytes * 3600 * of.hours * of.each) / 1e9,
          ),
        ]),
  ];
}

function cacheItem(center: Billed): Item {
  const { plan, region } = center;
  return linesOf(center, 'cache')(
    'data',
    { id: 'cache', what: `two ${plan.cacheNodeType} nodes`, how: 'nodes × price × hours-a-month' },
    {
      nodes: given('cache-nodes', 'nodes of the cache', 'nodes', 2, 'lib/constructs/data/cache.ts'),
      each: priceIn(`cache-${plan.cacheNodeType}`, region),
      hours: HOURS,
    },
    (of) => of.nodes * of.each * of.hours,
  );
}

/** What each kind of queue costs, with what counts its clicks. */
const QUEUES: Readonly<Record<QueueKind, (center: Billed) => readonly Item[]>> = {
  // One that is being emptied costs next to nothing.
  sqs: (center) => (center.plan.queue === 'sqs' ? sqsItems(center) : []),
  rabbitmq: (center) => [
    brokersItem(center, 'mq', {
      title: 'RabbitMQ',
      type: center.plan.rabbitmqInstanceType,
      count: center.sandbox ? 1 : 3,
      storage: row('rabbitmq-storage'),
    }),
  ],
  kafka: (center) => [
    brokersItem(center, 'msk', {
      title: 'Kafka',
      type: center.plan.kafkaInstanceType,
      count: 2,
      storage: given('kafka-storage', 'storage of a broker', 'GB', center.plan.kafkaStorageGiB),
    }),
  ],
};

/** Brokers by the hour. Their workers are on servers, and in their work. */
function brokersItem(
  center: Billed,
  service: 'mq' | 'msk',
  brokers: {
    readonly title: string;
    readonly type: string;
    readonly count: number;
    readonly storage: Figure;
  },
): Item {
  const { title, type, count, storage } = brokers;
  return linesOf(center, 'queue')(
    'data',
    {
      id: `${service}-brokers`,
      what: `${title}’s ${type} brokers and their storage`,
      how: 'brokers × (price × hours-a-month + GB × price)',
    },
    {
      count: given(`${service}-count`, 'brokers', 'brokers', count, 'lib/constructs/async'),
      each: priceIn(`${service}-${type}`, center.region),
      hours: HOURS,
      storage,
      gb: priceIn(`${service}-storage`, center.region),
    },
    (of) => of.count * (of.each * of.hours + of.storage * of.gb),
  );
}

function sqsItems(center: Billed): readonly Item[] {
  const { region, site, load } = center;
  const line = linesOf(center, 'queue');
  const messages = derive(
    {
      id: `messages@${region}`,
      what: 'messages with clicks a second on average',
      unit: '1/s',
      how: 'one a second and process, or fewer where fewer redirects come',
    },
    {
      redirects: load.redirects,
      peak: load.peak,
      servers: site.serversOnAverage,
      vcpus: site.serverVcpus,
    },
    (of) => Math.min(of.servers * of.vcpus, of.redirects / of.peak),
  );
  return [
    line(
      'data',
      {
        id: 'queue',
        what: 'SQS',
        how: '(messages × 1.2 a month + empty-polls − free-sqs-requests) / 1,000,000 × price: each is sent, and received and removed by tens',
      },
      {
        messages,
        hours: HOURS,
        polls: row('empty-polls'),
        free: row('free-sqs-requests'),
        each: priceIn('sqs-requests', region),
      },
      (of) => (Math.max(0, of.messages * 1.2 * 3600 * of.hours + of.polls - of.free) / 1e6) * of.each,
    ),
    line(
      'app',
      {
        id: 'worker',
        what: 'click worker',
        how: 'one run a second at most × (price + worker-seconds × worker-memory × price)',
      },
      {
        messages,
        hours: HOURS,
        seconds: row('worker-seconds'),
        memory: row('worker-memory'),
        each: priceIn('lambda-requests', region),
        duration: priceIn('lambda-duration', region),
      },
      (of) =>
        Math.min(1, of.messages) * 3600 * of.hours * (of.each / 1e6 + of.seconds * of.memory * of.duration),
    ),
  ];
}

function networkItems(center: Billed): readonly Item[] {
  const { region, counts, load, plan, site, isFirst } = center;
  const line = linesOf(center, 'network');
  return [
    ...(counts.natGateways > 0
      ? [
          line(
            'data',
            {
              id: 'nat-gateways',
              what: 'NAT gateways',
              how: 'gateways × price × hours-a-month + nat-gb × price',
            },
            {
              count: counted('nat-count', 'NAT gateways', counts.natGateways),
              each: priceIn('nat-gateway', region),
              hours: HOURS,
              gb: row('nat-gb'),
              processed: priceIn('nat-gateway-data', region),
            },
            (of) => of.count * of.each * of.hours + of.gb * of.processed,
          ),
        ]
      : []),
    ...(counts.interfaceEndpoints > 0
      ? [
          line(
            'data',
            {
              id: 'interface-endpoint',
              what: 'the way to Secrets Manager',
              how: 'endpoints × price × hours-a-month',
            },
            {
              count: counted('endpoint-count', 'interface endpoints', counts.interfaceEndpoints),
              each: priceIn('interface-endpoint', region),
              hours: HOURS,
            },
            (of) => of.count * of.each * of.hours,
          ),
        ]
      : []),
    line(
      'data',
      { id: 'addresses', what: 'public addresses', how: 'addresses × price × hours-a-month' },
      {
        count: counted(`address-count@${region}`, 'public addresses', counts.addresses),
        each: priceIn('public-address', region),
        hours: HOURS,
      },
      (of) => of.count * of.each * of.hours,
    ),
    ...(plan.loadBalancer
      ? [
          line(
            'data',
            {
              id: 'between-zones',
              what: 'questions between zones',
              how: 'redirects / peak × memory-miss × crossing-share × statement-bytes, both ways, × price',
            },
            {
              redirects: load.redirects,
              peak: load.peak,
              memoryMiss: site.memoryMiss,
              crossing: row('crossing-share'),
              bytes: row('statement-bytes'),
              hours: HOURS,
              each: priceIn('between-zones', region),
            },
            (of) =>
              ((of.redirects / of.peak) *
                of.memoryMiss *
                of.crossing *
                of.bytes *
                2 *
                3600 *
                of.hours *
                of.each) /
              1e9,
          ),
        ]
      : []),
    ...(plan.cdn || !isFirst
      ? []
      : [
          line(
            'app',
            {
              id: 'internet-out',
              what: 'bytes to users',
              how: '(requests a month × (bytes + handshake-bytes / requests-per-connection) − free-internet-gb) × the first tier’s price',
            },
            {
              average: load.average,
              bytes: row('bytes'),
              handshake: row('handshake-bytes'),
              connection: row('requests-per-connection'),
              hours: HOURS,
              free: row('free-internet-gb'),
              each: priceIn('internet-out-10', region),
            },
            (of) =>
              Math.max(
                0,
                (of.average * 3600 * of.hours * (of.bytes + of.handshake / of.connection)) / 1e9 - of.free,
              ) * of.each,
          ),
        ]),
  ];
}

/** Keys, secrets, alarms, metrics and logs. */
function keptItems(center: Billed): readonly Item[] {
  const { region, counts, load, plan } = center;
  const line = linesOf(center, 'keys, alarms and logs');
  return [
    line(
      'data',
      { id: 'keys', what: 'keys and secrets', how: 'keys × price + secrets × price' },
      {
        keys: counted(`key-count@${region}`, 'keys', counts.keys),
        key: priceIn('kms-key', region),
        secrets: counted(`secret-count@${region}`, 'secrets, and copies of them', counts.secrets),
        secret: priceIn('secret', region),
      },
      (of) => of.keys * of.key + of.secrets * of.secret,
    ),
    line(
      'app',
      {
        id: 'watching',
        what: 'alarms and metrics',
        how: 'alarms × price + agent-metrics × price + dashboard-billed × price',
      },
      {
        alarms: counted(`alarm-count@${region}`, 'alarms', counts.alarms),
        alarm: priceIn('alarm', region),
        metrics: row('agent-metrics'),
        metric: priceIn('custom-metric', region),
        dashboards: row('dashboard-billed'),
        dashboard: priceIn('dashboard', region),
      },
      (of) => of.alarms * of.alarm + of.metrics * of.metric + of.dashboards * of.dashboard,
    ),
    line(
      'data',
      {
        id: 'logs',
        what: 'logs',
        how: '(log-gb + new connections a month × flow-log-bytes) × (price + log-months × price)',
      },
      {
        gb: row('log-gb'),
        average: load.average,
        connection: row('requests-per-connection'),
        kept: keptConnections(plan),
        bytes: row('flow-log-bytes'),
        hours: HOURS,
        ingested: priceIn('logs-ingested', region),
        months: row('log-months'),
        stored: priceIn('logs-stored', region),
      },
      (of) =>
        (of.gb + ((of.average / of.connection / of.kept) * 3600 * of.hours * of.bytes) / 1e9) *
        (of.ingested + of.months * of.stored),
    ),
    ...(plan.loadBalancer
      ? [
          line(
            'data',
            {
              id: 'access-logs',
              what: 'access logs',
              how: 'requests a month × access-log-bytes × log-months × price',
            },
            {
              average: load.average,
              hours: HOURS,
              bytes: row('access-log-bytes'),
              months: row('log-months'),
              each: priceIn('s3-storage', region),
            },
            (of) => (of.average * 3600 * of.hours * of.bytes * of.months * of.each) / 1e9,
          ),
        ]
      : []),
  ];
}

/** CloudFront keeps its connections, so it opens one for many requests of many users. */
function keptConnections({ cdn }: ScalingPlan): Figure {
  return cdn
    ? row('kept-connections')
    : given('each-connection', 'connections of users, each their own', '×', 1, 'the rung');
}
