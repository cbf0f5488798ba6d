/** What of the deployment is there already: its own, and so neither a leftover nor in its own way. */
import { DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Aws } from './aws';
import { unless } from './unanswered';
import type { WantedResource, WantedStack } from './wanted';

export interface DeployedStack {
  readonly name: string;
  /** CloudFormation's name of the state; undefined where there is no such stack. */
  readonly status: string | undefined;
  /** Whether deleting it is refused. */
  readonly protected: boolean;
  /** Logical ids of what it has. */
  readonly live: ReadonlySet<string>;
}

/** States of a resource in which the stack has none, or lets go of it. */
const GONE = new Set(['DELETE_COMPLETE', 'DELETE_SKIPPED', 'CREATE_FAILED', 'IMPORT_FAILED']);

/** The stacks of a region, as they are. */
export function look(
  aws: Aws,
  region: string,
  stacks: readonly WantedStack[],
): Promise<readonly DeployedStack[]> {
  const client = aws.cloudFormation(region);
  return Promise.all(
    stacks
      .filter((stack) => stack.region === region)
      .map(async ({ name }) => {
        const answer = await unless(
          client.send(new DescribeStacksCommand({ StackName: name })),
          'ValidationError',
        );
        const [stack] = answer?.Stacks ?? [];
        if (stack === undefined) {
          return { name, status: undefined, protected: false, live: new Set<string>() };
        }
        const live = new Set<string>();
        for await (const page of paginateListStackResources({ client }, { StackName: name })) {
          for (const { LogicalResourceId, ResourceStatus } of page.StackResourceSummaries ?? []) {
            if (LogicalResourceId !== undefined && !GONE.has(ResourceStatus ?? ''))
              live.add(LogicalResourceId);
          }
        }
        return {
          name,
          status: stack.StackStatus,
          protected: stack.EnableTerminationProtection ?? false,
          live,
        };
      }),
  );
}

/** Those of a region's resources that the deployment still has to make. */
export function missing(
  deployed: readonly DeployedStack[],
  resources: readonly WantedResource[],
): readonly WantedResource[] {
  return resources.filter(
    ({ stack, id }) => !deployed.some(({ name, live }) => name === stack && live.has(id)),
  );
}
