/** Every template as it is, so that a change of what is deployed is never unseen. */
import { DOMAIN, hasDataCenters, RUNGS, stage, titled } from '../support/rungs';
import { ROOT, synthesize } from '../support/synthesize';

// What a domain changes is shown where several data centers need one.
const cases = RUNGS.map((rung) => ({
  title: hasDataCenters(rung) ? `${titled(rung)} with a domain` : titled(rung),
  context: stage(rung, hasDataCenters(rung) ? DOMAIN : {}),
}));

it.each(cases)('rung $title', ({ context }) => {
  expect(masked(Object.fromEntries(synthesize(context)))).toMatchSnapshot();
});

/**
 * Hashes of assets change with every line of what is deployed on servers, and with the version of Node that bundles it. The
 * checkout's own path is in what a template says of assets that are not bundled here.
 */
function masked(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replace(/[0-9a-f]{64}/g, '<hash>')
      .replaceAll(ROOT, '<checkout>'),
  );
}
