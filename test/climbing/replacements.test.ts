import { assemblyOf, read } from '../support/assemblies';
import type { CloudAssembly, Resource } from '../support/cloud-assembly';
import { changesOf, isReplaced } from './replacements';

const vpc = (cidr: string): Resource => ({ Type: 'AWS::EC2::VPC', Properties: { CidrBlock: cidr } });
const subnet = (vpcId: unknown): Resource => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { CidrBlock: '10.0.1.0/24', VpcId: vpcId },
});
const names = (before: CloudAssembly, after: CloudAssembly) =>
  changesOf(before, after)
    .filter(isReplaced)
    .map(({ name }) => name);

describe('what a step replaces', () => {
  it('includes what refers to a replaced resource', () => {
    const rung = (cidr: string) =>
      assemblyOf({ data: { resources: { Vpc: vpc(cidr), Subnet: subnet({ Ref: 'Vpc' }) } } });
    expect(names(rung('10.0.0.0/16'), rung('10.1.0.0/16'))).toEqual(['data/Vpc', 'data/Subnet']);
  });

  it('includes what refers to it inside Fn::Join and Fn::Sub', () => {
    const rung = (cidr: string) =>
      assemblyOf({
        data: {
          resources: {
            Vpc: vpc(cidr),
            Joined: subnet({ 'Fn::Join': ['', ['vpc/', { Ref: 'Vpc' }]] }),
            Substituted: subnet({ 'Fn::Sub': '${Vpc.CidrBlock}' }),
            Topic: { Type: 'AWS::SNS::Topic' },
            Mixed: subnet({ 'Fn::Sub': '${Topic}/${Vpc}/${Topic}' }),
          },
        },
      });
    expect(names(rung('10.0.0.0/16'), rung('10.1.0.0/16'))).toEqual([
      'data/Vpc',
      'data/Joined',
      'data/Substituted',
      'data/Mixed',
    ]);
  });

  it('includes what refers to it from another stack', () => {
    const rung = (cidr: string) =>
      assemblyOf({
        data: { resources: { Vpc: vpc(cidr) }, outputs: { VpcId: { Ref: 'Vpc' } } },
        app: { resources: { Subnet: subnet(read('data', 'VpcId')) } },
      });
    expect(names(rung('10.0.0.0/16'), rung('10.1.0.0/16'))).toEqual(['data/Vpc', 'app/Subnet']);
  });

  it('includes what reads an answer of a custom resource that changes', () => {
    const rung = (question: string) =>
      assemblyOf({
        data: {
          resources: {
            Answer: { Type: 'Custom::Answer', Properties: { question } },
            Subnet: subnet({ 'Fn::GetAtt': ['Answer', 'VpcId'] }),
          },
        },
      });
    expect(names(rung('a'), rung('b'))).toContain('data/Subnet');
  });

  it('leaves out what refers to it in a stack that is not deployed', () => {
    const before = assemblyOf({
      data: { resources: { Vpc: vpc('10.0.0.0/16') }, outputs: { VpcId: { Ref: 'Vpc' } } },
      app: { resources: { Subnet: subnet(read('data', 'VpcId')) } },
    });
    const data = assemblyOf({
      data: { resources: { Vpc: vpc('10.1.0.0/16') }, outputs: { VpcId: { Ref: 'Vpc' } } },
    });
    expect(names(before, new Map([...before, ...data]))).toEqual(['data/Vpc']);
  });

  it('leaves out an output that got another name and says the same', () => {
    const rung = (output: string) =>
      assemblyOf({
        data: { resources: { Vpc: vpc('10.0.0.0/16') }, outputs: { [output]: { Ref: 'Vpc' } } },
        app: { resources: { Subnet: subnet(read('data', output)) } },
      });
    expect(names(rung('Before'), rung('After'))).toEqual([]);
  });
});

describe('a change', () => {
  const data = (resources: Readonly<Record<string, Resource>>) => assemblyOf({ data: { resources } });

  it('is named by stack and id, with its type and what replaces it', () => {
    const [change] = changesOf(data({ Vpc: vpc('10.0.0.0/16') }), data({ Vpc: vpc('10.1.0.0/16') }));
    expect(change).toMatchObject({ name: 'data/Vpc', type: 'AWS::EC2::VPC', replacing: ['CidrBlock'] });
  });

  it('is of the properties that refer to what is replaced, and of no others', () => {
    const rung = (cidr: string) =>
      data({
        Vpc: vpc(cidr),
        Topic: { Type: 'AWS::SNS::Topic' },
        Subnet: {
          Type: 'AWS::EC2::Subnet',
          Properties: { VpcId: { Ref: 'Vpc' }, AvailabilityZone: { 'Fn::GetAtt': ['Topic', 'TopicName'] } },
        },
      });
    const replacing = changesOf(rung('10.0.0.0/16'), rung('10.1.0.0/16')).map((change) => change.replacing);
    expect(replacing).toEqual([['CidrBlock'], ['VpcId']]);
  });

  it('in place replaces nothing', () => {
    const named = (name: string): Resource => ({
      Type: 'AWS::EC2::VPC',
      Properties: { CidrBlock: '10.0.0.0/16', Tags: [{ Key: 'Name', Value: name }] },
    });
    const changes = changesOf(data({ Vpc: named('a') }), data({ Vpc: named('b') }));
    expect(changes.map((change) => [change.name, isReplaced(change)])).toEqual([['data/Vpc', false]]);
  });

  it('of the type is a replacement', () => {
    const queue: Resource = { Type: 'AWS::SQS::Queue' };
    expect(names(data({ One: queue }), data({ One: { Type: 'AWS::SNS::Topic' } }))).toEqual(['data/One']);
  });

  it('that only may replace counts as one, unless AWS is known to make it in place', () => {
    const database = (properties: Readonly<Record<string, unknown>>): Resource => ({
      Type: 'AWS::RDS::DBInstance',
      Properties: properties,
    });
    const step = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) =>
      names(data({ Database: database(before) }), data({ Database: database(after) }));
    expect(step({ MultiAZ: false }, { MultiAZ: true })).toEqual([]);
    expect(step({ BackupRetentionPeriod: 1 }, { BackupRetentionPeriod: 7 })).toEqual([]);
    expect(step({ StorageType: 'gp2' }, { StorageType: 'gp3' })).toEqual(['data/Database']);
  });

  it('is none where a number is written as text', () => {
    const sized = (size: unknown) =>
      data({ Volume: { Type: 'AWS::EC2::Volume', Properties: { Size: size } } });
    expect(changesOf(sized(20), sized('20'))).toEqual([]);
  });

  it('is none where a resource comes or goes, nor in a stack that only one of both has', () => {
    const one = data({ Vpc: vpc('10.0.0.0/16') });
    const other = assemblyOf({ data: { resources: { Other: vpc('10.1.0.0/16') } } });
    expect(changesOf(one, other)).toEqual([]);
    expect(changesOf(one, assemblyOf({ app: { resources: { Vpc: vpc('10.1.0.0/16') } } }))).toEqual([]);
  });

  it('is none where an output of another stack says the same under the same name', () => {
    const rung = assemblyOf({
      data: { resources: { Vpc: vpc('10.0.0.0/16') }, outputs: { VpcId: { Ref: 'Vpc' } } },
      app: { resources: { Subnet: subnet(read('data', 'VpcId')) } },
    });
    expect(changesOf(rung, new Map(rung))).toEqual([]);
  });

  it.each(['Custom::Answer', 'AWS::CloudFormation::CustomResource'])(
    'of a %s makes its readers count on another answer',
    (type) => {
      const rung = (question: string) =>
        data({
          Answer: { Type: type, Properties: { question } },
          Subnet: subnet({ 'Fn::GetAtt': ['Answer', 'VpcId'] }),
        });
      expect(names(rung('a'), rung('b'))).toContain('data/Subnet');
    },
  );

  it.each(['AWS::Custom::Answer', 'AWS::CloudFormation::CustomResourceOfOurs', 'AWS::SSM::Parameter'])(
    'in place of a %s changes no reader',
    (type) => {
      const rung = (question: string) =>
        data({
          Answer: { Type: type, Properties: { Description: question } },
          Subnet: subnet({ 'Fn::GetAtt': ['Answer', 'VpcId'] }),
        });
      expect(names(rung('a'), rung('b'))).toEqual([]);
    },
  );

  it('of an id in one stack is none of the same id in another', () => {
    const rung = (cidr: string) =>
      assemblyOf({
        data: { resources: { Vpc: vpc(cidr) } },
        app: { resources: { Vpc: vpc('10.9.0.0/16'), Subnet: subnet({ Ref: 'Vpc' }) } },
      });
    expect(names(rung('10.0.0.0/16'), rung('10.1.0.0/16'))).toEqual(['data/Vpc']);
  });

  it('is worked out once for two assemblies', () => {
    const [before, after] = [data({ Vpc: vpc('10.0.0.0/16') }), data({ Vpc: vpc('10.1.0.0/16') })];
    expect(changesOf(before, after)).toBe(changesOf(before, after));
  });
});
