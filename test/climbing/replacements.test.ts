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
          },
        },
      });
    expect(names(rung('10.0.0.0/16'), rung('10.1.0.0/16'))).toEqual([
      'data/Vpc',
      'data/Joined',
      'data/Substituted',
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

  it('leaves out an output that got another name and says the same', () => {
    const rung = (output: string) =>
      assemblyOf({
        data: { resources: { Vpc: vpc('10.0.0.0/16') }, outputs: { [output]: { Ref: 'Vpc' } } },
        app: { resources: { Subnet: subnet(read('data', output)) } },
      });
    expect(names(rung('Before'), rung('After'))).toEqual([]);
  });
});
