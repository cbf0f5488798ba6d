import { CloudFormationClient, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import { describeStack } from '../stack';
import type { Protected } from './protect';

/** How often AWS is asked, and how long an answer may take, in ms: the next invocation comes by itself. */
const PATIENCE = { maxAttempts: 3 } as const;
const TIMEOUT_MS = 15_000;

const soon = (): { readonly abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });

/** CloudFormation of any region, and RDS of this one. */
export function createServices(): Omit<Protected, 'log'> {
  const rds = new RDSClient(PATIENCE);
  const cloudFormation = (region: string): CloudFormationClient =>
    new CloudFormationClient({ ...PATIENCE, region });
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
        soon(),
      );
    },
    async isDatabaseProtected(id) {
      const { DBInstances: [instance] = [] } = await rds.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }),
        soon(),
      );
      return instance?.DeletionProtection === true;
    },
    async protectDatabase(id) {
      await rds.send(
        new ModifyDBInstanceCommand({ DBInstanceIdentifier: id, DeletionProtection: true }),
        soon(),
      );
    },
  };
}
