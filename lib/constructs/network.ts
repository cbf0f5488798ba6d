import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ProtectedDataProps } from './protection';

export interface NetworkProps extends ProtectedDataProps {
  /** The VPC’s CIDR block, a /16. */
  readonly cidr: string;
  /** How many NAT gateways private servers have: 0, 1 or 2. */
  readonly natGateways: number;
  /** Whether there is an interface endpoint of Secrets Manager, for private subnets without a NAT gateway. */
  readonly secretsManagerEndpoint: boolean;
}

/** A subnet in each of the two zones. */
export type Tier = readonly [zoneA: ec2.ISubnet, zoneB: ec2.ISubnet];

/**
 * The VPC of a data center: three tiers of subnets in two zones, all of them from the first rung on. An unused subnet costs nothing,
 * and one with another CIDR block later would replace its database.
 *
 * | tier   | zone A      | zone B       | room for a third | what runs in it                            |
 * | ------ | ----------- | ------------ | ---------------- | ------------------------------------------ |
 * | public | x.x.0.0/20  | x.x.16.0/20  | x.x.32.0/20      | the load balancer; the one server at first |
 * | app    | x.x.48.0/20 | x.x.64.0/20  | x.x.80.0/20      | servers, functions                         |
 * | data   | x.x.96.0/20 | x.x.112.0/20 | x.x.128.0/20     | databases, caches: no route out            |
 *
 * Addresses from x.x.144.0 on are free for later tiers.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;
  readonly publicSubnets: Tier;
  readonly appSubnets: Tier;
  readonly dataSubnets: Tier;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(props.cidr),
      maxAzs: 2,
      reservedAzs: 1,
      natGateways: 0,
      // The CDK would empty the default security group by a function whose log group outlives the stack. Nothing of ours uses it.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'Public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false },
        // Isolated for the CDK at every rung: routes to NAT gateways are added below, in place.
        { name: 'App', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
        { name: 'Data', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
      ],
      // Free. Private servers fetch packages and their bundle through it.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.vpc = vpc as ec2.IVpc;
    this.publicSubnets = tier(this.vpc, 'Public');
    this.appSubnets = tier(this.vpc, 'App');
    this.dataSubnets = tier(this.vpc, 'Data');
    this.addFlowLog(vpc, props);
    if (props.natGateways > 0) {
      this.addNatGateways(props.natGateways);
    }
    if (props.secretsManagerEndpoint) {
      this.addSecretsManagerEndpoint(props.cidr);
    }
  }

  private addFlowLog(vpc: ec2.Vpc, props: NetworkProps): void {
    const logGroup = new LogGroup(this, 'FlowLogs', {
      encryptionKey: props.key,
      retention: props.protection.logRetention,
      removalPolicy: props.protection.removalPolicy,
    });
    vpc.addFlowLog('FlowLog', { destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup) });
  }

  /** One gateway serves both zones: half the price, but if its zone fails, the other zone loses its way out too. */
  private addNatGateways(count: number): void {
    const [publicA, publicB] = this.publicSubnets;
    const gatewayA = this.natGateway('NatA', publicA);
    const gatewayB = count === 2 ? this.natGateway('NatB', publicB) : gatewayA;
    const route = (id: string, subnet: ec2.ISubnet, natGatewayId: string): void => {
      new ec2.CfnRoute(this, id, {
        routeTableId: subnet.routeTable.routeTableId,
        destinationCidrBlock: '0.0.0.0/0',
        natGatewayId,
      });
    };
    const [subnetA, subnetB] = this.appSubnets;
    route('WayOutA', subnetA, gatewayA);
    route('WayOutB', subnetB, gatewayB);
  }

  private natGateway(id: string, subnet: ec2.ISubnet): string {
    const address = new ec2.CfnEIP(this, `${id}Address`, { domain: 'vpc' });
    // The subnet’s dependency includes the attachment of the internet gateway; the VPC’s is the gateway alone.
    address.node.addDependency(subnet.internetConnectivityEstablished);
    const gateway = new ec2.CfnNatGateway(this, id, {
      subnetId: subnet.subnetId,
      allocationId: address.attrAllocationId,
    });
    gateway.node.addDependency(subnet.internetConnectivityEstablished);
    return gateway.ref;
  }

  /** In one zone only: each zone costs the same again, and a rotation can wait until a zone is back. */
  private addSecretsManagerEndpoint(cidr: string): void {
    const securityGroup = new ec2.SecurityGroup(this, 'SecretsGroup', {
      vpc: this.vpc,
      description: 'The way to Secrets Manager inside the network',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(ec2.Peer.ipv4(cidr), ec2.Port.HTTPS, 'From within the network');
    new ec2.InterfaceVpcEndpoint(this, 'Secrets', {
      vpc: this.vpc,
      service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      subnets: { subnets: [this.appSubnets[0]] },
      securityGroups: [securityGroup],
      open: false,
    });
  }
}

function tier(vpc: ec2.IVpc, name: string): Tier {
  const [zoneA, zoneB] = vpc.selectSubnets({ subnetGroupName: name }).subnets;
  if (zoneA === undefined || zoneB === undefined) {
    throw new Error(`The tier ${name} has no subnet in two zones.`);
  }
  return [zoneA, zoneB];
}
