import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Construct, type IConstruct } from 'constructs';
import type { ProtectionSettings } from '../../contract/protection';
import { acknowledgeWildcard } from './acknowledge';
import type { Alarms } from './alarms';
import { allow, NodeFunction } from './compute/node-function';
import type { Protection } from './protection';

/** A stack of the deployment, known by its name alone: it may not be there yet. */
export interface StackName {
  readonly name: string;
  readonly region: string;
}

export interface StandingProtectionProps {
  /** Stacks that are protected besides the one that this stands in. */
  readonly otherStacks: readonly StackName[];
  readonly databases: readonly IDatabaseInstance[];
  readonly alarms: Alarms;
  readonly key: IKey;
  readonly protection: Protection;
}

/** How often it is looked at what no event tells. */
const PERIOD = Duration.minutes(5);

/**
 * Termination protection of stacks and deletion protection of databases, switched on once the stack stands, and again
 * whenever they are off. Neither is in a template. In one, both would come into force before anything else has succeeded:
 * then a first deployment that fails can neither be rolled back nor repeated. And not by a resource of the stack alone, since
 * the CDK's command line takes termination protection away at each deployment, also at one without changes, of a stack
 * that does not declare it (aws-cdk#8275).
 */
export class StandingProtection extends Construct {
  constructor(scope: Construct, id: string, props: StandingProtectionProps) {
    super(scope, id);
    const { otherStacks, databases, alarms, key, protection } = props;
    const own = Stack.of(this);
    const arnOf = ({ name, region }: StackName): string =>
      own.formatArn({ service: 'cloudformation', region, resource: 'stack', resourceName: `${name}/*` });
    const environment: ProtectionSettings = {
      OWN_STACK: own.stackId,
      OTHER_STACKS: otherStacks.map(({ name, region }) => `${region}/${name}`).join(','),
      DATABASES: databases.map(({ instanceIdentifier }) => instanceIdentifier).join(','),
    };
    const { resource } = new NodeFunction(this, 'Protect', {
      key,
      // Or its log would be all that is left of a production that becomes a sandbox, and is destroyed.
      protection: { ...protection, removalPolicy: RemovalPolicy.DESTROY },
      folder: 'protect-standing',
      description: 'Switches on the protection of stacks and databases that stand',
      timeout: Duration.minutes(1),
      environment: { ...environment },
      // Whatever could not run at once is late: the next one comes by itself.
      maxEventAge: Duration.minutes(1),
      may: [
        allow(
          ['cloudformation:DescribeStacks', 'cloudformation:UpdateTerminationProtection'],
          own.stackId,
          ...otherStacks.map(arnOf),
        ),
        ...(databases.length === 0
          ? []
          : [
              allow(
                ['rds:DescribeDBInstances', 'rds:ModifyDBInstance'],
                ...databases.map(({ instanceArn }) => instanceArn),
              ),
            ]),
      ],
    });
    otherStacks.map(arnOf).forEach((arn) => {
      acknowledgeWildcard(this, arn, 'A stack’s ARN ends in an id that no other stack can know beforehand.');
    });
    const target = new LambdaFunction(resource, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    const here = otherStacks.filter(({ region }) => region === own.region).map(arnOf);
    new Rule(this, 'OnceItStands', {
      description: 'A stack has another status',
      eventPattern: {
        source: ['aws.cloudformation'],
        detailType: ['CloudFormation Stack Status Change'],
        detail: { 'stack-id': [own.stackId, ...here.map((arn) => ({ prefix: arn.slice(0, -1) }))] },
      },
      targets: [target],
    });
    new Rule(this, 'Again', {
      description: 'What no event tells: protection that was taken away',
      schedule: Schedule.rate(PERIOD),
      targets: [target],
    });
    alarms.raise(this, 'Errors', {
      metric: resource.metricErrors({ period: PERIOD }),
      when: 'above',
      threshold: 0,
      periods: 3,
      silence: 'is fine',
      meaning: 'Three attempts to protect the stacks and the database have failed: they may be unprotected.',
      first: 'read its log.',
      runbook: 'protection-errors',
    });
  }
}

/** Says why a database's template has no deletion protection. */
export function acknowledgeDeletion(database: IConstruct, { deletionProtection }: Protection): void {
  Validations.of(database).acknowledge({
    id: 'AwsSolutions-RDS10',
    reason: deletionProtection
      ? 'Switched on once its stack stands, by StandingProtection: a database that protects itself cannot be rolled back.'
      : 'A sandbox: `cdk destroy` is to leave nothing behind.',
  });
}
