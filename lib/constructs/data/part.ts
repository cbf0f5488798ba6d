import { CfnWaitConditionHandle } from 'aws-cdk-lib';
import { CfnParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

/**
 * Says in a stack's template which part the data center has, first or further, in a way that cannot be changed:
 * CloudFormation refuses an update, before it touches anything, in which a resource of one name has another type. The order of
 * `regions` is no way to make a promoted data center the first one; it would put an empty database in place of its own.
 */
export function fixPart(scope: Construct, part: 'first' | 'further'): void {
  // Neither costs or does anything.
  const kept =
    part === 'first'
      ? new CfnWaitConditionHandle(scope, 'Part')
      : new CfnParameter(scope, 'Part', {
          type: 'String',
          value: part,
          description: 'This data center’s part among all',
        });
  kept.overrideLogicalId('Part');
}
