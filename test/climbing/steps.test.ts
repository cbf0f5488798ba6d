import { assemblyOf } from '../support/assemblies';
import type { Template } from '../support/cloud-assembly';
import { destroyed, inOrder, readersFirst, stepsOf } from './steps';

const stack = (cidr: string): Template => ({
  Resources: { Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: cidr } } },
});
const ONE = stack('10.1.0.0/16');
const TWO = stack('10.2.0.0/16');
const OTHER = stack('10.3.0.0/16');

/** An assembly of empty stacks. */
const named = (...names: readonly string[]) =>
  assemblyOf(Object.fromEntries(names.map((name) => [name, { resources: {} }])));

describe('the steps of a deployment', () => {
  const before = new Map(Object.entries({ data: ONE, left: OTHER }));
  const after = new Map(Object.entries({ app: TWO, data: TWO }));

  it('are one for each stack of the new assembly, in its order, each from where the last one ended', () => {
    expect(stepsOf(before, after)).toEqual([
      { stack: 'app', from: before, to: new Map(Object.entries({ data: ONE, left: OTHER, app: TWO })) },
      {
        stack: 'data',
        from: new Map(Object.entries({ data: ONE, left: OTHER, app: TWO })),
        to: new Map(Object.entries({ data: TWO, left: OTHER, app: TWO })),
      },
    ]);
  });

  it('are worked out once for two assemblies, and anew for another one', () => {
    const steps = stepsOf(before, after);
    expect(stepsOf(before, after)).toBe(steps);
    expect(stepsOf(before, new Map(after))).not.toBe(steps);
    expect(stepsOf(after, before).map(({ stack: name }) => name)).toEqual(['data', 'left']);
    expect(stepsOf(before, after)).toBe(steps);
  });
});

const WHOLE = named('shop-one-data', 'shop-one-app', 'shop-two-data', 'shop-two-app', 'shop-edge');

it('stacks are deployed in the order of the ends of their names, and only those that are named', () => {
  expect([...inOrder(WHOLE, '-edge', '-app').keys()]).toEqual(['shop-edge', 'shop-one-app', 'shop-two-app']);
});

it('what is left is all that does not end so', () => {
  expect([...destroyed(WHOLE, '-edge', 'two-app').keys()]).toEqual([
    'shop-one-data',
    'shop-one-app',
    'shop-two-data',
  ]);
});

it('on the way down servers go first, the last data center’s before the first one’s, then the edge, then the data', () => {
  expect([...readersFirst(WHOLE).keys()]).toEqual([
    'shop-two-app',
    'shop-one-app',
    'shop-edge',
    'shop-one-data',
    'shop-two-data',
  ]);
});

it('on the way down no other stack is touched', () => {
  expect([...readersFirst(named('shop-one-data', 'another')).keys()]).toEqual(['shop-one-data']);
});
