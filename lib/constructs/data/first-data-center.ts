import { Fn, Stack } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledge';
import { functionLogs, type FunctionHousingProps } from '../functions';
import { QuestionRole, writingLog } from '../question-role';

export interface FirstDataCenterProps extends FunctionHousingProps {
  readonly region: string;
  /** The stack of what the first data center keeps. */
  readonly stackName: string;
}

/**
 * What a further data center must know of the first one. It is asked of the first one's stack once, when what needs it is
 * made, and never again: a value that CloudFormation resolved at each deployment could not be had while the first
 * region is gone, and would attach a promoted database to its old primary.
 */
export class FirstDataCenter extends Construct {
  /** Of all questions: one function asks them, and has one log and one role. */
  private readonly logs: ILogGroup;
  private readonly asking: IRole;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: FirstDataCenterProps,
  ) {
    super(scope, id);
    this.logs = functionLogs(this, 'Logs', props);
    const { partition, account } = Stack.of(this);
    const stack = `arn:${partition}:cloudformation:${props.region}:${account}:stack/${props.stackName}/*`;
    this.asking = QuestionRole.for(this, writingLog(this.logs.logGroupArn), {
      actions: ['cloudformation:DescribeStackResource'],
      resources: [stack],
    });
    acknowledgeWildcard(
      this.asking,
      stack,
      'One stack: what follows its name is a number that CloudFormation gives it.',
    );
  }

  /** ARN of the database instance of that logical id. */
  databaseArn(logicalId: string): string {
    const { partition, account } = Stack.of(this);
    return `arn:${partition}:rds:${this.props.region}:${account}:db:${this.physicalId(logicalId)}`;
  }

  /** Name of the database's parameter group of that logical id. */
  parameterGroupName(logicalId: string): string {
    return this.physicalId(logicalId);
  }

  /** ARN of the copy in this region of the secret of that logical id: all but the region is the same. */
  secretArn(logicalId: string): string {
    const { partition, account, region } = Stack.of(this);
    const name = Fn.select(6, Fn.split(':', this.physicalId(logicalId)));
    return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;
  }

  private physicalId(logicalId: string): string {
    const { region, stackName } = this.props;
    const question = new cr.AwsCustomResource(this, logicalId, {
      resourceType: 'Custom::OfTheFirstDataCenter',
      onUpdate: {
        service: 'CloudFormation',
        action: 'describeStackResource',
        region,
        parameters: { StackName: stackName, LogicalResourceId: logicalId },
        outputPaths: ['StackResourceDetail.PhysicalResourceId'],
        physicalResourceId: cr.PhysicalResourceId.of(`${region}/${stackName}/${logicalId}`),
      },
      role: this.asking,
      installLatestAwsSdk: false,
      logGroup: this.logs,
    });
    return question.getResponseField('StackResourceDetail.PhysicalResourceId');
  }
}
