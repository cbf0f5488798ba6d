import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Construct, type IConstruct } from 'constructs';
import type { ProtectionSettings } from '../../contract/protection';
import { suppressWildcard } from './nag-suppressions';
import type { AlarmDefinition } from './alarms';
import { allow, NodeFunction } from './compute/node-function';
import type { ProtectedDataProps, Protection } from './protection';

/** A stack of the deployment by its name, because it may not exist yet. */
export interface StackName {
  readonly name: string;
  readonly region: string;
}

export interface TerminationProtectionProps extends ProtectedDataProps {
  /** Stacks to protect besides the one that this is part of. */
  readonly otherStacks: readonly StackName[];
  /** Databases of this stack to protect. */
  readonly databases: readonly IDatabaseInstance[];
}

/** How often the protection is checked. */
const PERIOD = Duration.minutes(5);

/**
 * Switches on the termination protection of stacks and the deletion protection of databases once their stack is deployed, and again
 * whenever either is off.
 *
 * Neither is in a template: both would take effect before the first deployment has succeeded, and one that fails could then be
 * neither rolled back nor repeated. A custom resource would not do, because the CDK’s command line switches termination
 * protection off at each deployment of a stack that does not declare it, also at one without changes (aws-cdk#8275).
 */
export class TerminationProtection extends Construct {
  readonly alarms: readonly AlarmDefinition[];

  constructor(scope: Construct, id: string, props: TerminationProtectionProps) {
    super(scope, id);
    const { otherStacks, databases, key, protection } = props;
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
      // A retained log would be left over where production becomes a sandbox and is destroyed.
      protection: { ...protection, removalPolicy: RemovalPolicy.DESTROY },
      folder: 'protect-standing',
      description: 'Switches on the protection of stacks and databases that stand',
      timeout: Duration.minutes(1),
      environment: { ...environment },
      // A late invocation is of no use: the schedule starts the next one.
      maxEventAge: Duration.minutes(1),
      initialPolicy: [
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
      suppressWildcard(
        this,
        arn,
        'A stack’s ARN ends with an id that CloudFormation chooses when it creates the stack.',
      );
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
    this.alarms = [
      {
        id: 'Errors',
        metric: resource.metricErrors({ period: PERIOD }),
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 3,
        treatMissingData: 'notBreaching',
        meaning:
          'Three attempts to protect the stacks and the database have failed: they may be unprotected.',
        firstStep: 'read its log.',
        runbook: 'protection-errors',
      },
    ];
  }
}

/** Tells cdk-nag why a database has no deletion protection in its template. */
export function explainMissingDeletionProtection(
  database: IConstruct,
  { deletionProtection }: Protection,
): void {
  Validations.of(database).acknowledge({
    id: 'AwsSolutions-RDS10',
    reason: deletionProtection
      ? 'Switched on after the deployment, by TerminationProtection: a first deployment could not be rolled back otherwise.'
      : 'A sandbox: `cdk destroy` is to leave nothing behind.',
  });
}
