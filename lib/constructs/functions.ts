import { Aspects, CfnResource, CustomResourceProviderBase, type IAspect, Lazy, Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import type { Protection } from './protection';

export interface FunctionHousingProps {
  readonly key: IKey;
  readonly protection: Protection;
}

/**
 * Gives every function in the stack, also those that the CDK makes for its own purposes, a log group of the stack's:
 * one that Lambda makes by itself is kept for ever and outlives a sandbox. Nor may any of them make one: a function that
 * logs late would have its group again after the stack has gone. And says their processor: Graviton, as everywhere, but
 * for what needs a layer, for the CDK's own has a library compiled for x86 in it.
 */
export function houseFunctions(stack: Stack, props: FunctionHousingProps): void {
  Aspects.of(stack).add(new FunctionHousing(props));
}

/** A log group for a function that asks for one when it is made. */
export function functionLogs(scope: Construct, id: string, props: FunctionHousingProps): ILogGroup {
  return new LogGroup(scope, id, {
    encryptionKey: props.key,
    retention: props.protection.logRetention,
    removalPolicy: props.protection.removalPolicy,
  });
}

class FunctionHousing implements IAspect {
  constructor(private readonly props: FunctionHousingProps) {}

  visit(node: IConstruct): void {
    if (node instanceof CfnRole) {
      denyLogGroups(node);
    }
    if (node instanceof CustomResourceProviderBase) {
      node.addToRolePolicy(NO_LOG_GROUPS);
    }
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::Lambda::Function') {
      return;
    }
    const housed = node instanceof CfnFunction && node.loggingConfig !== undefined;
    if (!housed) {
      const group = functionLogs(node, 'Logs', this.props);
      node.addPropertyOverride('LoggingConfig', { LogGroup: group.logGroupName });
    }
    // The CDK knows only by the end whether there are any.
    const layered = node instanceof CfnFunction && Stack.of(node).resolve(node.layers) !== undefined;
    node.addPropertyOverride('Architectures', [layered ? 'x86_64' : 'arm64']);
  }
}

/** Beats whatever else allows it: AWS's own policies for functions do. */
const NO_LOG_GROUPS = { Effect: 'Deny', Action: 'logs:CreateLogGroup', Resource: '*' } as const;

/** In the role itself, so that the denial ends no sooner than the role does. */
function denyLogGroups(role: CfnRole): void {
  const stack = Stack.of(role);
  const isOfFunction = JSON.stringify(stack.resolve(role.assumeRolePolicyDocument)).includes(
    'lambda.amazonaws.com',
  );
  if (!isOfFunction) {
    return;
  }
  const others = role.policies;
  role.policies = Lazy.any({
    produce: () => {
      const resolved: unknown = stack.resolve(others);
      const kept: readonly unknown[] = Array.isArray(resolved) ? resolved : [];
      return [
        ...kept,
        { policyName: 'NoLogGroups', policyDocument: { Version: '2012-10-17', Statement: [NO_LOG_GROUPS] } },
      ];
    },
  });
}
