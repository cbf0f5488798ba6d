/** Settings that are fine one by one and not together. */
import { partNames } from '../../contract/guard';
import { isZoneOf, zonesIn } from '../regions';
import { LADDER, refusals, type RungName, rungsOf } from '../scaling-plan';
import { type Given, partsOf, queuesOf, ROWS, type SettingKey, type Settings } from '../settings';
import type { Problem } from './problem';

/** Settings as they were read. */
interface Reading {
  readonly settings: Settings;
  /** What was set and could be read. */
  readonly given: Given;
  /** Whether it was set, readable or not. */
  readonly isSet: (key: SettingKey) => boolean;
  /** Whether its value is what was meant: read, or by default. */
  readonly isRead: (key: SettingKey) => boolean;
}

interface Rule {
  /** Without which it cannot be judged. @default - what says which rungs there are */
  readonly needs?: readonly SettingKey[];
  readonly problems: (reading: Reading) => readonly Problem[];
}

const RULES: readonly Rule[] = [
  // Stryker disable next-line ArrayDeclaration: what is no setting was read.
  { needs: [], problems: halfADomain },
  { needs: ['stage', 'without', 'regions'], problems: wrongZones },
  { needs: ['stage'], problems: tooLowMaximum },
  { needs: ['stage'], problems: offTheLadder },
  { needs: ['stage'], problems: withoutTheirRung },
  { needs: ['stage', 'without', 'queue', 'drainQueues'], problems: withoutTheirQueue },
  { needs: ['queue'], problems: drainedInUse },
  { problems: roundTheRing },
  { problems: wrongRegions },
  { problems: namelessOrigin },
  { problems: keptAllTheSame },
];

/** What is wrong with them together, judged on what could be read. */
export function problemsTogether(reading: Reading): readonly Problem[] {
  return RULES.filter(({ needs = ['stage', 'without'] }) => needs.every(reading.isRead)).flatMap(
    ({ problems }) => problems(reading),
  );
}

function halfADomain({ isSet }: Reading): readonly Problem[] {
  const keys = ['domainName', 'hostedZoneId'] as const;
  const [first, second] = keys;
  const missing = keys.filter((key) => !isSet(key));
  return missing.length !== 1
    ? []
    : missing.map((key) => ({
        setting: key,
        what: `It is missing, while ${key === first ? second : first} is set.`,
        expected: `HTTPS needs both ${first} and ${second}.`,
        remedy: `Set ${key} too, or remove the other to serve plain HTTP.`,
      }));
}

/** Each zone is in a region of the deployment, and each region has two of them or none. */
function wrongZones({ settings: { zones, regions } }: Reading): readonly Problem[] {
  const outside = zones.filter((zone) => !regions.some((region) => isZoneOf(region, zone)));
  const uneven = regions.filter((region) => ![0, 2].includes(zonesIn(region, zones).length));
  const [region] = regions;
  const remedy = `Set zones so, for example to "${region}b,${region}c", or remove it to take the first two of each region.`;
  return [
    ...outside.map((zone) => ({
      setting: 'zones',
      what: `"${zone}" is in no region of this deployment.`,
      expected: `It takes zones of ${regions.join(' and ')}.`,
      remedy,
    })),
    ...uneven.map((place) => ({
      setting: 'zones',
      what: `${place} has ${zonesIn(place, zones).length} here.`,
      expected: 'Each region takes two different zones, or none.',
      remedy,
    })),
  ];
}

/** Each as it was set, or as it is without being set. */
function tooLowMaximum({ settings, given }: Reading): readonly Problem[] {
  const limits = [
    { low: 'minServers', least: settings.minServers, high: 'maxServers' },
    {
      low: 'databaseStorageGiB',
      // RDS refuses a ceiling less than a tenth above the storage; 100 * 1.1 is more than 110.
      least: Math.ceil((settings.databaseStorageGiB * 11) / 10),
      high: 'databaseMaxStorageGiB',
    },
  ] as const;
  return limits
    .filter(({ least, high }) => settings[high] < least)
    .map(({ low, least, high }) => ({
      setting: high,
      what: `${settings[high]} is too low beside ${given[low] === undefined ? `${low}, which is not set` : low}.`,
      expected: `It takes ${least} at least.`,
      remedy: `Raise ${high} or lower ${low}.`,
    }));
}

function offTheLadder({ settings: { stage, without } }: Reading): readonly Problem[] {
  return refusals(stage, without).map((what) => ({
    setting: 'stage',
    what,
    expected: 'A stage takes every rung below it, and leaves out only what nothing above needs.',
    remedy: 'Choose another stage, or change without.',
  }));
}

/** What is set for a rung that is not there: above the stage, or left out. */
function withoutTheirRung({ settings: { stage, without }, given }: Reading): readonly Problem[] {
  const set = ROWS.filter(([key]) => given[key] !== undefined).map(([key, { rung }]) => ({ key, rung }));
  const early = set
    .map(({ key, rung }) => ({ key, number: numberOf(rung) }))
    .filter(({ number }) => stage < number)
    .map(({ key, number }) => ({
      setting: key,
      what: `Stage ${stage} has nothing that it is about.`,
      expected: `It takes effect from stage ${number} on.`,
      remedy: `Remove ${key}, or climb to stage ${number}.`,
    }));
  const leftOut = set
    .filter(({ rung }) => without.some((name) => name === rung))
    .map(({ key, rung }) => ({
      setting: key,
      what: `What it is about is left out by without=${rung}.`,
      expected: 'It takes effect only where that exists.',
      remedy: `Remove ${key}, or ${rung} from without.`,
    }));
  return [...early, ...leftOut];
}

/** What is set for a kind of queue that is not there, where there are queues. */
function withoutTheirQueue({ settings, given }: Reading): readonly Problem[] {
  const kinds = queuesOf(settings);
  return ROWS.flatMap(([key, { queue }]) =>
    kinds.length === 0 || given[key] === undefined || queue === undefined || kinds.includes(queue)
      ? []
      : [
          {
            setting: key,
            what: `No queue here is of the kind that it is about, ${queue}.`,
            expected: `It takes effect where queue or drainQueues names ${queue}.`,
            remedy: `Remove ${key}, or set queue to ${queue}.`,
          },
        ],
  );
}

/** What is drained gets no more clicks. */
function drainedInUse({ settings: { queue, drainQueues } }: Reading): readonly Problem[] {
  return drainQueues.includes(queue)
    ? [
        {
          setting: 'drainQueues',
          what: `It names ${queue}, which is the kind that clicks go through${queue === 'sqs' ? ' unless queue is set' : ''}.`,
          expected: 'It names kinds that were used before, and are emptied.',
          remedy: `Remove ${queue} from drainQueues, or set queue to the kind that is to take its place.`,
        },
      ]
    : [];
}

/** Data centers pass on to each other what they may not count, from queue to queue. */
function roundTheRing({ settings }: Reading): readonly Problem[] {
  const { queue, drainQueues } = settings;
  const others = [
    ...(queue === 'sqs' ? [] : [{ setting: 'queue', kind: queue }]),
    ...drainQueues.filter((kind) => kind !== 'sqs').map((kind) => ({ setting: 'drainQueues', kind })),
  ];
  return has(settings, 'data-centers') && has(settings, 'message-queue')
    ? others.map(({ setting, kind }) => ({
        setting,
        what: `"${kind}" cannot be used with several data centers: clicks that one of them may not count are sent on to the queue of the next, which SQS alone takes from another region.`,
        expected: 'With data-centers it takes sqs.',
        remedy: 'Leave the data centers out with without=data-centers, or leave the queue to sqs.',
      }))
    : [];
}

/** As many databases as replicate well from one, and as many health checks as see each other’s marks. */
const MAX_REGIONS = 5;

/** Several regions where there are data centers, with a domain to tell them apart by; one elsewhere. */
function wrongRegions({ settings }: Reading): readonly Problem[] {
  const { stage, regions, domain } = settings;
  if (!has(settings, 'data-centers')) {
    return regions.length === 1
      ? []
      : [
          {
            setting: 'regions',
            what: `Stage ${stage} has one data center here, but ${regions.length} regions are set.`,
            expected: `Several regions take effect from stage ${numberOf('data-centers')} on, where data-centers is not left out.`,
            remedy: `Leave only "${regions[0]}".`,
          },
        ];
  }
  const count =
    regions.length >= 2 && regions.length <= MAX_REGIONS
      ? []
      : [
          {
            setting: 'regions',
            what: `${regions.length} cannot be used.`,
            expected: `data-centers takes 2 to ${MAX_REGIONS} regions, the one where writes start first.`,
            remedy:
              'Set regions so, for example to "us-east-1,eu-west-1", or leave it out with without=data-centers.',
          },
        ];
  const nameless =
    domain === undefined
      ? [
          {
            setting: 'domainName',
            what: 'It is missing, and data-centers cannot do without it: requests find each region’s load balancer by a name of the domain.',
            expected: 'It takes domainName and hostedZoneId.',
            remedy: 'Set both, or leave out the rung with without=data-centers.',
          },
        ]
      : [];
  return [...count, ...nameless];
}

/** Without a domain the edge must find the load balancer by reference, and so stand in its region. */
function namelessOrigin({ settings }: Reading): readonly Problem[] {
  const { domain, regions } = settings;
  return has(settings, 'cdn') &&
    !has(settings, 'data-centers') &&
    domain === undefined &&
    regions[0] !== 'us-east-1'
    ? [
        {
          setting: 'regions',
          what: `Without a domain, cdn cannot stand before a data center in "${regions[0]}": CloudFront and its firewall are set up in us-east-1 and know another region’s load balancer only by name.`,
          expected: 'It takes domainName and hostedZoneId, or "us-east-1".',
          remedy: 'Set domainName and hostedZoneId, or regions to "us-east-1", or leave out cdn.',
        },
      ]
    : [];
}

/** A permission that was left behind would let the next mistake pass. */
function keptAllTheSame({ settings }: Reading): readonly Problem[] {
  const kept = partNames(partsOf(settings));
  return settings.allowRemoval
    .filter((name) => kept.includes(name))
    .map((name) => ({
      setting: 'allowRemoval',
      what: `"${name}" may go by it, but these settings have it.`,
      expected: 'It names only what a deployment takes away.',
      remedy: `Remove ${name} from allowRemoval, or from what is deployed.`,
    }));
}

function has(settings: Settings, name: RungName): boolean {
  return rungsOf(settings).includes(name);
}

/** Where a rung stands; what is about none has effect from the first one on. */
function numberOf(rung: RungName | undefined): number {
  return LADDER.find(({ name }) => name === rung)?.number ?? 1;
}
