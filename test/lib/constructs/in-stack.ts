import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { withApp } from '../../support/application';
import { at, list } from '../../support/cloud-assembly';
import { type Protection, protectionOf } from '../../../lib/constructs/protection';
import { TwoZoneStack } from '../../../lib/stacks/two-zone-stack';

export const PRODUCTION: Protection = protectionOf(false);
export const SANDBOX: Protection = protectionOf(true);

class TestStack extends TwoZoneStack {}

/** The template of a stack that holds what `build` puts into it, and nothing else. */
export function inStack(build: (stack: Stack) => void): Template {
  const context = { 'aws:cdk:bundling-stacks': [], '@aws-cdk/aws-iam:minimizePolicies': true };
  return withApp({ builtinCloudFormationValidation: false, context }, (app) => {
    const stack = new TestStack(app, 'Stack', { env: { region: 'us-east-1' } });
    build(stack);
    return Template.fromStack(stack);
  });
}

/** A key and a network for constructs that need one to stand in. */
export function surroundings(scope: Construct): { readonly key: Key; readonly vpc: IVpc } {
  const vpc = new Vpc(scope, 'AVpc', { maxAzs: 2, natGateways: 0 });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
  return { key: new Key(scope, 'AKey'), vpc: vpc as IVpc };
}

/** Values of CloudFormation’s pseudo parameters in a made-up account. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A text as CloudFormation puts it together; what it must ask a resource for stands in angle brackets. */
export function written(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const [separator, parts] = list(at(value, 'Fn::Join'));
  if (typeof separator === 'string') {
    return list(parts).map(written).join(separator);
  }
  const reference = at(value, 'Ref');
  return (
    (typeof reference === 'string' ? PSEUDO[reference] : undefined) ??
    `<${list(reference ?? at(value, 'Fn::GetAtt')).join('.')}>`
  );
}
