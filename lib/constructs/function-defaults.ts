import { Aspects, CfnResource, CustomResourceProviderBase, type IAspect, Lazy, Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import type { ProtectedDataProps } from './protection';

/**
 * Sets what every Lambda function of a stack has in common, also functions that the CDK makes for its own purposes:
 *
 * - A log group in the stack. One that Lambda makes by itself never expires and outlives a sandbox, so no function may make one:
 *   a function that logs late would otherwise make its group again after the stack is deleted.
 * - Graviton as its processor, except with a layer: the CDK’s own layer holds a library compiled for x86.
 */
export function applyFunctionDefaults(stack: Stack, props: ProtectedDataProps): void {
  Aspects.of(stack).add(new FunctionDefaults(props));
}

/** An encrypted log group for a function that takes one as a prop. */
export function functionLogGroup(scope: Construct, id: string, props: ProtectedDataProps): ILogGroup {
  return new LogGroup(scope, id, {
    encryptionKey: props.key,
    retention: props.protection.logRetention,
    removalPolicy: props.protection.removalPolicy,
  });
}

class FunctionDefaults implements IAspect {
  constructor(private readonly props: ProtectedDataProps) {}

  visit(node: IConstruct): void {
    if (node instanceof CfnRole) {
      denyCreatingLogGroups(node);
    }
    if (node instanceof CustomResourceProviderBase) {
      node.addToRolePolicy(DENY_CREATING_LOG_GROUPS);
    }
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::Lambda::Function') {
      return;
    }
    const hasLogGroup = node instanceof CfnFunction && node.loggingConfig !== undefined;
    if (!hasLogGroup) {
      const group = functionLogGroup(node, 'Logs', this.props);
      node.addPropertyOverride('LoggingConfig', { LogGroup: group.logGroupName });
    }
    // `layers` is lazy: whether there are any is known only when it is resolved.
    const hasLayers = node instanceof CfnFunction && Stack.of(node).resolve(node.layers) !== undefined;
    node.addPropertyOverride('Architectures', [hasLayers ? 'x86_64' : 'arm64']);
  }
}

/** A denial outweighs whatever allows it, such as AWS’s managed policies for functions. */
const DENY_CREATING_LOG_GROUPS = { Effect: 'Deny', Action: 'logs:CreateLogGroup', Resource: '*' } as const;

/** As an inline policy of the role itself, so that the denial lasts as long as the role. */
function denyCreatingLogGroups(role: CfnRole): void {
  const stack = Stack.of(role);
  const isForLambda = JSON.stringify(stack.resolve(role.assumeRolePolicyDocument)).includes(
    'lambda.amazonaws.com',
  );
  if (!isForLambda) {
    return;
  }
  const given = role.policies;
  role.policies = Lazy.any({
    produce: () => {
      const resolved: unknown = stack.resolve(given);
      const policies: readonly unknown[] = Array.isArray(resolved) ? resolved : [];
      return [
        ...policies,
        {
          policyName: 'NoLogGroups',
          policyDocument: { Version: '2012-10-17', Statement: [DENY_CREATING_LOG_GROUPS] },
        },
      ];
    },
  });
}
