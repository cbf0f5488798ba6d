import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';

/**
 * Says why a policy below `scope` names `resource` by a wildcard. The rule's finding carries the resource itself, so
 * another wildcard is found all the same.
 */
export function acknowledgeWildcard(scope: IConstruct, resource: string, reason: string): void {
  const { account, partition } = Stack.of(scope);
  // The rule writes what is known only at deployment in angle brackets.
  const written = [
    [account, '<AWS::AccountId>'],
    [partition, '<AWS::Partition>'],
  ].reduce(
    (text, [value = '', name = '']) => (Token.isUnresolved(value) ? text.replaceAll(value, name) : text),
    resource,
  );
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${written}]`, reason });
}

/** Says why a function that the CDK makes for its own purposes has AWS's policy for writing a log. */
export function acknowledgeLogging({ grantPrincipal }: IGrantable): void {
  if (Construct.isConstruct(grantPrincipal)) {
    Validations.of(grantPrincipal).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason: 'The CDK’s own function, and its choice: the policy allows writing a log, and nothing else.',
    });
  }
}
