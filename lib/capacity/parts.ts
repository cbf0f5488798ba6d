/**
 * The parts of a data center under a load: how busy each one is, and how much it can bear. A data center is judged as if it
 * were alone: where there are several, any of them may have to carry all.
 */
import type { ScalingPlan } from '../scaling-plan';
import { type Machine, machineOf, row } from './data';
import { derive, type Figure, given } from './figure';
import type { Load } from './load';
import { shareBeyond, missShare } from './skew';

/** How busy a part is at peak. */
export interface Part {
  readonly id: string;
  readonly what: string;
  /** 1 where it can no more. */
  readonly utilisation: Figure;
  /** The most that a plan lets it be. */
  readonly bound: Figure;
}

/** A data center under a load. */
export interface Site {
  readonly parts: readonly Part[];
  /** Servers at peak, and on average. */
  readonly serversAtPeak: Figure;
  readonly serversOnAverage: Figure;
  /** Processors of one. */
  readonly serverVcpus: Figure;
  /** Processors that servers need at peak. */
  readonly serverWork: Figure;
  /** Processors that the primary needs at peak, and each replica. */
  readonly primaryWork: Figure | undefined;
  readonly replicaWork: Figure | undefined;
  /** Shares of redirects that ask beyond the process’ memory, and beyond the cache. */
  readonly memoryMiss: Figure;
  readonly databaseMiss: Figure;
  /** Processor time of a request on a server, a question to the cache, and one to the database, in ms. */
  readonly serverTime: Figure;
  readonly cacheTime: Figure | undefined;
  readonly databaseTime: Figure;
  /** Bytes that are kept, in GB. */
  readonly stored: Figure;
  /** Clicks written a second at peak. */
  readonly clicks: Figure;
  /** The peak against the average. */
  readonly peak: Figure;
}

/** Sizes that the data does not know cannot be judged. */
export class UnknownSize extends Error {
  override readonly name = 'UnknownSize';
}

/** What a data center of that plan bears. @throws UnknownSize for a size that is not in lib/capacity/data/machines.json */
export function siteOf(plan: ScalingPlan, load: Load): Site {
  const server = known('server', plan.serverInstanceType);
  const serverSpeed = speedOf(server);
  const serverVcpus = vcpusOf('server', server);
  const slowness = derive(
    {
      id: 'server-slowness',
      what: `processor time on a ${server.type} against the measured one`,
      unit: '×',
      how: 'real-traffic × speed-epyc / the family’s speed',
    },
    { traffic: row('real-traffic'), measuredOn: row('speed-epyc'), speed: serverSpeed },
    (of) => (of.traffic * of.measuredOn) / of.speed,
  );
  const most = given('most-running', 'most servers that may run', 'servers', plan.maxServers);
  const least = given('least-running', 'fewest servers that run', 'servers', plan.minServers);

  // How many run depends on how long each works, and that on how much of the load each one's memory sees: so it is
  // first told from the requests alone, which err on the side of more work.
  const byRequests = derive(
    {
      id: 'servers-by-requests',
      what: 'servers at peak, by requests',
      unit: 'servers',
      how: 'requests / requests-a-server, from fewest to most',
    },
    { requests: load.requests, each: row('requests-a-server'), least, most },
    (of) => clamp(Math.ceil(of.requests / of.each), of.least, of.most),
  );
  const links = load.links;
  const memoryMiss = derive(
    {
      id: 'memory-miss',
      what: 'redirects that the process’ memory does not answer',
      unit: 'share',
      how: 'Zipf: links read anew in memory-seconds by a process of its share of the redirects (lib/capacity/skew.ts)',
    },
    {
      redirects: load.redirects,
      servers: byRequests,
      vcpus: serverVcpus,
      seconds: row('memory-seconds'),
      links,
    },
    (of) => missShare(of.redirects / (of.servers * of.vcpus), of.seconds, of.links),
  );
  const databaseMiss = plan.cache
    ? derive(
        {
          id: 'cache-miss',
          what: 'redirects that neither memory nor the cache answers',
          unit: 'share',
          how: 'Zipf: links read anew in cache-seconds by all servers together, at most memory-miss',
        },
        { redirects: load.redirects, seconds: row('cache-seconds'), links, memoryMiss },
        (of) => Math.min(of.memoryMiss, missShare(of.redirects, of.seconds, of.links)),
      )
    : memoryMiss;
  const databasePath = plan.replicas > 0 ? row('miss-replica') : row('miss-database');
  const perRedirect = derive(
    {
      id: 'redirect-time',
      what: 'processor time of a redirect on the measured machine',
      unit: 'µs',
      how: plan.cache
        ? 'redirect-memory + memory-miss × miss-cache + cache-miss × miss-replica'
        : `redirect-memory + memory-miss × ${databasePath.id}`,
    },
    {
      memory: row('redirect-memory'),
      memoryMiss,
      databaseMiss,
      path: databasePath,
      ...(plan.cache
        ? { cache: row('miss-cache') }
        : { cache: given('no-cache', 'processor time for a cache that is not there', 'µs', 0, 'the rung') }),
    },
    (of) => of.memory + of.memoryMiss * of.cache + of.databaseMiss * of.path,
  );
  const clicks = clicksOf(plan, load, memoryMiss);
  const hasWorker = plan.clickQueue && plan.queue !== 'sqs';
  const applicationWork = derive(
    {
      id: 'application-work',
      what: 'processors that the application needs at peak',
      unit: 'vCPU',
      how: `(redirects × redirect-time + creates × (create + ${plan.cdn ? 'the page' : 'page-requests'} × redirect-memory)${hasWorker ? ' + clicks × worker-time' : ''}) × server-slowness / 1,000,000`,
    },
    {
      redirects: load.redirects,
      perRedirect,
      creates: load.creates,
      perCreate: row('create'),
      // From the CDN on its files are no matter of servers, the page itself is.
      pages: plan.cdn
        ? given('page', 'the page, for each link that is made', 'requests', 1, 'lib/constructs/edge/cdn.ts')
        : row('page-requests'),
      perPage: row('redirect-memory'),
      slowness,
      clicks,
      perClick: hasWorker
        ? workerTime()
        : given('no-worker', 'a worker on servers, which is not there', 'µs', 0, 'the rung'),
    },
    (of) =>
      ((of.redirects * of.perRedirect +
        of.creates * (of.perCreate + of.pages * of.perPage) +
        of.clicks * of.perClick) *
        of.slowness) /
      1e6,
  );

  const database = plan.databaseOnServer ? server : known('database', plan.databaseInstanceType);
  const primaryReads = derive(
    {
      id: 'primary-reads',
      what: 'reads of links that the primary answers a second at peak',
      unit: '1/s',
      how:
        plan.replicas > 0 ? 'none: replicas do' : `redirects × ${plan.cache ? 'cache-miss' : 'memory-miss'}`,
    },
    { redirects: load.redirects, databaseMiss },
    (of) => (plan.replicas > 0 ? 0 : of.redirects * of.databaseMiss),
  );
  const databaseSlowness = derive(
    {
      id: 'database-slowness',
      what: `processor time of the database on a ${database.type} against the measured one`,
      unit: '×',
      how: 'speed-epyc / the family’s speed',
    },
    { measuredOn: row('speed-epyc'), speed: speedOf(database) },
    (of) => of.measuredOn / of.speed,
  );
  const primaryWork = derive(
    {
      id: 'primary-work',
      what: 'processors that the primary needs at peak',
      unit: 'vCPU',
      how: `(primary-reads × select + creates × insert + clicks × ${plan.clickQueue ? 'click-queued' : 'click-added'}) × database-slowness / 1,000,000`,
    },
    {
      reads: primaryReads,
      perRead: row('select'),
      creates: load.creates,
      perCreate: row('insert'),
      clicks,
      perClick: row(plan.clickQueue ? 'click-queued' : 'click-added'),
      slowness: databaseSlowness,
    },
    (of) =>
      ((of.reads * of.perRead + of.creates * of.perCreate + of.clicks * of.perClick) * of.slowness) / 1e6,
  );
  const serverWork = plan.databaseOnServer
    ? derive(
        {
          id: 'server-work',
          what: 'processors that the one server needs at peak, its database included',
          unit: 'vCPU',
          how: 'application-work + primary-work',
        },
        { applicationWork, primaryWork },
        (of) => of.applicationWork + of.primaryWork,
      )
    : applicationWork;
  const running = (id: string, what: string, how: string, share: Figure): Figure =>
    derive(
      { id, what, unit: 'servers', how },
      {
        requests: load.requests,
        each: row('requests-a-server'),
        work: serverWork,
        vcpus: serverVcpus,
        bound: row('processor-bound'),
        least,
        most,
        share,
      },
      (of) =>
        clamp(
          Math.ceil(
            Math.max(of.requests / of.share / of.each, of.work / of.share / (of.bound * of.vcpus)) - 1e-9,
          ),
          of.least,
          of.most,
        ),
    );
  const whole = given('whole', 'the whole', '', 1);
  const scaled =
    'the larger of requests / requests-a-server and server-work / (processor-bound × server-vcpus), from fewest to most';
  const serversAtPeak = running('servers-at-peak', 'servers at peak', scaled, whole);
  const serversOnAverage = running(
    'servers-on-average',
    'servers on average',
    `${scaled}, all of it at the average load`,
    load.peak,
  );
  const network = networkOf(plan, load, server, serversAtPeak, memoryMiss);
  const stored = derive(
    {
      id: 'stored',
      what: 'bytes of the links that are kept',
      unit: 'GB',
      how: 'links × link-bytes / 1,000,000,000',
    },
    { links, bytes: row('link-bytes') },
    (of) => (of.links * of.bytes) / 1e9,
  );
  const replicaWork =
    plan.replicas > 0 ? workOfReplicas(plan, load, databaseMiss, clicks, databaseSlowness) : undefined;
  const serverPart: Part = {
    id: 'servers',
    what: plan.databaseOnServer ? 'the server, its database included' : 'servers',
    utilisation: share(
      'servers-busy',
      'how busy the servers are at peak',
      'server-work / (servers-at-peak × server-vcpus)',
      serverWork,
      derive(
        {
          id: 'server-capacity',
          what: 'processors of the servers',
          unit: 'vCPU',
          how: 'servers-at-peak × server-vcpus',
        },
        { serversAtPeak, serverVcpus },
        (of) => of.serversAtPeak * of.serverVcpus,
      ),
    ),
    bound: row('processor-bound'),
  };
  return {
    parts: [
      serverPart,
      ...network,
      ...(plan.databaseOnServer ? [] : [processorPart('primary', 'primary database', primaryWork, database)]),
      ...(replicaWork === undefined
        ? []
        : [processorPart('replicas', 'each replica', replicaWork, database)]),
      ...diskParts(plan, load, { database, databaseMiss, primaryReads, stored }),
      ...(plan.databaseOnServer ? [] : [connectionsPart(plan, server, database)]),
      ...(plan.cache ? cacheParts(plan, load, memoryMiss) : []),
      ...(plan.cdn ? [cdnPart(load)] : []),
      ...(plan.clickQueue
        ? [
            workerPart(
              clicks,
              hasWorker
                ? {
                    workers: serversAtPeak,
                    processor: given('own-process', 'a process of its own', 'vCPU', 1, 'the rung'),
                    speed: serverSpeed,
                  }
                : // Lambda’s Graviton is t4g’s.
                  { workers: row('workers'), processor: row('lambda-share'), speed: row('speed-t4g') },
            ),
          ]
        : []),
    ],
    serversAtPeak,
    serversOnAverage,
    serverVcpus,
    serverWork,
    primaryWork: plan.databaseOnServer ? undefined : primaryWork,
    replicaWork,
    memoryMiss,
    databaseMiss,
    serverTime: derive(
      {
        id: 'server-time',
        what: 'processor time of a request on a server',
        unit: 'ms',
        how: 'application-work / requests',
      },
      { work: applicationWork, requests: load.requests },
      (of) => (of.work * 1000) / of.requests,
    ),
    cacheTime: plan.cache
      ? derive(
          {
            id: 'cache-time',
            what: 'processor time of a command to the cache',
            unit: 'ms',
            how: '1,000 / cache-rate',
          },
          { rate: cacheRate(plan) },
          (of) => 1000 / of.rate,
        )
      : undefined,
    databaseTime: derive(
      {
        id: 'database-time',
        what: 'processor time of a read in the database',
        unit: 'ms',
        how: 'select × database-slowness / 1,000',
      },
      { select: row('select'), slowness: databaseSlowness },
      (of) => (of.select * of.slowness) / 1000,
    ),
    stored,
    clicks,
    peak: load.peak,
  };
}

function clicksOf(plan: ScalingPlan, load: Load, memoryMiss: Figure): Figure {
  return plan.clickQueue
    ? derive(
        {
          id: 'clicks',
          what: 'clicks written a second: each link once a second and process, workers level peaks',
          unit: '1/s',
          how: 'redirects / peak × queue-levelling × memory-miss, at most redirects × memory-miss',
        },
        { redirects: load.redirects, peak: load.peak, levelling: row('queue-levelling'), memoryMiss },
        (of) => of.redirects * of.memoryMiss * Math.min(1, of.levelling / of.peak),
      )
    : derive(
        {
          id: 'clicks',
          what: 'clicks written a second at peak: each link once a second and process',
          unit: '1/s',
          how: 'redirects × memory-miss',
        },
        { redirects: load.redirects, memoryMiss },
        (of) => of.redirects * of.memoryMiss,
      );
}

function workOfReplicas(
  plan: ScalingPlan,
  load: Load,
  databaseMiss: Figure,
  clicks: Figure,
  slowness: Figure,
): Figure {
  return derive(
    {
      id: 'replica-work',
      what: 'processors that each replica needs at peak',
      unit: 'vCPU',
      how: '(redirects × the share beyond memory and cache / replicas × select + (creates + clicks) × replayed) × database-slowness / 1,000,000',
    },
    {
      redirects: load.redirects,
      databaseMiss,
      // Of several data centers each further one has a single replica, which may have to answer for all.
      replicas: given(
        'replicas',
        'replicas that share the reads',
        'replicas',
        plan.dataCenters ? 1 : plan.replicas,
      ),
      perRead: row('select'),
      creates: load.creates,
      clicks,
      perWrite: row('replayed'),
      slowness,
    },
    (of) =>
      (((of.redirects * of.databaseMiss) / of.replicas) * of.perRead +
        (of.creates + of.clicks) * of.perWrite) *
      (of.slowness / 1e6),
  );
}

function processorPart(id: string, what: string, work: Figure, machine: Machine): Part {
  return {
    id,
    what,
    utilisation: share(
      `${id}-busy`,
      `how busy ${what} is at peak`,
      `${work.id} / processors of ${machine.type}`,
      work,
      vcpusOf(id, machine),
    ),
    bound: row('processor-bound'),
  };
}

function networkOf(
  plan: ScalingPlan,
  load: Load,
  server: Machine,
  servers: Figure,
  memoryMiss: Figure,
): readonly Part[] {
  if (server.networkMbps === undefined) return [];
  const traffic = derive(
    {
      id: 'server-traffic',
      what: 'traffic of a server at peak, the busier way',
      unit: 'Mbit/s',
      how: '(requests × (its bytes + handshake-bytes / requests-per-connection) + redirects × memory-miss × statement-bytes) / servers-at-peak × 8 / 1,000,000',
    },
    {
      requests: load.requests,
      redirects: load.redirects,
      memoryMiss,
      bytes: row(plan.cdn ? 'bytes-with-cdn' : 'bytes'),
      handshake: row('handshake-bytes'),
      each: row('requests-per-connection'),
      statement: row('statement-bytes'),
      servers,
    },
    (of) =>
      ((of.requests * (of.bytes + of.handshake / of.each) + of.redirects * of.memoryMiss * of.statement) /
        of.servers) *
      8e-6,
  );
  return [
    {
      id: 'network',
      what: 'servers’ network',
      utilisation: share(
        'network-busy',
        'how full the servers’ network is at peak',
        'server-traffic / the network’s baseline',
        traffic,
        given(
          'network-baseline',
          `what the network of a ${server.type} carries for long`,
          'Mbit/s',
          server.networkMbps,
          server.source,
          server.date,
        ),
      ),
      bound: row('limit-bound'),
    },
  ];
}

/** What the databases' disks bear, and hold. */
function diskParts(
  plan: ScalingPlan,
  load: Load,
  site: {
    readonly database: Machine;
    readonly databaseMiss: Figure;
    readonly primaryReads: Figure;
    readonly stored: Figure;
  },
): readonly Part[] {
  const { database, stored } = site;
  const changed = derive(
    {
      id: 'pages-written',
      what: 'pages that the database writes a second at peak',
      unit: '1/s',
      how: 'links clicked in checkpoint-seconds, once each, and two for each link that is made',
    },
    {
      redirects: load.redirects,
      creates: load.creates,
      seconds: row('checkpoint-seconds'),
      links: load.links,
      peak: load.peak,
      levelling: row('queue-levelling'),
    },
    (of) => {
      const clicks = plan.clickQueue ? of.redirects * Math.min(1, of.levelling / of.peak) : of.redirects;
      return clicks * missShare(clicks, of.seconds, of.links) + 2 * of.creates;
    },
  );
  const reads = derive(
    {
      id: 'pages-read',
      what: 'pages that a database reads from its disk a second at peak',
      unit: '1/s',
      how: 'its reads × the share of links beyond those whose pages fit into its memory (lib/capacity/skew.ts)',
    },
    {
      redirects: load.redirects,
      databaseMiss: site.databaseMiss,
      replicas: given(
        'readers',
        'databases that share the reads',
        'databases',
        plan.dataCenters ? 1 : Math.max(1, plan.replicas),
      ),
      memory: given(
        'database-memory',
        `memory of a ${database.type}`,
        'GiB',
        database.memoryGiB,
        database.source,
        database.date,
      ),
      share: row('database-memory-share'),
      page: row('page-bytes'),
      links: load.links,
    },
    (of) =>
      ((of.redirects * of.databaseMiss) / of.replicas) *
      shareBeyond((of.memory * 2 ** 30 * of.share) / of.page, of.links),
  );
  const gib = plan.databaseOnServer ? plan.serverVolumeGiB : plan.databaseStorageGiB;
  const operations =
    !plan.databaseOnServer && gib >= row('gp3-striped-from').expected ? row('gp3-large') : row('gp3-small');
  const room = plan.databaseOnServer ? plan.serverVolumeGiB : plan.databaseMaxStorageGiB;
  return [
    {
      id: 'disk',
      what: 'databases’ disks',
      utilisation: share(
        'disk-busy',
        'how busy the databases’ disks are at peak',
        `(pages-written + pages-read) / ${operations.id}`,
        derive(
          {
            id: 'pages',
            what: 'pages written and read a second at peak',
            unit: '1/s',
            how: 'pages-written + pages-read',
          },
          { changed, reads },
          (of) => of.changed + of.reads,
        ),
        operations,
      ),
      bound: row('limit-bound'),
    },
    {
      id: 'storage',
      what: 'databases’ storage',
      utilisation: share(
        'storage-full',
        'how full the storage is when links are as old as they get',
        'stored / the storage’s most',
        stored,
        given('storage-room', 'storage that it may grow to', 'GB', room),
      ),
      bound: row('limit-bound'),
    },
  ];
}

function vcpusOf(id: string, { type, vcpus, source, date }: Machine): Figure {
  return given(`${id}-vcpus`, `processors of a ${type}`, 'vCPU', vcpus, source, date);
}

function connectionsPart(plan: ScalingPlan, server: Machine, database: Machine): Part {
  const used = derive(
    {
      id: 'connections',
      what: 'connections to a database, with as many servers as there may be',
      unit: 'connections',
      how: 'most-running × server-vcpus × connections-a-process, and the workers’',
    },
    {
      servers: given('most-running', 'most servers that may run', 'servers', plan.maxServers),
      vcpus: vcpusOf('server', server),
      each: row('connections-a-process'),
      workers: plan.clickQueue
        ? plan.queue === 'sqs'
          ? row('workers')
          : given('server-workers', 'workers, one a server', 'workers', plan.maxServers)
        : given('no-workers', 'connections of workers that are not there', 'connections', 0, 'the rung'),
    },
    (of) => of.servers * of.vcpus * of.each + of.workers,
  );
  const allowed = derive(
    {
      id: 'connections-allowed',
      what: `connections that a ${database.type} allows`,
      unit: 'connections',
      how: 'its memory / max-connections-bytes, max-connections at most',
    },
    {
      memory: given(
        'database-memory',
        `memory of a ${database.type}`,
        'GiB',
        database.memoryGiB,
        database.source,
        database.date,
      ),
      each: row('max-connections-bytes'),
      most: row('max-connections'),
    },
    (of) => Math.min(of.most, (of.memory * 2 ** 30) / of.each),
  );
  return {
    id: 'connections',
    what: 'databases’ connections',
    utilisation: share(
      'connections-used',
      'connections in use of those that are allowed',
      'connections / connections-allowed',
      used,
      allowed,
    ),
    bound: row('limit-bound'),
  };
}

function cacheRate(plan: ScalingPlan): Figure {
  const machine = known('cache', plan.cacheNodeType);
  return derive(
    {
      id: 'cache-rate',
      what: `commands a second of a ${machine.type}`,
      unit: '1/s',
      how: 'cache-operations × the family’s speed',
    },
    { operations: row('cache-operations'), speed: speedOf(machine) },
    (of) => of.operations * of.speed,
  );
}

function cacheParts(plan: ScalingPlan, load: Load, memoryMiss: Figure): readonly Part[] {
  const machine = known('cache', plan.cacheNodeType);
  const rate = cacheRate(plan);
  const commands = derive(
    {
      id: 'cache-commands',
      what: 'commands to the cache a second at peak',
      unit: '1/s',
      how: 'redirects × memory-miss, and two for each link that is made',
    },
    { redirects: load.redirects, memoryMiss, creates: load.creates },
    (of) => of.redirects * of.memoryMiss + 2 * of.creates,
  );
  const held = derive(
    {
      id: 'cache-held',
      what: 'memory that the cache’s entries take',
      unit: 'GiB',
      how: 'links followed in cache-seconds × cache-entry-bytes',
    },
    {
      redirects: load.redirects,
      seconds: row('cache-seconds'),
      links: load.links,
      bytes: row('cache-entry-bytes'),
    },
    (of) => (of.redirects * of.seconds * missShare(of.redirects, of.seconds, of.links) * of.bytes) / 2 ** 30,
  );
  const credits: readonly Part[] =
    machine.baseline === undefined
      ? []
      : [
          {
            id: 'cache-baseline',
            what: 'cache’s burst baseline',
            utilisation: share(
              'cache-baseline-used',
              'the cache’s processor time on average against what it may use for long',
              'cache-average / cache-lasting',
              derive(
                {
                  id: 'cache-average',
                  what: 'processors that the cache needs on average',
                  unit: 'vCPU',
                  how: 'cache-commands / peak / cache-rate',
                },
                { commands, peak: load.peak, rate },
                (of) => of.commands / of.peak / of.rate,
              ),
              given(
                'cache-lasting',
                `processors that a ${machine.type} may use for long`,
                'vCPU',
                machine.vcpus * machine.baseline,
                machine.source,
                machine.date,
              ),
            ),
            bound: row('baseline-bound'),
          },
        ];
  return [
    {
      id: 'cache',
      what: 'cache',
      utilisation: share(
        'cache-busy',
        'how busy the cache is at peak',
        'cache-commands / cache-rate',
        commands,
        rate,
      ),
      bound: row('processor-bound'),
    },
    {
      id: 'cache-memory',
      what: 'cache’s memory',
      utilisation: share(
        'cache-full',
        'how full the cache’s memory is',
        'cache-held / memory of the node',
        held,
        given(
          'cache-room',
          `memory of a ${machine.type}`,
          'GiB',
          machine.memoryGiB,
          machine.source,
          machine.date,
        ),
      ),
      bound: row('limit-bound'),
    },
    ...credits,
  ];
}

function cdnPart(load: Load): Part {
  return {
    id: 'cdn',
    what: 'CloudFront’s requests',
    utilisation: share(
      'cdn-busy',
      'requests at peak against what one distribution takes',
      'requests / cloudfront-rate',
      load.requests,
      row('cloudfront-rate'),
    ),
    bound: row('limit-bound'),
  };
}

/** At most, for a part of the time that a worker takes for a click it waits for the database. */
function workerTime(): Figure {
  return derive(
    {
      id: 'worker-time',
      what: 'processor time of a click in a worker on a server, at most',
      unit: 'µs',
      how: '1,000,000 / worker-drain',
    },
    { drain: row('worker-drain') },
    (of) => 1e6 / of.drain,
  );
}

interface Workers {
  /** How many there are: Lambda’s, or one a server. */
  readonly workers: Figure;
  /** Of one: its processors, and their speed. */
  readonly processor: Figure;
  readonly speed: Figure;
}

function workerPart(clicks: Figure, { workers, processor, speed }: Workers): Part {
  return {
    id: 'worker',
    what: 'click workers',
    utilisation: share(
      'worker-busy',
      'clicks written against what the workers drain',
      'clicks / drain',
      clicks,
      derive(
        {
          id: 'drain',
          what: 'clicks that the workers drain a second',
          unit: '1/s',
          how: 'workers × worker-drain × the share of a processor that each has × its speed / speed-epyc',
        },
        { workers, each: row('worker-drain'), share: processor, speed, measuredOn: row('speed-epyc') },
        (of) => (of.workers * of.each * of.share * of.speed) / of.measuredOn,
      ),
    ),
    bound: row('limit-bound'),
  };
}

function share(id: string, what: string, how: string, part: Figure, whole: Figure): Figure {
  return derive({ id, what, unit: 'share', how }, { part, whole }, (of) => of.part / of.whole);
}

function speedOf(machine: Machine): Figure {
  return row(`speed-${machine.family}`);
}

function known(kind: 'server' | 'database' | 'cache', type: string): Machine {
  const machine = machineOf(kind, type);
  if (machine === undefined) {
    throw new UnknownSize(
      `The planner knows no ${kind} of size ${type}: lib/capacity/data/machines.json lists those that it does.`,
    );
  }
  return machine;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
