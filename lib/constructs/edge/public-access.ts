import { Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, type IDependable } from 'constructs';

/**
 * A rule that lets the whole internet in on one port: a resource of its own, so that it can be added and removed alone.
 *
 * @param reason why that is right, for audits
 */
export function publicIngress(
  scope: Construct,
  id: string,
  securityGroup: ec2.ISecurityGroup,
  port: number,
  reason: string,
): IDependable {
  const rule = new ec2.CfnSecurityGroupIngress(scope, id, {
    groupId: securityGroup.securityGroupId,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    cidrIp: '0.0.0.0/0',
    description: 'Users',
  });
  Validations.of(rule).acknowledge({ id: 'AwsSolutions-EC23', reason });
  return rule;
}

export interface PublicServerAccessProps {
  /** Security group of the server. */
  readonly securityGroup: ec2.ISecurityGroup;
  /** Whether the server itself terminates TLS. */
  readonly https: boolean;
}

const REASON =
  'Below rung 3 the one server is the public entrance; only ports 80 and 443 are open, and no SSH.';

/** Lets users in to the one server, by HTTP and, with a certificate, HTTPS. */
export class PublicServerAccess extends Construct {
  constructor(scope: Construct, id: string, props: PublicServerAccessProps) {
    super(scope, id);
    publicIngress(this, 'Http', props.securityGroup, 80, REASON);
    if (props.https) {
      publicIngress(this, 'Https', props.securityGroup, 443, REASON);
    }
  }
}
