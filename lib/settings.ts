import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { OWN_APPLICATION, partNames, type Parts } from '../contract/guard';
import { nearest } from '../contract/nearest';
import { isUntrusted, REGIONS, type Region } from './regions';
import {
  LADDER,
  PRICE_CLASSES,
  planFor,
  type PlanRequest,
  type PriceClass,
  type RungName,
  type RungNumber,
  refusals,
  rungsOf,
} from './scaling-plan';

/** What a user may set, all of it validated; `PlanRequest` holds the part that the scaling plan is made from. */
export interface Settings extends PlanRequest {
  /** What the stacks' names begin with. */
  readonly name: string;
  /** Where the data centers stand; the first is the primary one. */
  readonly regions: readonly [Region, ...Region[]];
  /** The two zones of each region in which everything stands, for life; a region without any takes its first two. */
  readonly zones: readonly string[];
  /** `true`: `cdk destroy` leaves nothing behind. `false`: whatever holds data is protected and retained. */
  readonly sandbox: boolean;
  /** The domain and its hosted zone; both or none. */
  readonly domain: Domain | undefined;
  /** The AWS account, 12 digits; without it the CLI's own. */
  readonly account: string | undefined;
  /** Absolute path of a team's own server entry, deployed in place of ours. */
  readonly appEntry: string | undefined;
  /** Who is mailed when an alarm goes off. */
  readonly alarmEmail: string | undefined;
  /** What a deployment may take away: rungs, regions, a domain, `application`, by name. */
  readonly allowRemoval: readonly string[];
}

export interface Domain {
  /** Where users reach the application, such as `links.example.com`. */
  readonly name: string;
  /** The Route 53 hosted zone that the name is in. */
  readonly hostedZoneId: string;
}

/** Something that stands in the way of a deployment, in plain words. */
export interface Problem {
  /** The context key that it is about. */
  readonly setting: string;
  /** What is wrong, as a sentence. */
  readonly what: string;
  /** What would be right, as a sentence. */
  readonly expected: string;
  /** What to do about it, as a sentence. */
  readonly remedy: string;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Every context key that a user may set, with what it takes: the source of the sentences in `Problem`. */
export const SETTINGS = {
  stage: 'a number from 1 to 9 or a name such as "load-balancer"',
  without: 'names of rungs to leave out, separated by commas',
  regions: 'an AWS region such as "us-east-1", from stage 7 on several separated by commas',
  zones:
    'two zones of a region such as "us-east-1b,us-east-1c", or two of each of several regions; another choice later would replace subnets, so it is for life',
  name: 'up to 30 lower-case letters, digits and hyphens, beginning with a letter',
  domainName: 'a domain name in lower case such as "links.example.com", 64 characters at most',
  hostedZoneId: 'the id of a Route 53 hosted zone such as "Z0123456789ABCDEFGHIJ"',
  sandbox: 'true or false',
  users: 'a whole number of users',
  account: 'an AWS account number of 12 digits, in quotes in cdk.json',
  appEntry: 'the path of an existing TypeScript or JavaScript file',
  alarmEmail: 'an e-mail address',
  serverInstanceType: 'an EC2 instance type with a Graviton (arm64) processor, such as "t4g.small"',
  serverVolumeGiB: 'a whole number of GiB from 1 to 16384',
  minServers: 'a whole number from 1 to 1000',
  maxServers: 'a whole number from 1 to 1000',
  natGateways: '1 or 2',
  databaseInstanceType: 'an RDS instance type such as "t4g.micro"',
  databaseStorageGiB: 'a whole number of GiB from 20 to 59578, so that a tenth more is within RDS’s 65536',
  databaseMaxStorageGiB: 'a whole number of GiB from 22 to 65536',
  replicas: 'a whole number from 0 to 15',
  cacheNodeType: 'an ElastiCache node type such as "t4g.micro"',
  priceClass: '100, 200 or all',
  originSecret: 'a whole number from 1 to 999',
  automaticPromotion: 'true or false',
  allowRemoval:
    'what a deployment may take away, separated by commas: names of rungs, regions, a domain name, "application"',
} as const;

type SettingKey = keyof typeof SETTINGS;

/** Context keys without `:` or `/` that the CDK's own tools write. */
const CDK_KEYS = ['cli-telemetry', 'acknowledged-issue-numbers', 'notices', 'availability-zones', 'tree'];

/** The rung that a setting belongs to, as its number: it means something from there on. */
const FIRST_RUNG = [
  ['serverVolumeGiB', 1],
  ['databaseInstanceType', 2],
  ['databaseStorageGiB', 2],
  ['databaseMaxStorageGiB', 2],
  ['minServers', 3],
  ['maxServers', 3],
  ['natGateways', 3],
  ['replicas', 4],
  ['cacheNodeType', 5],
  ['priceClass', 6],
  ['originSecret', 6],
  ['automaticPromotion', 7],
] as const satisfies readonly (readonly [SettingKey, RungNumber])[];

/** What a value was read as, or that it cannot be read; with a near valid value, if there is one. */
type Reading<T> = { readonly value: T } | Unreadable;
interface Unreadable {
  readonly suggestion: string | undefined;
  /** Why it cannot be used, as a sentence, where what it takes does not say so. */
  readonly why?: string;
}
type Reader<T> = (raw: unknown) => Reading<T>;

/**
 * Reads the CDK's context, where values are strings (`-c`) or typed (cdk.json). Never throws: everything that is
 * wrong is listed, all of it at once. `folder` is what `appEntry` is relative to.
 */
export function readSettings(
  context: Readonly<Record<string, unknown>>,
  folder: string = process.cwd(),
): SettingsResult {
  const problems: Problem[] = unknownKeys(context);
  const take = <T>(key: SettingKey, reader: Reader<T>): T | undefined => {
    const raw = context[key];
    if (isAbsent(raw)) {
      return undefined;
    }
    const reading = reader(typeof raw === 'string' ? raw.trim() : raw);
    if ('value' in reading) {
      return reading.value;
    }
    problems.push(unreadable(key, raw, reading));
    return undefined;
  };

  const stage = take('stage', readStage);
  const domainName = take('domainName', matching(DOMAIN_NAME));
  const hostedZoneId = take('hostedZoneId', matching(/^Z[A-Z0-9]{7,31}$/));
  const read = {
    without: take('without', listOf(readRungName)) ?? [],
    regions: take('regions', listOf(readRegion)) ?? [],
    zones: take('zones', listOf(matching(ZONE))) ?? [],
    name: take('name', matching(/^[a-z][a-z0-9-]{0,28}[a-z0-9]$|^[a-z]$/)) ?? 'zero-to-million',
    sandbox: take('sandbox', readBoolean) ?? false,
    account: take('account', matching(/^\d{12}$/)),
    appEntry: take('appEntry', existingFile(folder)),
    alarmEmail: take('alarmEmail', matching(/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/)),
    serverInstanceType: take('serverInstanceType', readServerType),
    serverVolumeGiB: take('serverVolumeGiB', wholeNumber(1, 16_384)),
    minServers: take('minServers', wholeNumber(1, 1000)),
    maxServers: take('maxServers', wholeNumber(1, 1000)),
    natGateways: take('natGateways', wholeNumber(1, 2)),
    databaseInstanceType: take('databaseInstanceType', readDatabaseType),
    databaseStorageGiB: take('databaseStorageGiB', wholeNumber(20, 59_578)),
    databaseMaxStorageGiB: take('databaseMaxStorageGiB', wholeNumber(22, 65_536)),
    replicas: take('replicas', wholeNumber(0, 15)),
    cacheNodeType: take('cacheNodeType', readNodeType),
    priceClass: take('priceClass', readPriceClass),
    originSecret: take('originSecret', wholeNumber(1, 999)),
    automaticPromotion: take('automaticPromotion', readBoolean),
    allowRemoval: take('allowRemoval', listOf(readPart)) ?? [],
  };
  const users = take('users', wholeNumber(1, Number.MAX_SAFE_INTEGER));
  const [primary, ...further] = read.regions;
  const settings: Settings = {
    ...read,
    stage: stage ?? 1,
    regions: primary === undefined ? defaultRegions(stage ?? 1, read.without) : [primary, ...further],
    domain: domainName && hostedZoneId ? { name: domainName, hostedZoneId } : undefined,
  };
  // What only makes sense together is judged on what could be read; a stage that could not be is judged no further.
  const isKnown = (key: SettingKey): boolean => !problems.some(({ setting }) => setting === key);
  const stageIsKnown = isKnown('stage');
  problems.push(
    ...bothOrNone(context, 'domainName', 'hostedZoneId'),
    ...(isKnown('regions') ? wrongZones(settings) : []),
    ...(users === undefined ? [] : [plannerMissing(users)]),
    ...(stageIsKnown ? [...sizes(settings), ...onTheLadder(settings)] : []),
  );
  return problems.length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** The problem as one plain line. */
export function sentence(problem: Problem): string {
  return `${problem.setting}: ${problem.what} ${problem.expected} ${problem.remedy}`;
}

function unknownKeys(context: Readonly<Record<string, unknown>>): Problem[] {
  const known = Object.keys(SETTINGS);
  return Object.keys(context)
    .filter((key) => !/[:/]/.test(key) && !known.includes(key) && !CDK_KEYS.includes(key))
    .map((key) => {
      const near = nearest(key, known);
      return {
        setting: key,
        what: `There is no such setting.`,
        expected: `The settings are ${known.join(', ')}.`,
        remedy: near === undefined ? 'Remove it.' : `Did you mean "${near}"?`,
      };
    });
}

function unreadable(key: SettingKey, raw: unknown, { suggestion, why }: Unreadable): Problem {
  return {
    setting: key,
    what: [`${shown(raw)} cannot be used.`, ...(why === undefined ? [] : [why])].join(' '),
    expected: `It takes ${SETTINGS[key]}.`,
    remedy:
      suggestion === undefined
        ? `Set it so in cdk.json or with -c ${key}=…, or remove it.`
        : `Did you mean "${suggestion}"?`,
  };
}

/** `null` in cdk.json says that there is none. */
function isAbsent(raw: unknown): boolean {
  return raw === undefined || raw === null;
}

function bothOrNone(
  context: Readonly<Record<string, unknown>>,
  first: SettingKey,
  second: SettingKey,
): readonly Problem[] {
  const missing = [first, second].filter((key) => isAbsent(context[key]));
  return missing.length === 1
    ? missing.map((key) => ({
        setting: key,
        what: `It is missing, while ${key === first ? second : first} is set.`,
        expected: `HTTPS needs both ${first} and ${second}.`,
        remedy: `Set ${key} too, or remove the other to serve plain HTTP.`,
      }))
    : [];
}

/** Sizes that are fine one by one and not together, each as it was set or is without being set. */
function sizes(settings: Settings): readonly Problem[] {
  const plan = planFor(settings);
  return [
    ...ordered(settings, 'minServers', plan.minServers, 'maxServers', plan.maxServers),
    ...ordered(
      settings,
      'databaseStorageGiB',
      // RDS refuses a ceiling less than a tenth above the storage; 100 * 1.1 is more than 110.
      Math.ceil((plan.databaseStorageGiB * 11) / 10),
      'databaseMaxStorageGiB',
      plan.databaseMaxStorageGiB,
    ),
  ];
}

type SizeKey = 'minServers' | 'maxServers' | 'databaseStorageGiB' | 'databaseMaxStorageGiB';

function ordered(
  settings: Settings,
  lowKey: SizeKey,
  low: number,
  highKey: SizeKey,
  high: number,
): readonly Problem[] {
  const beside = settings[lowKey] === undefined ? `${lowKey}, which is not set` : lowKey;
  return low > high
    ? [
        {
          setting: highKey,
          what: `${high} is too low beside ${beside}.`,
          expected: `It takes ${low} at least.`,
          remedy: `Raise ${highKey} or lower ${lowKey}.`,
        },
      ]
    : [];
}

/** Each zone is in a region of the deployment, and each region has two of them or none. */
function wrongZones({ zones, regions }: Settings): readonly Problem[] {
  const homeless = zones.filter((zone) => !regions.some((region) => isZoneOf(region, zone)));
  const uneven = regions.filter((region) => ![0, 2].includes(zonesIn(region, zones).length));
  const [region] = regions;
  const remedy = `Set zones so, for example to "${region}b,${region}c", or remove it to take the first two of each region.`;
  return [
    ...homeless.map((zone) => ({
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

/** A zone's name is its region's and a letter; local zones, which have neither databases nor NAT gateways, are named otherwise. */
const ZONE = /^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/;

function isZoneOf(region: Region, zone: string): boolean {
  return zone.slice(0, -1) === region;
}

/** The zones of a region among those of a deployment, in their order. */
export function zonesIn(region: Region, zones: readonly string[]): readonly string[] {
  return zones.filter((zone) => isZoneOf(region, zone));
}

function plannerMissing(users: number): Problem {
  return {
    setting: 'users',
    what: `This version cannot plan for ${users} users: the planner is not built yet.`,
    expected: 'For now the stage and the sizes are set by hand.',
    remedy: 'Remove users and set stage.',
  };
}

function onTheLadder(settings: Settings): readonly Problem[] {
  const ladder = refusals(settings.stage, settings.without).map((what) => ({
    setting: 'stage',
    what,
    expected: 'A stage takes every rung below it, and leaves out only what nothing above needs.',
    remedy: 'Choose another stage, or change without.',
  }));
  const early = FIRST_RUNG.filter(
    ([key, first]) => settings[key] !== undefined && settings.stage < first,
  ).map(([key, first]) => ({
    setting: key,
    what: `Stage ${settings.stage} has nothing that it is about.`,
    expected: `It takes effect from stage ${first} on.`,
    remedy: `Remove ${key}, or climb to stage ${first}.`,
  }));
  const leftOut = FIRST_RUNG.flatMap(([key, first]) =>
    settings.without
      .filter((name) => settings[key] !== undefined && LADDER[first - 1]?.name === name)
      .map((name) => ({
        setting: key,
        what: `What it is about is left out by without=${name}.`,
        expected: 'It takes effect only where that exists.',
        remedy: `Remove ${key}, or ${name} from without.`,
      })),
  );
  return [
    ...ladder,
    ...early,
    ...leftOut,
    ...wrongRegions(settings),
    ...namelessOrigin(settings),
    ...keptAllTheSame(settings),
  ];
}

/** What a deployment consists of, by the settings. */
export function partsOf(settings: Settings): Parts {
  return {
    rungs: rungsOf(settings),
    regions: settings.regions,
    domain: settings.domain?.name,
    ownApplication: settings.appEntry !== undefined,
  };
}

/** A permission that was left behind would let the next mistake pass. */
function keptAllTheSame(settings: Settings): readonly Problem[] {
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

function defaultRegions(stage: RungNumber, without: readonly RungName[]): readonly [Region, ...Region[]] {
  return hasDataCenters({ stage, without }) ? ['us-east-1', 'eu-west-1'] : ['us-east-1'];
}

function hasDataCenters({ stage, without }: Pick<Settings, 'stage' | 'without'>): boolean {
  return rungsOf({ stage, without }).includes('data-centers');
}

/** From rung 7 on several, with a domain to tell them apart by; below it, and without it, one. */
function wrongRegions({ stage, without, regions, domain }: Settings): readonly Problem[] {
  if (!hasDataCenters({ stage, without })) {
    return regions.length === 1
      ? []
      : [
          {
            setting: 'regions',
            what: `Stage ${stage} has one data center here, but ${regions.length} regions are set.`,
            expected: 'Several regions take effect from stage 7 on, where data-centers is not left out.',
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

/** As many databases as replicate well from one, and as many health checks as see each other’s marks. */
const MAX_REGIONS = 5;

/** Without a domain the edge must find the load balancer by reference, and so stand in its region. */
function namelessOrigin({ stage, without, domain, regions }: Settings): readonly Problem[] {
  const far = regions[0] !== 'us-east-1';
  return rungsOf({ stage, without }).includes('cdn') &&
    !hasDataCenters({ stage, without }) &&
    domain === undefined &&
    far
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

/** Lower case, for that is how certificates and records name it; 64 characters is the longest that ACM takes. */
const DOMAIN_NAME = /^(?=.{4,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

function readStage(raw: unknown): Reading<RungNumber> {
  const reading = readRung(raw);
  return 'value' in reading ? { value: reading.value.number } : reading;
}

function readRungName(raw: unknown): Reading<RungName> {
  const reading = readRung(raw);
  return 'value' in reading ? { value: reading.value.name } : reading;
}

/** A rung by its name or its number. */
function readRung(raw: unknown): Reading<(typeof LADDER)[number]> {
  const rung = LADDER.find(({ number, name }) => raw === name || raw === number || raw === String(number));
  return rung === undefined ? { suggestion: near(raw, RUNG_NAMES) } : { value: rung };
}

const RUNG_NAMES = LADDER.map(({ name }) => name);

/** What `allowRemoval` names. */
function readPart(raw: unknown): Reading<string> {
  const names = [...RUNG_NAMES, ...REGIONS, OWN_APPLICATION];
  return typeof raw === 'string' && (names.includes(raw) || DOMAIN_NAME.test(raw))
    ? { value: raw }
    : { suggestion: near(raw, names) };
}

function readRegion(raw: unknown): Reading<Region> {
  const region = REGIONS.find((candidate) => candidate === raw);
  if (region !== undefined) {
    return { value: region };
  }
  return isUntrusted(raw)
    ? {
        suggestion: undefined,
        why: 'The certificate authority of its databases is in no package that a server’s bundle could take it from, so servers would refuse them.',
      }
    : { suggestion: near(raw, REGIONS) };
}

function readBoolean(raw: unknown): Reading<boolean> {
  const value = [true, false].find((candidate) => raw === candidate || raw === String(candidate));
  return value === undefined ? { suggestion: near(raw, ['true', 'false']) } : { value };
}

function wholeNumber(from: number, to: number): Reader<number> {
  return (raw) => {
    const value = typeof raw === 'string' && /^\d{1,16}$/.test(raw) ? Number(raw) : raw;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to
      ? { value }
      : UNLIKE_ANY;
  };
}

function matching(pattern: RegExp): Reader<string> {
  return (raw) => {
    if (typeof raw !== 'string') {
      return UNLIKE_ANY;
    }
    if (pattern.test(raw)) {
      return { value: raw };
    }
    const lowered = raw.toLowerCase();
    return { suggestion: pattern.test(lowered) ? lowered : undefined };
  };
}

/** There is no valid value that it might have meant. */
const UNLIKE_ANY: Unreadable = { suggestion: undefined };

/** `a,b` or `["a", "b"]`; an empty list is a list. */
function listOf<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (raw) => {
    const items: readonly unknown[] = Array.isArray(raw)
      ? raw
      : typeof raw === 'string'
        ? raw
            .split(',')
            .map((item) => item.trim())
            .filter((item) => item !== '')
        : [raw];
    const values: T[] = [];
    for (const item of items) {
      const reading = reader(item);
      if (!('value' in reading)) {
        return reading;
      }
      values.push(reading.value);
    }
    return { value: [...new Set(values)] };
  };
}

function existingFile(folder: string): Reader<string> {
  return (raw) => {
    if (typeof raw !== 'string' || !/\.[cm]?[jt]sx?$/.test(raw)) {
      return UNLIKE_ANY;
    }
    const path = resolve(folder, raw);
    return existsSync(path) && statSync(path).isFile() ? { value: path } : UNLIKE_ANY;
  };
}

/** Family and size; the letters after the family's generation say the processor: `g` is Graviton. */
const INSTANCE_TYPE =
  /^(?:db\.)?([a-z]+)(\d+)([a-z-]*)\.(?:nano|micro|small|medium|(?:\d+)?x?large|metal(?:-\d+xl)?)$/;

function readServerType(raw: unknown): Reading<string> {
  if (typeof raw !== 'string') {
    return UNLIKE_ANY;
  }
  const [, family, , letters] = INSTANCE_TYPE.exec(raw) ?? [];
  if (letters?.includes('g') === true && !raw.startsWith('db.')) {
    return { value: raw };
  }
  return family === 't' ? { suggestion: raw.replace(/^(?:db\.)?t\d+[a-z]*/, 't4g') } : UNLIKE_ANY;
}

function readDatabaseType(raw: unknown): Reading<string> {
  return typeof raw === 'string' && INSTANCE_TYPE.test(raw)
    ? { value: raw.replace(/^db\./, '') }
    : UNLIKE_ANY;
}

function readNodeType(raw: unknown): Reading<string> {
  if (typeof raw !== 'string') {
    return UNLIKE_ANY;
  }
  const type = raw.replace(/^cache\./, '');
  return INSTANCE_TYPE.test(type) && !type.startsWith('db.') ? { value: type } : UNLIKE_ANY;
}

function readPriceClass(raw: unknown): Reading<PriceClass> {
  const text = typeof raw === 'number' ? String(raw) : raw;
  const value = PRICE_CLASSES.find((candidate) => text === candidate);
  return value === undefined ? { suggestion: near(raw, PRICE_CLASSES) } : { value };
}

function near(raw: unknown, candidates: readonly string[]): string | undefined {
  return typeof raw === 'string' ? nearest(raw, candidates) : undefined;
}

/** The value as the user wrote it, at a readable length. */
function shown(raw: unknown): string {
  const text = typeof raw === 'string' ? `"${raw}"` : inspect(raw, { depth: 1, breakLength: Infinity });
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
