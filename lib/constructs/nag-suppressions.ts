import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';

/**
 * Suppresses cdk-nag's finding of one wildcard resource in the policies below `scope`. Any other wildcard is still found.
 *
 * @example
 * suppressWildcard(role, '*', 'Describe actions cannot be restricted to a resource.');
 */
export function suppressWildcard(scope: IConstruct, resource: string, reason: string): void {
  const { account, partition } = Stack.of(scope);
  // cdk-nag writes pseudo parameters in angle brackets.
  const asFound = [
    [account, '<AWS::AccountId>'],
    [partition, '<AWS::Partition>'],
  ].reduce(
    (text, [value = '', name = '']) => (Token.isUnresolved(value) ? text.replaceAll(value, name) : text),
    resource,
  );
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${asFound}]`, reason });
}

/** Suppresses the finding that a function of the CDK’s own has AWS’s managed policy for writing its log. */
export function suppressLambdaLogging({ grantPrincipal }: IGrantable): void {
  if (Construct.isConstruct(grantPrincipal)) {
    Validations.of(grantPrincipal).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason: 'The CDK’s own function, and its choice: the policy allows writing a log, and nothing else.',
    });
  }
}
