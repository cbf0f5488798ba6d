/**
 * The answer: of all rungs that can be deployed the lowest that carries the load at peak and keeps availability, distance
 * and budget; what it costs, what saturates first, what the rungs beside it lack and add.
 */
import { BUILT_RUNGS, LADDER, rungsOf, type RungNumber, refusals } from '../scaling-plan';
import { availabilityOf, type Availability } from './availability';
import { type Bill, billOf } from './cost/bill';
import { type Habits, type Load, loadOf } from './load';
import type { Part } from './parts';
import { type Response, responseOf } from './response';
import { type Chosen, type Place, sized, sizedFor, type Sized } from './sizes';

/** Where it would be deployed. */
export interface Setting {
  /** Region of the first data center. */
  readonly region: string;
  /** Further ones, where a rung has several. @default - there is none, so no rung has several */
  readonly furtherRegions: readonly string[];
  /** Whether there is a domain with its hosted zone. */
  readonly hasDomain: boolean;
  /** What was set by hand, and so is not planned. */
  readonly chosen: Chosen;
  /** A stage that was set by hand. @default - the lowest that is enough */
  readonly stage: RungNumber | undefined;
  /** Rungs that are left out in any case. */
  readonly without: Place['without'];
  /** Rungs that there must be, for something of theirs was set. */
  readonly needs: Place['without'];
}

/** Something that a rung does not do, as a sentence. */
interface Lack {
  readonly kind: 'load' | 'availability' | 'distance' | 'budget';
  readonly sentence: string;
}

/** A rung, sized for the load, and judged. */
export interface Judged extends Sized {
  readonly load: Load;
  readonly regions: readonly [string, ...string[]];
  readonly bill: Bill;
  readonly atRest: Bill;
  readonly availability: Availability;
  readonly response: Response;
  readonly lacks: readonly Lack[];
}

/** What reaches its end first as users become more, with the sizes planned. */
export interface Saturation {
  readonly part: Part;
  /** Users of a day at which it can no more. */
  readonly users: number;
  /** Months until then, by the growth; undefined where it is not reached in a hundred years. */
  readonly months: number | undefined;
}

export interface Plan {
  readonly habits: Habits;
  readonly setting: Setting;
  readonly load: Load;
  /** The rung to take; the one that lacks least where none is enough. */
  readonly answer: Judged;
  /** Whether it does all that was asked for. */
  readonly isEnough: boolean;
  /** Every rung that could be deployed, lowest first. */
  readonly rungs: readonly Judged[];
  readonly saturation: Saturation;
  /** The rung below, and the one above; of what can be deployed. */
  readonly below: Judged | undefined;
  readonly above: Judged | undefined;
  /** Rungs that need a domain, which is not there. */
  readonly forDomain: readonly string[];
}

/** A rung as people call it: `8 without data-centers`. */
export function named({ stage, without }: Place): string {
  const rung = LADDER.find(({ number }) => number === stage);
  return [
    `${stage} ${rung?.name ?? ''}`,
    ...(without.length === 0 ? [] : [`without ${without.join(', ')}`]),
  ].join(' ');
}

export function plan(habits: Habits, setting: Setting): Plan {
  const load = loadOf(habits);
  const rungs = placesOf(setting).map((place) => judge(place, habits, load, setting));
  const { stage, without } = setting;
  const chosenOnly =
    stage === undefined ? rungs : rungs.filter(({ place }) => isPlace(place, { stage, without }));
  const enough = chosenOnly.find(({ lacks }) => lacks.length === 0);
  const answer = enough ?? leastLacking(chosenOnly);
  const position = rungs.indexOf(answer);
  return {
    habits,
    setting,
    load,
    answer,
    isEnough: enough !== undefined,
    rungs,
    saturation: saturationOf(answer, habits, load),
    below: rungs[position - 1],
    above: rungs[position + 1],
    forDomain: setting.hasDomain
      ? []
      : placesOf({ ...setting, hasDomain: true })
          .filter((place) => !rungs.some((rung) => named(rung.place) === named(place)))
          .map(named),
  };
}

/** Every rung with what it can do without, lowest first, as far as it can be deployed so. */
function placesOf(setting: Setting): readonly Place[] {
  const { region, furtherRegions, hasDomain, without, needs, stage, chosen } = setting;
  /** Without a domain CloudFront must be set up in the load balancer's region, and data centers have no names. */
  const impossible: Place['without'] = hasDomain
    ? furtherRegions.length === 0
      ? ['data-centers']
      : []
    : (['data-centers', ...(region === 'us-east-1' ? [] : (['cdn'] as const))] as const);
  const places = BUILT_RUNGS.flatMap(({ number }): readonly Place[] => [
    ...(number > DATA_CENTERS ? [{ stage: number, without: ['data-centers'] } as const] : []),
    { stage: number, without: [] },
  ]);
  const possible = places
    .map((place): Place => {
      const left = [...place.without, ...without, ...impossible].filter((name) => {
        const number = LADDER.find((rung) => rung.name === name)?.number ?? 0;
        return number < place.stage;
      });
      return { stage: place.stage, without: [...new Set(left)] };
    })
    .filter(
      (place) =>
        refusals(place.stage, place.without).length === 0 &&
        !impossible.some((name) => rungsOf(place).includes(name)) &&
        !(passesClicksOn(place) && (chosen.queue ?? 'sqs') !== 'sqs') &&
        needs.every((name) => rungsOf(place).includes(name)),
    );
  const different = possible.filter(
    (place, index) => possible.findIndex((other) => named(other) === named(place)) === index,
  );
  // What costs a second region comes last: first what does without.
  const inOrder = [
    ...different.filter((place) => !rungsOf(place).includes('data-centers')),
    ...different.filter((place) => rungsOf(place).includes('data-centers')),
  ];
  return stage === undefined || inOrder.some((place) => isPlace(place, { stage, without }))
    ? inOrder
    : [...inOrder, { stage, without }];
}

/** From data center to data center, which SQS alone can. */
function passesClicksOn(place: Place): boolean {
  const rungs = rungsOf(place);
  return rungs.includes('data-centers') && rungs.includes('message-queue');
}

function isPlace(place: Place, other: Place): boolean {
  return place.stage === other.stage && [...place.without].sort().join() === [...other.without].sort().join();
}

const DATA_CENTERS = 7;

/** A rung under a load, whatever it is asked for. */
export function judge(place: Place, habits: Habits, load: Load, setting: Setting): Judged {
  const result = sizedFor(place, load, setting.chosen);
  const { plan: made, site } = result;
  const regions: readonly [string, ...string[]] = made.dataCenters
    ? [setting.region, ...setting.furtherRegions]
    : [setting.region];
  const deployment = { plan: made, regions, hasDomain: setting.hasDomain };
  const judged = {
    ...result,
    load,
    regions,
    bill: billOf(deployment, load),
    atRest: billOf(deployment, loadOf({ ...habits, users: 0 })),
    availability: availabilityOf(made, load),
    response: responseOf(made, load, site),
  };
  return { ...judged, lacks: lacksOf(judged, habits) };
}

function lacksOf(judged: Omit<Judged, 'lacks'>, habits: Habits): readonly Lack[] {
  const { over, availability, load, response, bill } = judged;
  const [who, waits] =
    load.far.expected > 0 && response.far.expected > response.near.expected
      ? ['far users wait', response.far.expected]
      : ['users wait', response.near.expected];
  return [
    ...over.map(({ what, utilisation, bound }): Lack => ({
      kind: 'load',
      sentence: `${what} would be at ${percent(utilisation.expected)} at peak, where ${percent(bound.expected)} is the most`,
    })),
    ...(availability.all.expected < load.availability.expected
      ? [
          {
            kind: 'availability',
            sentence: `it answers ${percent(availability.all.expected, 3)} of requests, where ${percent(load.availability.expected, 3)} is asked for`,
          } as const,
        ]
      : []),
    ...(waits > load.latency.expected
      ? [
          {
            kind: 'distance',
            sentence: `${who} ${String(Math.round(waits))} ms, where ${String(load.latency.expected)} ms is the most`,
          } as const,
        ]
      : []),
    ...(habits.budget !== undefined && bill.known && bill.total.expected > habits.budget
      ? [
          {
            kind: 'budget',
            sentence: `it costs $${String(Math.round(bill.total.expected))} a month, where $${String(habits.budget)} is the most`,
          } as const,
        ]
      : []),
  ];
}

function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** What was set leaves no rung to choose from. */
export class NoRung extends Error {
  override readonly name = 'NoRung';
}

/** What a lack weighs: a rung that does not carry the load is no answer at all, one that costs too much may be one. */
const WEIGHTS: Readonly<Record<Lack['kind'], number>> = {
  load: 1000,
  availability: 100,
  distance: 50,
  budget: 10,
};

/** The one that lacks least; of those that lack the same the lowest. */
function leastLacking(rungs: readonly Judged[]): Judged {
  const [first, ...others] = rungs;
  if (first === undefined) throw new NoRung('No rung can be deployed with these settings.');
  const score = ({ lacks, over }: Judged): number =>
    lacks.reduce((total, { kind }) => total + WEIGHTS[kind], 0) +
    over.reduce((total, { utilisation, bound }) => total + utilisation.expected / bound.expected, 0);
  return others.reduce((best, next) => (score(next) < score(best) - 1e-9 ? next : best), first);
}

/** The part that reaches its end first. */
export function saturationOf(judged: Sized, habits: Habits, load: Load): Saturation {
  const at = (users: number): Part =>
    busiest(sized(judged.place, judged.sizes, loadOf({ ...habits, users })).site.parts);
  let [low, high] = [habits.users, habits.users];
  while (at(high).utilisation.expected < 1 && high < FAR_AWAY) [low, high] = [high, high * 2];
  while (at(low).utilisation.expected > 1 && low > 1) [low, high] = [low / 2, low];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    [low, high] = at(middle).utilisation.expected < 1 ? [middle, high] : [low, middle];
  }
  const users = Math.floor(low);
  const growth = load.growth.expected;
  const months = users <= habits.users ? 0 : Math.log(users / habits.users) / Math.log(1 + growth);
  return { part: at(high), users, months: growth > 0 && months <= 1200 ? months : undefined };
}

const FAR_AWAY = 1e12;

function busiest(parts: readonly Part[]): Part {
  return parts.reduce((most, next) => (next.utilisation.expected > most.utilisation.expected ? next : most));
}

/** The most users of a day that a rung carries with any sizes, within its bounds. */
export function mostUsersOf(place: Place, habits: Omit<Habits, 'users'> = {}, chosen: Chosen = {}): number {
  const carries = (users: number): boolean =>
    sizedFor(place, loadOf({ ...habits, users }), chosen).over.length === 0;
  let [low, high] = [1, 2];
  while (carries(high) && high < FAR_AWAY) [low, high] = [high, high * 4];
  for (let step = 0; step < 20; step += 1) {
    const middle = Math.sqrt(low * high);
    [low, high] = carries(middle) ? [middle, high] : [low, middle];
  }
  return Math.floor(low);
}
