import { Fn, Stack } from 'aws-cdk-lib';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { functionLogGroup } from '../function-defaults';
import { suppressWildcard } from '../nag-suppressions';
import type { ProtectedDataProps } from '../protection';
import { logWriteStatement, sdkCallRole } from '../sdk-call-role';

export interface PrimaryResourcesProps extends ProtectedDataProps {
  /** Region of the primary data stack. */
  readonly region: string;
  /** Name of the primary data stack. */
  readonly stackName: string;
}

/**
 * Resources of the primary data stack, in another region, found by their logical ids.
 *
 * CloudFormation is asked once for each, when what needs it is created. A value that is resolved at each deployment could not be
 * had while the primary’s region is down, and would attach a promoted database to its old primary again.
 *
 * @example
 * const primary = new PrimaryResources(stack, 'First', { region: 'us-east-1', stackName: 'links-us-east-1-data', key, protection });
 * const sourceArn = primary.databaseArn('DatabaseB269D8BB');
 */
export class PrimaryResources extends Construct {
  /** One function makes all the calls, with one log group and one role. */
  private readonly logGroup: ILogGroup;
  private readonly role: ReturnType<typeof sdkCallRole>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PrimaryResourcesProps,
  ) {
    super(scope, id);
    this.logGroup = functionLogGroup(this, 'Logs', props);
    const { partition, account } = Stack.of(this);
    const stack = `arn:${partition}:cloudformation:${props.region}:${account}:stack/${props.stackName}/*`;
    this.role = sdkCallRole(this, logWriteStatement(this.logGroup.logGroupArn), {
      actions: ['cloudformation:DescribeStackResource'],
      resources: [stack],
    });
    suppressWildcard(
      this.role,
      stack,
      'One stack: its name is followed by an id that CloudFormation chooses.',
    );
  }

  /** ARN of the database instance of that logical id. */
  databaseArn(logicalId: string): string {
    const { partition, account } = Stack.of(this);
    return `arn:${partition}:rds:${this.props.region}:${account}:db:${this.physicalId(logicalId)}`;
  }

  /** Name of the database’s parameter group of that logical id. */
  parameterGroupName(logicalId: string): string {
    return this.physicalId(logicalId);
  }

  /** ARN of this region’s replica of the secret of that logical id: it differs in the region alone. */
  secretArn(logicalId: string): string {
    const { partition, account, region } = Stack.of(this);
    const name = Fn.select(6, Fn.split(':', this.physicalId(logicalId)));
    return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;
  }

  private physicalId(logicalId: string): string {
    const { region, stackName } = this.props;
    const call = new cr.AwsCustomResource(this, logicalId, {
      // The type of a deployed resource cannot be changed.
      resourceType: 'Custom::OfTheFirstDataCenter',
      onUpdate: {
        service: 'CloudFormation',
        action: 'describeStackResource',
        region,
        parameters: { StackName: stackName, LogicalResourceId: logicalId },
        outputPaths: ['StackResourceDetail.PhysicalResourceId'],
        physicalResourceId: cr.PhysicalResourceId.of(`${region}/${stackName}/${logicalId}`),
      },
      role: this.role,
      installLatestAwsSdk: false,
      logGroup: this.logGroup,
    });
    return call.getResponseField('StackResourceDetail.PhysicalResourceId');
  }
}
