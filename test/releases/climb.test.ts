/** The climb across versions: from every released rung to today's same rung and every higher one. */
import { dangers } from '../climbing/dangers';
import { interruptions } from '../climbing/interruptions';
import { outages } from '../climbing/served';
import { type CloudAssembly, remembered } from '../support/cloud-assembly';
import { masked } from '../support/masked';
import { circumstances, isClimb, RUNGS, stage, titled } from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { keptAssemblies, releases } from './archive';

const steps = releases().flatMap((version) =>
  RUNGS.flatMap((lower) => RUNGS.map((upper) => ({ lower, upper })))
    .filter(({ lower, upper }) => lower === upper || isClimb(lower, upper))
    .flatMap(({ lower, upper }) =>
      circumstances(upper)
        .filter(({ title }) => circumstances(lower).some((other) => other.title === title))
        .map(({ title, context, production }) => ({
          title: `${version}'s ${titled(lower)} to today's ${titled(upper)} ${title}`,
          version,
          released: `${titled(lower)} ${title}`,
          after: stage(upper, context),
          production,
        })),
    ),
);

/** Many steps lead to the same assembly. */
const maskedAssembly = remembered(
  (assembly: CloudAssembly): CloudAssembly =>
    new Map([...assembly].map(([stack, template]) => [stack, masked(template)])),
);

const kept = new Map(releases().map((version) => [version, keptAssemblies(version)]));

it('a release is kept', () => {
  expect(releases()).not.toEqual([]);
});

it.each(steps)(
  '$title replaces and loses nothing, and takes nothing from what still runs',
  ({ version, released, after, production }) => {
    const before = kept.get(version)?.get(released);
    const today = maskedAssembly(synthesize(after));
    expect(before).toBeDefined();
    if (before === undefined) return;
    expect([
      ...dangers(before, today, { production }),
      ...interruptions(before, today),
      ...outages(before, today),
    ]).toEqual([]);
  },
);
