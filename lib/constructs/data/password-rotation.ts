import type { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { HostedRotation, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Protection } from '../protection';

export interface PasswordRotationProps {
  readonly vpc: ec2.IVpc;
  /** Where the function runs: it must reach both the database and Secrets Manager from there. */
  readonly subnets: readonly ec2.ISubnet[];
  readonly secret: ISecret;
  /** The database's own group, which lets the function in. */
  readonly database: ec2.SecurityGroup;
  readonly port: number;
  readonly every: Duration;
  readonly key: IKey;
  readonly protection: Protection;
}

/**
 * Changes the database's password by AWS's own rotation function, which CloudFormation's `AWS::SecretsManager`
 * transform adds to the stack when it is deployed.
 */
export class PasswordRotation extends Construct {
  constructor(scope: Construct, id: string, props: PasswordRotationProps) {
    super(scope, id);
    const group = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The rotation of the database password',
      allowAllOutbound: false,
    });
    // The function is named so that its log group can be ours, with a key, an end and a place in the stack. By its security
    // group, which is another each time that a rotation is made: a log group that production has kept has another name.
    const functionName = `rotation-${group.securityGroupId}`;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      encryptionKey: props.key,
      retention: props.protection.logRetention,
      removalPolicy: props.protection.removalPolicy,
    });
    group.addEgressRule(props.database, ec2.Port.tcp(props.port), 'The database');
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'Secrets Manager');
    props.database.addIngressRule(group, ec2.Port.tcp(props.port), 'The rotation of the password');
    props.secret
      .addRotationSchedule('Rotation', {
        hostedRotation: HostedRotation.postgreSqlSingleUser({
          functionName,
          vpc: props.vpc,
          vpcSubnets: { subnets: [...props.subnets] },
          securityGroups: [group],
        }),
        automaticallyAfter: props.every,
        // At once, it would change the password under servers that are carrying data over.
        rotateImmediatelyOnUpdate: false,
      })
      .node.addDependency(logGroup);
  }
}
