import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

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
