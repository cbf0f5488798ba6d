import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Protection } from './protection';

export interface NetworkProps {
  /** The network's addresses, a /16. */
  readonly addresses: string;
  /** How many NAT gateways lead private servers out: 0, 1 or 2. */
  readonly natGateways: number;
  /** Whether Secrets Manager must be reachable from private subnets that have no NAT gateway. */
  readonly privateSecrets: boolean;
  /** Encrypts the flow logs. */
  readonly key: IKey;
  readonly protection: Protection;
}

/** A subnet in each zone. */
export type Tier = readonly [zoneA: ec2.ISubnet, zoneB: ec2.ISubnet];

/**
 * The network of a data center: three tiers of subnets in two zones, all of them from the first rung on, for a
 * subnet that nothing uses costs nothing and one that is renumbered later takes its database with it.
 *
 * | tier   | zone A      | zone B       | room for a third | who stands in it                           |
 * | ------ | ----------- | ------------ | ---------------- | ------------------------------------------ |
 * | public | x.x.0.0/20  | x.x.16.0/20  | x.x.32.0/20      | the load balancer; the one server at first |
 * | app    | x.x.48.0/20 | x.x.64.0/20  | x.x.80.0/20      | servers, functions                         |
 * | data   | x.x.96.0/20 | x.x.112.0/20 | x.x.128.0/20     | databases, caches: no way out              |
 *
 * From x.x.144.0 on all is free for tiers to come.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;
  readonly publicSubnets: Tier;
  readonly appSubnets: Tier;
  readonly dataSubnets: Tier;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(props.addresses),
      maxAzs: 2,
      reservedAzs: 1,
      natGateways: 0,
      // The custom resource that empties the default group is a Lambda whose log group outlives the stack; nothing
      // of ours wears that group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'Public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false },
        // Isolated in the CDK's words at every rung: the way out is added below, in place.
        { name: 'App', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
        { name: 'Data', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
      ],
      // Free, and how a server with no other way out reaches its packages and its bundle.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.vpc = vpc as ec2.IVpc;
    this.publicSubnets = tier(this.vpc, 'Public');
    this.appSubnets = tier(this.vpc, 'App');
    this.dataSubnets = tier(this.vpc, 'Data');
    this.logFlows(vpc, props);
    if (props.natGateways > 0) {
      this.leadOut(props.natGateways);
    }
    if (props.privateSecrets) {
      this.reachSecrets(props.addresses);
    }
  }

  private logFlows(vpc: ec2.Vpc, props: NetworkProps): void {
    const logGroup = new LogGroup(this, 'FlowLogs', {
      encryptionKey: props.key,
      retention: props.protection.logRetention,
      removalPolicy: props.protection.removalPolicy,
    });
    vpc.addFlowLog('FlowLog', { destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup) });
  }

  /** One gateway serves both zones: cheaper by half, but its zone's failure cuts the other zone's way out too. */
  private leadOut(count: number): void {
    const [publicA, publicB] = this.publicSubnets;
    const gatewayA = this.natGateway('NatA', publicA);
    const gatewayB = count === 2 ? this.natGateway('NatB', publicB) : gatewayA;
    const lead = (id: string, subnet: ec2.ISubnet, natGatewayId: string): void => {
      new ec2.CfnRoute(this, id, {
        routeTableId: subnet.routeTable.routeTableId,
        destinationCidrBlock: '0.0.0.0/0',
        natGatewayId,
      });
    };
    const [subnetA, subnetB] = this.appSubnets;
    lead('WayOutA', subnetA, gatewayA);
    lead('WayOutB', subnetB, gatewayB);
  }

  private natGateway(id: string, subnet: ec2.ISubnet): string {
    const address = new ec2.CfnEIP(this, `${id}Address`, { domain: 'vpc' });
    // The subnet's, which is the way out itself: the network's own is the gateway, attached or not.
    address.node.addDependency(subnet.internetConnectivityEstablished);
    const gateway = new ec2.CfnNatGateway(this, id, {
      subnetId: subnet.subnetId,
      allocationId: address.attrAllocationId,
    });
    gateway.node.addDependency(subnet.internetConnectivityEstablished);
    return gateway.ref;
  }

  /** In one zone only: each further one costs as much again, and a rotation can wait for a zone to come back. */
  private reachSecrets(addresses: string): void {
    const securityGroup = new ec2.SecurityGroup(this, 'SecretsGroup', {
      vpc: this.vpc,
      description: 'The way to Secrets Manager inside the network',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(ec2.Peer.ipv4(addresses), ec2.Port.HTTPS, 'From within the network');
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
