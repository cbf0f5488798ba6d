import { Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct, IDependable } from 'constructs';

/**
 * Lets everybody in on one port, by a rule of its own, so that it comes and goes alone.
 *
 * @param reason why that is right, for whoever audits it
 */
export function openToUsers(
  scope: Construct,
  id: string,
  group: ec2.ISecurityGroup,
  port: number,
  reason: string,
): IDependable {
  const rule = new ec2.CfnSecurityGroupIngress(scope, id, {
    groupId: group.securityGroupId,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    cidrIp: '0.0.0.0/0',
    description: 'Users',
  });
  Validations.of(rule).acknowledge({ id: 'AwsSolutions-EC23', reason });
  return rule;
}
