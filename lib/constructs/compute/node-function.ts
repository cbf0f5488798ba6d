import { type Duration, Validations } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { resolve } from 'node:path';
import { functionLogGroup } from '../function-defaults';
import type { ProtectedDataProps } from '../protection';
import { bundleFunction } from './bundle';
import { bundledBy } from './local-bundling';

export interface NodeFunctionProps extends ProtectedDataProps {
  /** Folder in lambda/; its `handler.ts` exports `handler`. */
  readonly folder: string;
  /** Shown in Lambda’s console. */
  readonly description: string;
  /** The longest that an invocation may take. */
  readonly timeout: Duration;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it may do besides writing its log. */
  readonly initialPolicy: readonly iam.PolicyStatement[];
  /** Where in our VPC it runs. @default - outside of it */
  readonly network?: FunctionNetwork;
  /**
   * How late an asynchronous invocation may start; it is then not retried either. @default - Lambda’s: six hours, two retries
   */
  readonly maxEventAge?: Duration;
}

/** A place in a VPC. */
interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
}

const ROOT = resolve(__dirname, '../../..');

/**
 * A function from the folder lambda/, on Graviton and Node’s current LTS, whose role names each resource that it may use.
 *
 * @example
 * new NodeFunction(stack, 'Function', {
 *   folder: 'watch-writes', description: 'Watches', timeout: Duration.minutes(1), environment: {},
 *   initialPolicy: [allow(['s3:GetObject'], markArn)], key, protection,
 * });
 */
export class NodeFunction extends Construct {
  readonly resource: lambda.Function;
  readonly logs: ILogGroup;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { network, maxEventAge } = props;
    this.logs = functionLogGroup(this, 'Logs', props);
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logs.grantWrite(role);
    if (network !== undefined) {
      allowNetworkInterfaces(role);
    }
    props.initialPolicy.forEach((statement) => role.addToPolicy(statement));
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

/** Lambda creates a function’s network interfaces by the function’s own role, and rejects a role that names them. */
function allowNetworkInterfaces(role: iam.Role): void {
  const policy = 'service-role/AWSLambdaVPCAccessExecutionRole';
  role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName(policy));
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
    reason:
      'What AWS demands of a function in a VPC: it creates network interfaces, which cannot be named before.',
  });
}

/** A statement that allows actions on resources. */
export function allow(actions: readonly string[], ...arns: readonly string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [...actions], resources: [...arns] });
}
