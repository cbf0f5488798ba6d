import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** For how long a region may take to answer, in milliseconds. */
const TIMEOUT = 4_000;

/** A stack's status, such as `UPDATE_IN_PROGRESS`; undefined where there is none of that name. `stack` is a name or an ARN. */
export async function statusOf(region: string, stack: string): Promise<string | undefined> {
  const client = new CloudFormationClient({ region, maxAttempts: 2 });
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }), {
      abortSignal: AbortSignal.timeout(TIMEOUT),
    });
    return Stacks?.[0]?.StackStatus;
  } catch (error) {
    // So CloudFormation says that there is no such stack.
    if (error instanceof Error && error.name === 'ValidationError') {
      return undefined;
    }
    throw error;
  } finally {
    client.destroy();
  }
}
