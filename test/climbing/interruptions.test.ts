import { assemblyOf, read } from '../support/assemblies';
import type { Resource, Template } from '../support/cloud-assembly';
import { interruptions, orphans, refusals } from './interruptions';

describe('while a climb is under way', () => {
  const group = (rules: readonly unknown[] = []): Resource => ({
    Type: 'AWS::EC2::SecurityGroup',
    Properties: { SecurityGroupIngress: rules },
  });
  const rung = (data: Record<string, Resource>, outputs: Record<string, unknown>, reading: string) =>
    assemblyOf({
      data: { resources: data, outputs },
      app: {
        resources: {
          Server: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: read('data', reading) } },
        },
      },
    });
  const before = rung({ Group: group(['a']) }, { Id: { Ref: 'Group' } }, 'Id');

  it('nothing is wrong when nothing changes', () => {
    expect(interruptions(before, before)).toEqual([]);
  });

  it('an output stays while the old servers’ stack reads it', () => {
    const after = rung({ Group: group(['a']) }, { Other: { Ref: 'Group' } }, 'Other');
    expect(interruptions(before, after)).toEqual(['data drops output data.Id while app reads it']);
  });

  it('an output keeps what it says', () => {
    const after = rung({ Group: group(['a']), New: group() }, { Id: { Ref: 'New' } }, 'Id');
    expect(interruptions(before, after)).toEqual(['data changes output data.Id under app']);
  });

  it('what an output names stays', () => {
    const after = rung({}, { Id: 'sg-1' }, 'Id');
    expect(interruptions(before, after)).toEqual([
      'data removes or replaces data/Group while app uses it',
      'data removes data/Group (AWS::EC2::SecurityGroup) under app',
    ]);
  });

  it('a way that the old servers take stays open', () => {
    const after = rung({ Group: group([]) }, { Id: { Ref: 'Group' } }, 'Id');
    expect(interruptions(before, after)).toEqual([
      'data takes SecurityGroupIngress "a" from data/Group (AWS::EC2::SecurityGroup) under app',
    ]);
  });

  it('a stack reads only what a stack deployed before it has', () => {
    const after = rung({ Group: group(['a']) }, { Id: { Ref: 'Group' } }, 'Missing');
    expect(interruptions(before, after)).toEqual([
      'app reads data.Missing, which no stack deployed before it has',
    ]);
  });
});

describe('what running servers lean on', () => {
  const app = {
    resources: { Server: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: read('data', 'Id') } } },
  };
  const subnet: Resource = { Type: 'AWS::EC2::Subnet', Properties: { CidrBlock: '10.0.1.0/24' } };
  const rung = (resources: Readonly<Record<string, Resource>>, server = app) =>
    assemblyOf({
      data: { resources: { Subnet: subnet, ...resources }, outputs: { Id: { Ref: 'Subnet' } } },
      app: server,
    });
  const NONE: Readonly<Record<string, Resource>> = {};

  it.each([
    'AWS::EC2::InternetGateway',
    'AWS::EC2::NatGateway',
    'AWS::EC2::Route',
    'AWS::EC2::SecurityGroup',
    'AWS::EC2::SecurityGroupEgress',
    'AWS::EC2::SecurityGroupIngress',
    'AWS::EC2::SubnetRouteTableAssociation',
    'AWS::EC2::VPCEndpoint',
    'AWS::EC2::VPCGatewayAttachment',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
  ])('is %s', (type) => {
    expect(interruptions(rung({ Way: { Type: type } }), rung(NONE))).toEqual([
      `data removes data/Way (${type}) under app`,
    ]);
  });

  it('is no other type', () => {
    expect(interruptions(rung({ Alarm: { Type: 'AWS::CloudWatch::Alarm' } }), rung(NONE))).toEqual([]);
  });

  it.each([
    'NetworkSecrets1A2B',
    'StandingProtectionRole',
    'ServerVolumeDailySnapshotsRole1A2B',
    'CustomS3AutoDeleteObjectsCustomResourceProviderRole1A2B',
  ])('is not %s, which they do not miss', (id) => {
    expect(interruptions(rung({ [id]: { Type: 'AWS::IAM::Role' } }), rung(NONE))).toEqual([]);
  });

  it('may not be replaced either', () => {
    const role = (name: string): Resource => ({ Type: 'AWS::IAM::Role', Properties: { RoleName: name } });
    expect(interruptions(rung({ Role: role('a') }), rung({ Role: role('b') }))).toEqual([
      'data replaces data/Role (AWS::IAM::Role) under app',
    ]);
  });

  it('may not be replaced while an output names it either, which is said of both', () => {
    const named = (name: string) =>
      assemblyOf({
        data: {
          resources: { Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: name } } },
          outputs: { Id: { Ref: 'Role' } },
        },
        app,
      });
    expect(interruptions(named('a'), named('b'))).toEqual([
      'data removes or replaces data/Role while app uses it',
      'data replaces data/Role (AWS::IAM::Role) under app',
    ]);
  });

  it('is not looked for in another stack than the one that has it', () => {
    const server = { resources: { ...app.resources, Role: { Type: 'AWS::IAM::Role' } } };
    expect(interruptions(rung(NONE, server), rung(NONE, server))).toEqual([]);
  });

  it('may be changed, and may be added to', () => {
    const group = (...rules: readonly string[]): Resource => ({
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { SecurityGroupIngress: rules, SecurityGroupEgress: rules },
    });
    expect(interruptions(rung({ Group: group('a') }), rung({ Group: group('b', 'a') }))).toEqual([]);
    expect(interruptions(rung({ Group: group('a') }), rung({ Group: group() }))).toEqual([
      'data takes SecurityGroupIngress "a" from data/Group (AWS::EC2::SecurityGroup) under app',
      'data takes SecurityGroupEgress "a" from data/Group (AWS::EC2::SecurityGroup) under app',
    ]);
  });

  it('may lose its rules where it has no properties at all', () => {
    const group = (Properties?: Readonly<Record<string, unknown>>): Resource => ({
      Type: 'AWS::EC2::SecurityGroup',
      ...(Properties === undefined ? {} : { Properties }),
    });
    expect(
      interruptions(rung({ Group: group({ SecurityGroupIngress: ['a'] }) }), rung({ Group: group() })),
    ).toHaveLength(1);
  });

  it('is missed by nobody whose stack reads nothing of it', () => {
    const apart = {
      resources: { Server: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: 'subnet-1' } } },
    };
    const role = { Role: { Type: 'AWS::IAM::Role' } };
    expect(interruptions(rung(role, apart), rung(NONE, apart))).toEqual([]);
  });

  it('is not missed by servers that were deployed before it goes, and do without', () => {
    const data = (resources: Readonly<Record<string, Resource>>) => ({
      resources: { Subnet: subnet, ...resources },
      outputs: { Id: { Ref: 'Subnet' } },
    });
    const next = {
      resources: {
        Server: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: read('data', 'Id'), Tags: [] } },
      },
    };
    const before = assemblyOf({ data: data({ Role: { Type: 'AWS::IAM::Role' } }), app });
    expect(interruptions(before, assemblyOf({ app: next, data: data({}) }))).toEqual([]);
  });

  it('is still missed by servers that were deployed before it goes, and did not change', () => {
    const data = (resources: Readonly<Record<string, Resource>>) => ({
      resources: { Subnet: subnet, ...resources },
      outputs: { Id: { Ref: 'Subnet' } },
    });
    const before = assemblyOf({ data: data({ Role: { Type: 'AWS::IAM::Role' } }), app });
    const after = new Map([
      ...[...before].filter(([stack]) => stack === 'app'),
      ...assemblyOf({ data: data({}) }),
    ]);
    expect(interruptions(before, after)).toEqual(['data removes data/Role (AWS::IAM::Role) under app']);
  });
});

describe('what stacks read of each other', () => {
  const reading = (producer: string) => ({
    resources: { One: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: read(producer, 'Id') } } },
    outputs: { Id: 'x' },
  });
  const silent = { resources: {}, outputs: { Id: 'x' } };

  it('is not turned around', () => {
    expect(
      interruptions(assemblyOf({ a: silent, b: reading('a') }), assemblyOf({ b: silent, a: reading('b') })),
    ).toContain('a comes to read from b, which read from it');
  });

  it('may be what only an output says', () => {
    const before = assemblyOf({
      data: silent,
      app: { resources: {}, outputs: { Told: read('data', 'Id') } },
    });
    const after = assemblyOf({
      data: { resources: {} },
      app: { resources: {}, outputs: { Told: 'another' } },
    });
    expect(interruptions(before, after)).toEqual(['data drops output data.Id while app reads it']);
  });

  it('is said once of an output that is read twice', () => {
    const twice = {
      resources: {
        One: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: read('data', 'Id') } },
        Two: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: read('data', 'Id') } },
      },
    };
    const changed = { resources: {}, outputs: { Id: 'y' } };
    expect(
      interruptions(assemblyOf({ data: silent, app: twice }), assemblyOf({ data: changed, app: twice })),
    ).toEqual(['data changes output data.Id under app']);
  });

  it('is left hanging by what was destroyed', () => {
    expect(orphans(assemblyOf({ app: reading('data') }))).toEqual([
      'app reads data.Id, which no stack deployed before it has',
    ]);
    expect(orphans(assemblyOf({ data: silent, app: reading('data') }))).toEqual([]);
  });
});

describe('an output that is imported', () => {
  const importing = { 'Fn::ImportValue': 'shop:Id' };
  const data = (outputs: Readonly<Record<string, unknown>>): Template => ({
    Resources: {},
    Outputs: Object.fromEntries(
      Object.entries(outputs).map(([id, name]) => [
        id,
        { Value: 'x', ...(name === null ? {} : { Export: { Name: name } }) },
      ]),
    ),
  });
  const server = (value: unknown): Template => ({
    Resources: { Server: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: value } } },
  });
  const rung = (outputs: Readonly<Record<string, unknown>>, value: unknown) =>
    new Map(Object.entries({ data: data(outputs), app: server(value) }));

  it('may not be dropped', () => {
    expect(refusals(rung({ Id: 'shop:Id' }, importing), rung({}, 'subnet-1'))).toEqual([
      'data may not drop data.Id, which app imports',
    ]);
  });

  it('may change what it says', () => {
    expect(refusals(rung({ Id: 'shop:Id' }, importing), rung({ Id: 'shop:Id' }, importing))).toEqual([]);
  });

  it('is not one that is only read', () => {
    expect(refusals(rung({ Id: null }, read('data', 'Id')), rung({}, 'subnet-1'))).toEqual([]);
  });

  it('is not one that was never there', () => {
    expect(refusals(rung({ Id: 'shop:Id' }, read('data', 'Missing')), rung({}, 'subnet-1'))).toEqual([]);
  });

  it('is not one of a stack that is still to come', () => {
    const without = new Map(Object.entries({ app: server(read('data', 'Id')) }));
    expect(refusals(without, rung({ Id: 'shop:Id' }, read('data', 'Id')))).toEqual([]);
  });

  it('is not one of the same name that is not the one which goes', () => {
    expect(
      refusals(rung({ Id: 'shop:Id', Other: 'shop:Other' }, importing), rung({ Id: 'shop:Id' }, importing)),
    ).toEqual([]);
  });
});
