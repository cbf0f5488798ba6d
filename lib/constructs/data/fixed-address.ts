import { CrossStackReferences, ReferenceStrength, Stack } from 'aws-cdk-lib';
import { CfnEIP } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';

export interface FixedAddressProps {
  /** Whether the address is kept when its stack is deleted. */
  readonly protection: Protection;
}

/** The Elastic IP address of the one server. It outlives every server; released, it cannot be had again. */
export class FixedAddress extends Construct {
  /** The address itself, IPv4. */
  readonly address: string;
  /** EC2’s id of the address. */
  readonly allocationId: string;

  constructor(scope: Construct, id: string, props: FixedAddressProps) {
    super(scope, id);
    const resource = new CfnEIP(this, 'Resource', { domain: 'vpc' });
    resource.applyRemovalPolicy(props.protection.removalPolicy);
    // A strong reference: CloudFormation refuses to delete the address while the app stack uses it.
    CrossStackReferences.of(resource).produce(ReferenceStrength.STRONG);
    this.address = resource.ref;
    this.allocationId = resource.attrAllocationId;
  }

  /** A server associates the address with itself when it boots. */
  get connection(): Connection {
    const { allocationId } = this;
    return {
      server: { ADDRESS_ALLOCATION_ID: allocationId },
      grant: (servers) => {
        const stack = Stack.of(this);
        const arn = (resource: string, resourceName: string): string =>
          stack.formatArn({ service: 'ec2', resource, resourceName });
        const interfaces = arn('network-interface', '*');
        servers.allow({
          actions: ['ec2:AssociateAddress'],
          resources: [arn('elastic-ip', allocationId), interfaces],
        });
        servers.explainWildcard(
          interfaces,
          'A server’s network interface is created with it and cannot be named before; the address can, and is.',
        );
        servers.allowOnServers('ec2:AssociateAddress');
        servers.allowAnywhere('ec2:DescribeAddresses');
      },
    };
  }
}
