import { CloudFormationClient, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import { callTimeout } from '../call-timeout';
import { describeStack } from '../stack';
import type { ProtectionServices } from './protect';

const CLIENT = { maxAttempts: 3 } as const;

/** For all attempts of a call together. */
const TIMEOUT_MS = 15_000;

/** CloudFormation of any region, and RDS of this one. */
export function createServices(): Omit<ProtectionServices, 'log'> {
  const rds = new RDSClient(CLIENT);
  const cloudFormation = (region: string): CloudFormationClient =>
    new CloudFormationClient({ ...CLIENT, region });
  return {
    async stack({ region, stack: StackName }) {
      const described = await describeStack(cloudFormation(region), StackName, TIMEOUT_MS);
      return described?.StackStatus === undefined
        ? undefined
        : { status: described.StackStatus, protected: described.EnableTerminationProtection === true };
    },
    async protectStack({ region, stack: StackName }) {
      await cloudFormation(region).send(
        new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: true }),
        callTimeout(TIMEOUT_MS),
      );
    },
    async isDatabaseProtected(id) {
      const { DBInstances: [instance] = [] } = await rds.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }),
        callTimeout(TIMEOUT_MS),
      );
      return instance?.DeletionProtection === true;
    },
    async protectDatabase(id) {
      await rds.send(
        new ModifyDBInstanceCommand({ DBInstanceIdentifier: id, DeletionProtection: true }),
        callTimeout(TIMEOUT_MS),
      );
    },
  };
}
