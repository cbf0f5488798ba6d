import { Aspects, CfnResource, CustomResource, Duration, type IAspect, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import type { GuardProperties, Parts } from '../../contract/guard';
import { acknowledgeWildcard } from './acknowledge';
import { allow, NodeFunction } from './compute/node-function';
import type { Protection } from './protection';

export interface GuardProps {
  /** What the deployment consists of. */
  readonly parts: Parts;
  /** Names of parts that may go with this deployment. */
  readonly allowRemoval: readonly string[];
  /** What the stacks' names begin with. */
  readonly deployment: string;
  /** Every region in which a data stack of the deployment could stand. */
  readonly regions: readonly string[];
  /** Of the guard's log; the guard cannot stand before it. */
  readonly key: IKey;
  readonly protection: Protection;
}

/** As long as the function may run; CloudFormation waits a little longer for its answer. */
const TIMEOUT = Duration.seconds(30);

/**
 * Refuses a deployment that would take away a rung, a region, the domain or a team's application which nobody said may go:
 * settings that were forgotten look like settings that were meant. Everything else in the stack waits for its answer, and
 * CloudFormation removes what is no longer wanted at the very end, so a refusal comes before anything is touched.
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
    const judge = new NodeFunction(this, 'Function', {
      folder: 'guard',
      description: 'Refuses a deployment that would take away what nobody said may go',
      timeout: TIMEOUT,
      environment: { REGIONS: props.regions.join(',') },
      may: [allow(['cloudformation:DescribeStacks'], dataStacks)],
      key,
      protection,
    });
    acknowledgeWildcard(
      judge,
      dataStacks,
      'It asks whether data stacks of this deployment stand in other regions, by name; a stack’s ARN ends with an id that nobody knows.',
    );
    const properties: GuardProperties = {
      Rungs: parts.rungs.join(','),
      Regions: parts.regions.join(','),
      Domain: parts.domain ?? '',
      OwnApplication: parts.ownApplication ? 'true' : 'false',
      AllowRemoval: props.allowRemoval.join(','),
    };
    const answer = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::Guard',
      serviceToken: judge.resource.functionArn,
      serviceTimeout: TIMEOUT.plus(Duration.seconds(30)),
      properties: { ...properties },
    });
    // Its policy, too, must be there when it is asked.
    answer.node.addDependency(judge);
    Aspects.of(Stack.of(this)).add(new WaitFor(answer, [this, key]));
  }
}

/** Makes every resource of a stack wait for one of them, but for those in `before`. */
class WaitFor implements IAspect {
  constructor(
    private readonly answer: CustomResource,
    private readonly before: readonly IConstruct[],
  ) {}

  visit(node: IConstruct): void {
    const first = node.node.scopes.some((scope) => this.before.includes(scope));
    const { defaultChild } = this.answer.node;
    if (!first && CfnResource.isCfnResource(node) && CfnResource.isCfnResource(defaultChild)) {
      node.addResourceDependency(defaultChild);
    }
  }
}
