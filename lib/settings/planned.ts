import { loadOf } from '../capacity/load';
import { NoRung, type Setting } from '../capacity/plan';
import { UnknownSize } from '../capacity/parts';
import { plannedFor, planOf } from '../capacity/planned';
import { NOTHING, sizedFor } from '../capacity/sizes';
import { refusals } from '../scaling-plan';
import { type Given, ROWS, type Sizes } from '../settings';
import type { Problem } from './problem';

/** What a number of users asks for. */
export interface Planned {
  /** Values that stand in for what is not set. */
  readonly settings: Given;
  /** Why there are none. */
  readonly problem?: Problem;
}

/** Plans for so many users, with what was set. Here the planner comes in, and nowhere else. */
export function planned(given: Given): Planned {
  const { users, stage } = given;
  try {
    const setting = settingOf(given);
    const { without } = setting;
    // A stage that the ladder refuses is named as such.
    if (users === undefined || (stage !== undefined && refusals(stage, without).length > 0)) {
      return { settings: {} };
    }
    return {
      settings:
        stage === undefined
          ? plannedFor(planOf(users, setting))
          : sizedFor({ stage, without }, loadOf({ users }), setting.chosen).sizes,
    };
  } catch (error) {
    if (error instanceof UnknownSize && stage !== undefined) return { settings: {} };
    if (!(error instanceof NoRung || error instanceof UnknownSize)) throw error;
    return {
      settings: {},
      problem: {
        setting: 'users',
        what: `They cannot be planned for. ${error.message}`,
        expected: 'What is not set is chosen among rungs that have what is set.',
        remedy: 'Set stage, or remove users.',
      },
    };
  }
}

/** What was set, as the planner takes it. */
export function settingOf(given: Given): Setting {
  const [region, ...furtherRegions] = given.regions ?? (['us-east-1', 'eu-west-1'] as const);
  return {
    region,
    furtherRegions,
    hasDomain: given.domainName !== undefined && given.hostedZoneId !== undefined,
    chosen: sizesIn(given),
    stage: given.stage,
    without: given.without ?? [],
    needs: [
      ...ROWS.flatMap(([key, { rung }]) => (given[key] === undefined || rung === undefined ? [] : [rung])),
      // Several regions that are set are to be used.
      ...((given.regions?.length ?? 0) > 1 ? (['data-centers'] as const) : []),
    ],
  };
}

function sizesIn(given: Given): Partial<Sizes> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => Object.hasOwn(NOTHING, key)));
}
