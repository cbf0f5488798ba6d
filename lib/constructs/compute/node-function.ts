import { type Duration, Validations } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { resolve } from 'node:path';
import { type FunctionHousingProps, functionLogs } from '../functions';
import { bundleFunction } from './bundle';
import { bundledBy } from './local-bundling';

export interface NodeFunctionProps extends FunctionHousingProps {
  /** Its folder in lambda/; what it runs is `handler` of handler.ts there. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** What it may do besides writing its log. */
  readonly may: readonly iam.PolicyStatement[];
  /** @default - in no network of ours */
  readonly network?: FunctionNetwork;
  /** For how long an invocation that nobody waits for may be late; it is not tried again. @default - Lambda's: six hours, thrice */
  readonly maxEventAge?: Duration;
}

/** Where a function stands. */
interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
}

const ROOT = resolve(__dirname, '../../..');

/** A function of ours, on Graviton and Node's current LTS, with a role that names each thing it may touch. */
export class NodeFunction extends Construct {
  readonly resource: lambda.Function;
  readonly logs: ILogGroup;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { network, maxEventAge } = props;
    this.logs = functionLogs(this, 'Logs', props);
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logs.grantWrite(role);
    if (network !== undefined) {
      enterNetwork(role);
    }
    props.may.forEach((statement) => role.addToPolicy(statement));
    this.resource = new lambda.Function(this, 'Resource', {
      description: props.description,
      code: lambda.Code.fromAsset(
        resolve(ROOT, 'lambda', props.folder),
        bundledBy((folder) => {
          bundleFunction({ root: ROOT, entry: resolve(ROOT, 'lambda', props.folder, 'handler.ts'), folder });
        }),
      ),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: props.timeout,
      role,
      environment: { ...props.environment },
      logGroup: this.logs,
      ...(maxEventAge === undefined ? {} : { retryAttempts: 0, maxEventAge }),
      ...(network === undefined
        ? {}
        : {
            vpc: network.vpc,
            vpcSubnets: { subnets: [...network.subnets] },
            securityGroups: [network.securityGroup],
          }),
    });
  }
}

/** Lambda makes the function's network interfaces with the function's own role, and refuses one that names them. */
function enterNetwork(role: iam.Role): void {
  const policy = 'service-role/AWSLambdaVPCAccessExecutionRole';
  role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName(policy));
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
    reason:
      'What AWS asks of a function in a network: it makes interfaces, which have no name before they are.',
  });
}

/** One action or several on one resource or several. */
export function allow(actions: readonly string[], ...arns: readonly string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [...actions], resources: [...arns] });
}
