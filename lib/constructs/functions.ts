import { Aspects, CfnResource, type IAspect, type Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { Protection } from './protection';

export interface FunctionHousingProps {
  readonly key: IKey;
  readonly protection: Protection;
}

/**
 * Gives every function in the stack, also those that the CDK makes for its own purposes, a log group of the stack's:
 * one that Lambda makes by itself is kept for ever and outlives a sandbox. And says their processor: Graviton, as
 * everywhere.
 */
export function houseFunctions(stack: Stack, props: FunctionHousingProps): void {
  Aspects.of(stack).add(new FunctionHousing(props));
}

class FunctionHousing implements IAspect {
  constructor(private readonly props: FunctionHousingProps) {}

  visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::Lambda::Function') {
      return;
    }
    const group = new LogGroup(node, 'Logs', {
      encryptionKey: this.props.key,
      retention: this.props.protection.logRetention,
      removalPolicy: this.props.protection.removalPolicy,
    });
    node.addPropertyOverride('LoggingConfig', { LogGroup: group.logGroupName });
    node.addPropertyOverride('Architectures', ['arm64']);
  }
}
