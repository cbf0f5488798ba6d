import { CrossStackReferences, ReferenceStrength, Stack } from 'aws-cdk-lib';
import { CfnEIP } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledge';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';

export interface FixedAddressProps {
  readonly protection: Protection;
}

/** The address that users find the one server at, whichever server that is; given up, it cannot be had again. */
export class FixedAddress extends Construct {
  /** The address itself, IPv4. */
  readonly address: string;
  /** EC2's name for the address. */
  readonly allocationId: string;

  constructor(scope: Construct, id: string, props: FixedAddressProps) {
    super(scope, id);
    const resource = new CfnEIP(this, 'Resource', { domain: 'vpc' });
    resource.applyRemovalPolicy(props.protection.removalPolicy);
    // CloudFormation itself then refuses to take it from under servers that claim it.
    CrossStackReferences.of(resource).produce(ReferenceStrength.STRONG);
    this.address = resource.ref;
    this.allocationId = resource.attrAllocationId;
  }

  /** Servers claim the address when they boot, from whichever server holds it. */
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
        acknowledgeWildcard(
          servers,
          interfaces,
          'A server’s network interface is made with it and cannot be named before; the address can, and is.',
        );
        servers.allowOnServers('ec2:AssociateAddress');
        servers.allowAnywhere('ec2:DescribeAddresses');
      },
    };
  }
}
