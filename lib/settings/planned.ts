import type { Given } from '../settings';
import type { Problem } from './problem';

/** What a number of users asks for: values that stand in for what is not set; or why there are none. */
export type Planned = { readonly settings: Given } | { readonly problem: Problem };

/** Plans for so many users: here the planner (lib/capacity/planned.ts) comes in, and nowhere else. */
export function planned(users: number): Planned {
  return {
    problem: {
      setting: 'users',
      what: `This version cannot plan for ${users} users: the planner is not built yet.`,
      expected: 'For now the stage and the sizes are set by hand.',
      remedy: 'Remove users and set stage.',
    },
  };
}
