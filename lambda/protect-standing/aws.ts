import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
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
      try {
        const { Stacks: [stack] = [] } = await cloudFormation(region).send(
          new DescribeStacksCommand({ StackName }),
          soon(),
        );
        return stack?.StackStatus === undefined
          ? undefined
          : { status: stack.StackStatus, protected: stack.EnableTerminationProtection === true };
      } catch (error) {
        if (isAbsent(error)) {
          return undefined;
        }
        throw error;
      }
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

/** CloudFormation has no error of its own for a stack that is not there. */
function isAbsent(error: unknown): boolean {
  return (
    error instanceof CloudFormationServiceException &&
    error.name === 'ValidationError' &&
    error.message.endsWith('does not exist')
  );
}
