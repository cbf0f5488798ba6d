import type { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { HostedRotation, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { ProtectedDataProps } from '../protection';

export interface PasswordRotationProps extends ProtectedDataProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** Where the function runs, with routes to the database and to Secrets Manager. */
  readonly subnets: readonly ec2.ISubnet[];
  /** User and password of the database. */
  readonly secret: ISecret;
  /** Gets a rule that admits the function. */
  readonly databaseSecurityGroup: ec2.SecurityGroup;
  /** Port of the database. */
  readonly port: number;
  /** Time between two rotations. */
  readonly interval: Duration;
}

/**
 * Rotates the database’s password by AWS’s own function, which CloudFormation’s `AWS::SecretsManager` transform adds to the stack at
 * its deployment.
 */
export class PasswordRotation extends Construct {
  constructor(scope: Construct, id: string, props: PasswordRotationProps) {
    super(scope, id);
    const group = new ec2.SecurityGroup(this, 'Group', {
      vpc: props.vpc,
      description: 'The rotation of the database password',
      allowAllOutbound: false,
    });
    // The function has a name, so that the stack can have its log group, encrypted and with a retention. The name contains the
    // security group’s id, so that a rotation which is made again does not meet the log group that production has retained.
    const functionName = `rotation-${group.securityGroupId}`;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      encryptionKey: props.key,
      retention: props.protection.logRetention,
      removalPolicy: props.protection.removalPolicy,
    });
    group.addEgressRule(props.databaseSecurityGroup, ec2.Port.tcp(props.port), 'The database');
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'Secrets Manager');
    props.databaseSecurityGroup.addIngressRule(
      group,
      ec2.Port.tcp(props.port),
      'The rotation of the password',
    );
    props.secret
      .addRotationSchedule('Rotation', {
        hostedRotation: HostedRotation.postgreSqlSingleUser({
          functionName,
          vpc: props.vpc,
          vpcSubnets: { subnets: [...props.subnets] },
          securityGroups: [group],
        }),
        automaticallyAfter: props.interval,
        // Servers may be carrying the data over with the first password.
        rotateImmediatelyOnUpdate: false,
      })
      .node.addDependency(logGroup);
  }
}
