import { CfnWaitConditionHandle } from 'aws-cdk-lib';
import { CfnParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

/**
 * Makes it impossible to deploy the primary’s template over a replica’s data stack, or the other way round. Both templates have a
 * resource of the same logical id and of different types, and CloudFormation rejects such a change before it touches anything.
 *
 * Without it, putting a promoted replica’s region first in `regions` would replace its database by an empty one.
 */
export function lockReplicationRole(scope: Construct, role: 'primary' | 'replica'): void {
  // Neither resource costs or does anything. Their ids and values are deployed, so they keep the words of the first version.
  const lock =
    role === 'primary'
      ? new CfnWaitConditionHandle(scope, 'Part')
      : new CfnParameter(scope, 'Part', {
          type: 'String',
          value: 'further',
          description: 'This data center’s part among all',
        });
  lock.overrideLogicalId('Part');
}
