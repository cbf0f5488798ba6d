/** The climb: no step up the ladder replaces or removes anything that holds data or an address. */
import { resources } from '../support/cloud-assembly';
import { circumstances, isClimb, RUNGS, stage, titled } from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { dangers } from './dangers';
import { interruptions } from './interruptions';
import { HOLDS_NOTHING, PROTECTED } from './protected-types';
import { outages, shutOut } from './served';

const steps = RUNGS.flatMap((lower) => RUNGS.map((upper) => ({ lower, upper })))
  .filter(({ lower, upper }) => isClimb(lower, upper))
  .flatMap(({ lower, upper }) =>
    circumstances(upper).map(({ title, context, production }) => ({
      title: `${titled(lower)} to ${titled(upper)} ${title}`,
      before: stage(lower, context),
      after: stage(upper, context),
      production,
    })),
  );

const everywhere = RUNGS.flatMap((rung) =>
  circumstances(rung).map(({ title, context }) => ({
    title: `${titled(rung)} ${title}`,
    context: stage(rung, context),
  })),
);

describe('climbing from', () => {
  it.each(steps)('$title keeps every piece of data and every address', ({ before, after, production }) => {
    expect(dangers(synthesize(before), synthesize(after), { production })).toEqual([]);
  });

  it.each(steps)('$title takes nothing from what still runs', ({ before, after }) => {
    expect(interruptions(synthesize(before), synthesize(after))).toEqual([]);
  });

  it.each(steps)('$title serves users wherever it stops', ({ before, after }) => {
    expect(outages(synthesize(before), synthesize(after))).toEqual([]);
  });
});

it.each(everywhere)('users are served at $title', ({ context }) => {
  expect(shutOut(synthesize(context))).toEqual([]);
});

it.each(everywhere)('every type of resource at $title is known to the proof', ({ context }) => {
  const types = new Set(resources(synthesize(context)).map(({ resource }) => resource.Type));
  const unknown = [...types].filter((type) => !Object.hasOwn(PROTECTED, type) && !HOLDS_NOTHING.has(type));
  expect(unknown).toEqual([]);
});
