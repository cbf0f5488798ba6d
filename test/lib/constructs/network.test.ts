import { Match } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Network, type NetworkProps } from '../../../lib/constructs/network';
import { inStack, PRODUCTION } from './in-stack';

function network(props: Partial<NetworkProps> = {}): ReturnType<typeof inStack> {
  return inStack((stack) => {
    new Network(stack, 'Network', {
      cidr: '10.0.0.0/16',
      natGateways: 0,
      secretsManagerEndpoint: false,
      key: new Key(stack, 'AKey'),
      protection: PRODUCTION,
      ...props,
    });
  });
}

describe('the address plan', () => {
  // A subnet whose range changes is replaced, and what stands in it with it.
  it.each([0, 1, 2])('is the same with %i NAT gateways', (natGateways) => {
    const subnets = network({ natGateways }).findResources('AWS::EC2::Subnet');
    const ranges = Object.entries(subnets).map(([id, { Properties }]: [string, { Properties?: unknown }]) => [
      id.replace(/^NetworkVpc(.*?)Subnet[0-9A-F]{8}$/, '$1'),
      Properties,
    ]);
    expect(ranges).toEqual([
      ['PublicSubnet1', expect.objectContaining({ CidrBlock: '10.0.0.0/20' })],
      ['PublicSubnet2', expect.objectContaining({ CidrBlock: '10.0.16.0/20' })],
      ['AppSubnet1', expect.objectContaining({ CidrBlock: '10.0.48.0/20' })],
      ['AppSubnet2', expect.objectContaining({ CidrBlock: '10.0.64.0/20' })],
      ['DataSubnet1', expect.objectContaining({ CidrBlock: '10.0.96.0/20' })],
      ['DataSubnet2', expect.objectContaining({ CidrBlock: '10.0.112.0/20' })],
    ]);
  });
});

describe('zones', () => {
  it('are the first two of the region, named at deployment', () => {
    const template = network();
    [0, 1].forEach((zone) => {
      template.hasResourceProperties('AWS::EC2::Subnet', {
        AvailabilityZone: { 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] },
      });
    });
  });
});

describe('the way out', () => {
  it('of private servers does not exist while there are none', () => {
    network().resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  it('of both zones is one gateway, where one is paid for', () => {
    const template = network({ natGateways: 1 });
    const [gateway] = Object.keys(template.findResources('AWS::EC2::NatGateway'));
    const routes = template.findResources('AWS::EC2::Route', {
      Properties: { NatGatewayId: { Ref: gateway } },
    });
    expect(Object.keys(routes)).toHaveLength(2);
  });

  it('of each zone is its own gateway, where two are paid for', () => {
    const template = network({ natGateways: 2 });
    const gateways = Object.keys(template.findResources('AWS::EC2::NatGateway'));
    const routes = gateways.map((gateway) =>
      template.findResources('AWS::EC2::Route', { Properties: { NatGatewayId: { Ref: gateway } } }),
    );
    expect(routes.map((found) => Object.keys(found).length)).toEqual([1, 1]);
  });

  it('of the data tier does not exist', () => {
    const routes = network({ natGateways: 2 }).findResources('AWS::EC2::Route');
    const tables = JSON.stringify(
      Object.values(routes).map(({ Properties }: { Properties?: unknown }) => Properties),
    );
    expect(tables).not.toContain('DataSubnet');
  });

  it('to packages and bundles is S3’s free endpoint', () => {
    network().hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
  });
});

describe('Secrets Manager', () => {
  it('is reached from within in one zone, and only from within', () => {
    const template = network({ secretsManagerEndpoint: true });
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Interface',
      SubnetIds: [{ Ref: Match.stringLikeRegexp('AppSubnet1') }],
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443 })],
    });
  });
});

describe('flow logs', () => {
  it('record all traffic, encrypted and for a while', () => {
    const template = network();
    template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', ResourceType: 'VPC' });
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      KmsKeyId: Match.anyValue(),
      RetentionInDays: 90,
    });
  });
});
