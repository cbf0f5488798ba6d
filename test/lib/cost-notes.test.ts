/** What `cdk synth` says of each stack's cost. */
import { Stack } from 'aws-cdk-lib';
import { noteCosts } from '../../lib/cost-notes';
import { sentence } from '../../lib/settings/problem';
import { readSettings } from '../../lib/settings/read';
import { withApp } from '../support/application';

const DOMAIN = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

/** The stack of each name → what is said of it. The stacks are empty: notes go by names and settings alone. */
function notes(
  context: Readonly<Record<string, unknown>>,
  names: readonly (readonly [name: string, region: string])[] = [
    ['zero-to-million-us-east-1-data', 'us-east-1'],
    ['zero-to-million-us-east-1-app', 'us-east-1'],
  ],
): readonly (readonly unknown[])[] {
  const result = readSettings(context);
  if (!result.ok) throw new Error(result.problems.map(sentence).join('\n'));
  return withApp({}, (app) => {
    const stacks = names.map(([name, region]) => new Stack(app, name, { env: { region } }));
    noteCosts(app, result.settings);
    return stacks.map(({ node }) =>
      node.metadata.filter(({ type }) => type === 'aws:cdk:info').map(({ data }): unknown => data),
    );
  });
}

it('is a line a stack: at rest, and against the stage below', () => {
  expect(notes({ stage: 3 })).toEqual([
    [
      expect.stringMatching(
        /^Cost: about \$\d+ a month at rest \(\+\$\d+ against stage 2\); npm run plan says of what\.$/,
      ),
    ],
    [
      expect.stringMatching(
        /^Cost: about \$\d+ a month at rest \(\+\$\d+ against stage 2\); npm run plan says of what\.$/,
      ),
    ],
  ]);
});

it('has nothing to compare with at the lowest stage', () => {
  expect(notes({})).toEqual([
    ['Cost: about $8 a month at rest; npm run plan says of what.'],
    ['Cost: about $15 a month at rest; npm run plan says of what.'],
  ]);
});

it('goes by the rungs that are there: below stage 8 without data centers is 6', () => {
  expect(notes({ stage: 8, without: 'data-centers' })[0]).toEqual([
    expect.stringContaining('against stage 6)'),
  ]);
});

it('tells the load that was planned for, and whether the plan carries it', () => {
  const [data, app] = notes({ users: 1_000_000 });
  expect(data).toEqual([
    expect.stringMatching(/^Cost: about \$8 a month at rest, \$\d+ at 1,000,000 users a day;/),
    expect.stringMatching(
      /^Plan: stage 1 single-server carries 1,000,000 users a day; fullest at peak: .*, \d+ %\.$/,
    ),
  ]);
  expect(app).toHaveLength(1);
});

it('says of a size that was set what it is too small for', () => {
  const [data] = notes({ users: 20_000_000, stage: 1, serverInstanceType: 't4g.small' });
  expect(data?.[1]).toMatch(
    /^Plan: stage 1 single-server is not enough for 20,000,000 users a day: the server, its database included would be at \d+ % at peak, where 60 % is the most/,
  );
});

it('has a line for the edge and for each region', () => {
  const all = notes({ stage: 7, ...DOMAIN }, [
    ['zero-to-million-us-east-1-data', 'us-east-1'],
    ['zero-to-million-eu-west-1-data', 'eu-west-1'],
    ['zero-to-million-eu-west-1-app', 'eu-west-1'],
    ['zero-to-million-edge', 'us-east-1'],
  ]);
  expect(all.map(([line]) => /^Cost: about \$(\d+) /.exec(String(line))?.[1] !== undefined)).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

it('says of sizes and regions without a price that the cost is not known', () => {
  expect(notes({ stage: 3, serverInstanceType: 'm8g.large' })[0]).toEqual([
    'Cost: not known, for the planner’s data has no price for ec2-m8g.large in us-east-1.',
  ]);
  expect(notes({ stage: 3, serverInstanceType: 'm8g.large', users: 1 })[0]?.[1]).toBe(
    'Cost: not known. The planner knows no server of size m8g.large: lib/capacity/data/machines.json lists those that it does.',
  );
  expect(notes({ regions: 'sa-east-1' }, [['zero-to-million-sa-east-1-data', 'sa-east-1']])[0]).toEqual([
    expect.stringContaining('has no price for ec2-t4g.small in sa-east-1'),
  ]);
});

it('is nothing where costs are switched off', () => {
  expect(notes({ costs: 'false', users: 1000 })).toEqual([[], []]);
});
