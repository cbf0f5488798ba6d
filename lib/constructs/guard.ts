import { Aspects, CfnResource, CustomResource, Duration, type IAspect, Stack } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { type GuardProperties, type Parts, queuesProperty } from '../../contract/guard';
import { suppressWildcard } from './nag-suppressions';
import { allow, NodeFunction } from './compute/node-function';
import type { ProtectedDataProps } from './protection';

export interface GuardProps extends ProtectedDataProps {
  /** What the deployment consists of. */
  readonly parts: Parts;
  /** Names of parts that this deployment may remove. */
  readonly allowRemoval: readonly string[];
  /** Name of the deployment. */
  readonly deployment: string;
  /** Every region that may have a data stack of the deployment. */
  readonly regions: readonly string[];
}

/** Timeout of the function; CloudFormation waits half a minute longer for its answer. */
const TIMEOUT = Duration.seconds(30);

/**
 * Fails a deployment that would remove a rung, a region, the domain or a team’s own application without `allowRemoval`, because
 * forgotten settings look the same as intended ones.
 *
 * It is a custom resource that all other resources of the stack depend on, and CloudFormation deletes resources at the very end of an
 * update. So it fails before anything is changed.
 *
 * @example
 * new Guard(stack, 'Guard', { parts, allowRemoval: ['cache'], deployment: 'links', regions: REGIONS, key, protection });
 */
export class Guard extends Construct {
  constructor(scope: Construct, id: string, props: GuardProps) {
    super(scope, id);
    const { parts, deployment, key, protection } = props;
    const { account, partition } = Stack.of(this);
    const dataStacks = `arn:${partition}:cloudformation:*:${account}:stack/${deployment}-*-data/*`;
    const check = new NodeFunction(this, 'Function', {
      folder: 'guard',
      description: 'Refuses a deployment that would take away what nobody said may go',
      timeout: TIMEOUT,
      environment: { REGIONS: props.regions.join(',') },
      initialPolicy: [allow(['cloudformation:DescribeStacks'], dataStacks)],
      key,
      protection,
    });
    suppressWildcard(
      check,
      dataStacks,
      'It asks by name whether other regions have data stacks of this deployment; a stack’s ARN ends with an id that CloudFormation chooses.',
    );
    const properties: GuardProperties = {
      Rungs: parts.rungs.join(','),
      Regions: parts.regions.join(','),
      Domain: parts.domain ?? '',
      OwnApplication: parts.ownApplication ? 'true' : 'false',
      ...queuesProperty(parts.queues),
      AllowRemoval: props.allowRemoval.join(','),
    };
    const guard = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::Guard',
      serviceToken: check.resource.functionArn,
      serviceTimeout: TIMEOUT.plus(Duration.seconds(30)),
      properties: { ...properties },
    });
    // The function needs its policy, too.
    guard.node.addDependency(check);
    Aspects.of(Stack.of(this)).add(new DependOn(guard, [this, key]));
  }
}

/** Makes every resource of a stack depend on one of them, except those below `except`. */
class DependOn implements IAspect {
  constructor(
    private readonly dependency: CustomResource,
    private readonly except: readonly IConstruct[],
  ) {}

  visit(node: IConstruct): void {
    const isExcepted = node.node.scopes.some((scope) => this.except.includes(scope));
    const { defaultChild } = this.dependency.node;
    if (!isExcepted && CfnResource.isCfnResource(node) && CfnResource.isCfnResource(defaultChild)) {
      node.addResourceDependency(defaultChild);
    }
  }
}
