import { BROKERS, circumstances, RUNGS, stage, titled } from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { RULES, SANDBOX_RULES } from './rules';

const deployments = [
  ...RUNGS.flatMap((rung) =>
    circumstances(rung).map(({ title, context, production }) => ({
      title: `${titled(rung)} ${title}`,
      context: stage(rung, context),
      production,
    })),
  ),
  ...Object.values(BROKERS),
];

const cases = deployments.flatMap(({ title, context, production }) =>
  [...RULES, ...(production ? [] : SANDBOX_RULES)].map((rule) => ({
    title: `rung ${title}: ${rule.title}`,
    broken: () => rule.broken(synthesize(context)),
  })),
);

it.each(cases)('$title', ({ broken }) => {
  expect(broken()).toEqual([]);
});
