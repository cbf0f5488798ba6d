/** What `-c users=N` makes of the settings that were not set: the same plan as `npm run plan`, with its habits as usual. */
import { type Place, planFor } from '../scaling-plan';
import type { GivenSizes } from '../settings';
import { withUsualSizes } from '../usual-sizes';
import type { Habits } from './load';
import { type Judged, plan, type Plan, type Setting } from './plan';
import type { Chosen } from './sizes';

/** The stage, what is left out of it, and sizes by the names of their settings, undefined where the default is enough. */
export type Planned = Place & GivenSizes;

/** What the settings become by a plan. */
export function plannedFor({ answer: { place, sizes } }: Pick<Plan, 'answer'>): Planned {
  return { ...place, ...sizes };
}

/** The plan of so many users, everything else as usual. */
export function planOf(users: number, setting: Setting): Plan {
  return plan({ users }, setting);
}

/** The settings that make a plan, as `-c` takes them: what is not named has its default. */
export function contextOf(made: Plan): Readonly<Record<string, string>> {
  const { answer, habits, setting } = made;
  const where: Record<string, string> =
    setting.region === 'us-east-1' && answer.regions.length < 3 && answer.regions[1] !== 'us-east-1'
      ? isUsualSecond(answer)
        ? {}
        : { regions: answer.regions.join(',') }
      : { regions: answer.regions.join(',') };
  if (
    setting.stage === undefined &&
    isUsual(habits) &&
    isSame(plannedFor(made), planOf(habits.users, setting))
  ) {
    return { ...where, users: String(habits.users), ...context(setting.chosen) };
  }
  const { stage, without } = answer.place;
  return {
    ...where,
    stage: String(stage),
    ...(without.length === 0 ? {} : { without: without.join(',') }),
    ...context(answer.sizes),
  };
}

/** Sizes that are there, as `-c` takes them. */
function context(sizes: Chosen): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(sizes).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** Whether the further regions are those that the settings take by themselves. */
function isUsualSecond({ regions: [, ...further] }: Judged): boolean {
  return further.length === 0 || further.join(',') === 'eu-west-1';
}

/** Whether nothing but users was said of the users; a budget changes which rung is taken. */
function isUsual(habits: Habits): boolean {
  return Object.entries(habits).every(([name, value]) => name === 'users' || value === undefined);
}

function isSame(planned: Planned, other: Plan): boolean {
  const made = (request: Planned): string =>
    JSON.stringify(planFor({ ...request, ...withUsualSizes(request) }));
  return made(planned) === made(plannedFor(other));
}
