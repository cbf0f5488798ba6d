/** The climb: no step up the ladder replaces or removes anything that holds data or an address. */
import { resources } from '../support/cloud-assembly';
import {
  BROKERS,
  circumstances,
  DOMAIN,
  everywhere,
  hasDataCenters,
  isClimb,
  type Place,
  RUNGS,
  stage,
  titled,
} from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { collisions } from './collisions';
import { dangers } from './dangers';
import { faults } from './faults';
import { interruptions, orphans } from './interruptions';
import { HOLDS_NOTHING, PROTECTED } from './protected-types';
import { outages, shutOut } from './served';
import { readersFirst } from './steps';

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

  it.each(steps)('$title asks AWS for nothing twice', ({ before, after }) => {
    expect(collisions(synthesize(before), synthesize(after))).toEqual([]);
  });
});

/** Each rung, and the step to the next that has all of it. */
const shortSteps = RUNGS.flatMap((lower, index) => [
  [lower, lower] as const,
  ...RUNGS.slice(index + 1)
    .filter((upper) => isClimb(lower, upper))
    .slice(0, 1)
    .map((upper) => [lower, upper] as const),
]);

describe('a domain', () => {
  // Without one CloudFront stands beside the load balancer, and moves to the edge: its files are sent there anew, its logs are kept.
  const meant = [/-app\/Front\w+ .* is gone while/];

  it.each(
    shortSteps
      .filter(([lower]) => !hasDataCenters(lower))
      .map(([lower, upper]) => ({ title: `${titled(lower)} to ${titled(upper)}`, lower, upper })),
  )('may be added from $title', ({ lower, upper }) => {
    const [before, after] = [synthesize(stage(lower)), synthesize(stage(upper, DOMAIN))];
    expect(faults(before, after, { production: true, meant })).toEqual([]);
  });

  it.each(RUNGS.filter((rung) => !hasDataCenters(rung)).map((rung) => ({ title: titled(rung), rung })))(
    'may be taken away at $title, readers first and the edge last',
    ({ rung }) => {
      const [before, after] = [synthesize(stage(rung, DOMAIN)), synthesize(stage(rung))];
      const moved = [
        ...meant,
        /\(AWS::Route53::RecordSet, .*\) is destroyed/,
        /the domain leads to what lets nobody in/,
      ];
      expect([
        ...faults(before, readersFirst(after), { production: true, meant: moved }),
        ...orphans(after),
        ...shutOut(after),
      ]).toEqual([]);
    },
  );
});

describe('a sandbox', () => {
  const both = RUNGS.map((rung) => ({ title: titled(rung), rung }));
  const made = ({ rung, sandbox }: { rung: Place; sandbox: boolean }) =>
    synthesize(stage(rung, { ...(sandbox ? { sandbox: 'true' } : {}), ...DOMAIN }));

  it.each(both)('may become production at $title', ({ rung }) => {
    const [before, after] = [made({ rung, sandbox: true }), made({ rung, sandbox: false })];
    // The log of the function that would have emptied buckets.
    const meant = [
      /\/CustomS3AutoDeleteObjects\w+ \(AWS::Logs::LogGroup, .*\) is (?:destroyed|gone while (?:\S+\/StandingProtectionProtectLogs\w+,? )+appears)/,
    ];
    expect(faults(before, after, { production: true, meant })).toEqual([]);
  });

  it.each(both)('may be made of production at $title, before it is destroyed', ({ rung }) => {
    const [before, after] = [made({ rung, sandbox: false }), made({ rung, sandbox: true })];
    const meant = [
      // Snapshots that were made stay; a sandbox makes none.
      /\(AWS::DLM::LifecyclePolicy, .*\) is destroyed/,
      // What protects a production, with its log.
      /\/StandingProtectionProtectLogs\w+ \(AWS::Logs::LogGroup, .*\) is (?:destroyed|gone while .* appears)/,
    ];
    expect(faults(before, after, { production: false, meant })).toEqual([]);
  });
});

const deployments = [...everywhere(), ...Object.values(BROKERS)];

it.each(deployments)('users are served at $title', ({ context }) => {
  expect(shutOut(synthesize(context))).toEqual([]);
});

it.each(deployments)('every type of resource at $title is known to the proof', ({ context }) => {
  const types = new Set(resources(synthesize(context)).map(({ resource }) => resource.Type));
  const unknown = [...types].filter((type) => !Object.hasOwn(PROTECTED, type) && !HOLDS_NOTHING.has(type));
  expect(unknown).toEqual([]);
});
