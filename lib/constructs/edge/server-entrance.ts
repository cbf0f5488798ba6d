import { Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export interface ServerEntranceProps {
  /** The group that the server wears. */
  readonly servers: ec2.ISecurityGroup;
  /** Whether the server itself ends TLS. */
  readonly https: boolean;
}

/** Lets the internet in to the one server, on the web's ports and no other. */
export class ServerEntrance extends Construct {
  constructor(scope: Construct, id: string, props: ServerEntranceProps) {
    super(scope, id);
    const open = (ruleId: string, port: number): void => {
      const rule = new ec2.CfnSecurityGroupIngress(this, ruleId, {
        groupId: props.servers.securityGroupId,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        cidrIp: '0.0.0.0/0',
        description: 'Users',
      });
      Validations.of(rule).acknowledge({
        id: 'AwsSolutions-EC23',
        reason:
          'Below rung 3 the one server is the public entrance; only ports 80 and 443 are open, and no SSH.',
      });
    };
    open('Http', 80);
    if (props.https) {
      open('Https', 443);
    }
  }
}
