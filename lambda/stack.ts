import {
  type CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { callTimeout } from './call-timeout';

/**
 * A stack as CloudFormation describes it; undefined where there is none.
 *
 * @param nameOrId a name, or an id (ARN)
 * @param timeout for how long CloudFormation may take to answer, in ms
 */
export async function describeStack(
  client: CloudFormationClient,
  nameOrId: string,
  timeout: number,
): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(
      new DescribeStacksCommand({ StackName: nameOrId }),
      callTimeout(timeout),
    );
    return Stacks?.[0];
  } catch (error) {
    if (isAbsent(error)) {
      return undefined;
    }
    throw error;
  }
}

/** CloudFormation has no error of its own for a stack that does not exist. */
function isAbsent(error: unknown): boolean {
  return (
    error instanceof CloudFormationServiceException &&
    error.name === 'ValidationError' &&
    error.message.endsWith('does not exist')
  );
}
