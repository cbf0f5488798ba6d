import { assemblyOf } from '../support/assemblies';
import type { Resource } from '../support/cloud-assembly';
import { collisions, leftBehind } from './collisions';

const app = (resources: Readonly<Record<string, Resource>>) => assemblyOf({ app: { resources } });

describe('lists of addresses', () => {
  const group = { Type: 'AWS::EC2::SecurityGroup', Properties: {} };
  const list = (name: string): Resource => ({
    Type: 'Custom::AddressesOfAws',
    Properties: { Create: `"Values":["${name}"]` },
  });
  const rule = (port: number, from = 'List', into = 'Group'): Resource => ({
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      GroupId: { Ref: into },
      FromPort: port,
      ToPort: port,
      IpProtocol: 'tcp',
      SourcePrefixListId: { 'Fn::GetAtt': [from, 'PrefixLists.0.PrefixListId'] },
    },
  });
  const parts = { Group: group, List: list('com.amazonaws.global.cloudfront.origin-facing') };
  const before = app({ ...parts, Rule: rule(80) });

  it('that stay as they are fit', () => {
    expect(collisions(before, app({ ...parts, Rule: rule(80) }))).toEqual([]);
  });

  it('that change their port are there twice, which is more than a group holds', () => {
    expect(collisions(before, app({ ...parts, Rule: rule(443) }))).toEqual([
      'in app, app/Group has 110 rules of ingress at once',
    ]);
  });

  it('that are moved to another rule are there twice as well', () => {
    expect(collisions(before, app({ ...parts, Other: rule(443) }))).toEqual([
      'in app, app/Group has 110 rules of ingress at once',
    ]);
  });

  it('of two kinds do not fit into one group', () => {
    const checkers = list('com.amazonaws.us-east-1.route53-healthchecks');
    const both = app({ ...parts, Checkers: checkers, Rule: rule(80), Second: rule(80, 'Checkers') });
    expect(collisions(before, both)).toEqual(['in app, app/Group has 80 rules of ingress at once']);
  });

  it('that go to another group fit', () => {
    const moved = app({ ...parts, Second: group, Other: rule(443, 'List', 'Second') });
    expect(collisions(before, moved)).toEqual([]);
  });

  it('that are unknown are not guessed at', () => {
    const unknown = app({ Group: group, List: list('another'), Rule: rule(80) });
    expect(() => collisions(unknown, unknown)).toThrow('How many rules');
  });
});

describe('a name', () => {
  const queue = (name: unknown, more: Partial<Resource> = {}): Resource => ({
    Type: 'AWS::SQS::Queue',
    Properties: { QueueName: name },
    ...more,
  });

  it('may be kept', () => {
    expect(collisions(app({ Queue: queue('clicks') }), app({ Queue: queue('clicks') }))).toEqual([]);
  });

  it('is not free for a resource that replaces the one which has it', () => {
    expect(collisions(app({ Queue: queue('clicks') }), app({ Other: queue('clicks') }))).toEqual([
      'in app, AWS::SQS::Queue ["clicks","us-east-1"] is claimed by app/Queue and app/Other',
    ]);
  });

  it('is not free in one stack while another has it', () => {
    const before = assemblyOf({ data: { resources: { Queue: queue('clicks') } }, app: { resources: {} } });
    const after = assemblyOf({
      app: { resources: { Queue: queue('clicks') } },
      data: { resources: {} },
    });
    expect(collisions(before, after)).toContain(
      'in app, AWS::SQS::Queue ["clicks","us-east-1"] is claimed by data/Queue and app/Queue',
    );
  });

  it('is free in another region', () => {
    const both = assemblyOf({
      'shop-us-east-1-data': { resources: { Queue: queue('clicks') } },
      'shop-eu-west-1-data': { resources: { Queue: queue('clicks') } },
    });
    expect(collisions(assemblyOf({}), both)).toEqual([]);
  });

  it('is not free while something that was left behind has it', () => {
    const kept = app({ Queue: queue('clicks', { DeletionPolicy: 'RetainExceptOnCreate' }) });
    const left = leftBehind(kept, app({}));
    expect(collisions(app({}), kept, left)).toEqual([
      'in app, AWS::SQS::Queue ["clicks","us-east-1"] is claimed by what was left behind and app/Queue',
    ]);
  });

  it('is free again where nothing was left behind', () => {
    const deleted = app({ Queue: queue('clicks', { DeletionPolicy: 'Delete' }) });
    expect(leftBehind(deleted, app({}))).toEqual([]);
  });
});

describe('a priority', () => {
  const rule = (listener: string, priority: number): Resource => ({
    Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
    Properties: { ListenerArn: { Ref: listener }, Priority: priority },
  });

  it('of one listener is taken once', () => {
    expect(collisions(app({ A: rule('Http', 1) }), app({ B: rule('Http', 1) }))).toEqual([
      'in app, AWS::ElasticLoadBalancingV2::ListenerRule [{"Ref":"Http"},1] of app is claimed by app/A and app/B',
    ]);
  });

  it('of another listener is another one', () => {
    expect(collisions(app({ A: rule('Http', 1) }), app({ A: rule('Https', 1) }))).toEqual([]);
  });
});

describe('a record', () => {
  const record = (name: string, setIdentifier?: string): Resource => ({
    Type: 'AWS::Route53::RecordSet',
    Properties: { Name: name, Type: 'A', ...(setIdentifier ? { SetIdentifier: setIdentifier } : {}) },
  });

  it('is made anew only after the old one, and so not under its name', () => {
    const replaced = collisions(app({ A: record('a.example.com') }), app({ B: record('a.example.com') }));
    expect(replaced).toHaveLength(1);
  });

  it('of the same name may stand beside it for another region', () => {
    const both = app({ A: record('a.example.com', 'one'), B: record('a.example.com', 'two') });
    expect(collisions(app({ A: record('a.example.com', 'one') }), both)).toEqual([]);
  });
});
