import { circumstances, RUNGS, stage, titled } from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { RULES, SANDBOX_RULES } from './rules';

const cases = RUNGS.flatMap((rung) =>
  circumstances(rung).flatMap(({ title, context, production }) =>
    [...RULES, ...(production ? [] : SANDBOX_RULES)].map((rule) => ({
      title: `rung ${titled(rung)} ${title}: ${rule.title}`,
      broken: () => rule.broken(synthesize(stage(rung, context))),
    })),
  ),
);

it.each(cases)('$title', ({ broken }) => {
  expect(broken()).toEqual([]);
});
