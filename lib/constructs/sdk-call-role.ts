import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** The policy of each stack’s role, so that later calls can add to it. */
const policies = new WeakMap<iam.Role, iam.PolicyDocument>();

/**
 * The role of the function behind every `AwsCustomResource` of a stack, with these statements added. A stack has one such function
 * and so one role.
 *
 * The statements stand in the role itself, which exists before the function does. The CDK would attach a policy for each call just
 * before it is made, to a role already in use; AWS needs seconds until such a policy takes effect, so a call would now and
 * then be refused and the deployment fail.
 */
export function sdkCallRole(
  scope: Construct,
  ...statements: readonly iam.PolicyStatementProps[]
): iam.IRole & Construct {
  const stack = Stack.of(scope);
  const existing = stack.node.tryFindChild(ID);
  const role = existing instanceof iam.Role ? existing : newRole(stack);
  policies.get(role)?.addStatements(...statements.map((statement) => new iam.PolicyStatement(statement)));
  return role;
}

const ID = 'QuestionRole';

function newRole(stack: Stack): iam.Role {
  const policy = new iam.PolicyDocument();
  const role = new iam.Role(stack, ID, {
    description: 'What asks AWS while CloudFormation deploys',
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { Questions: policy },
  });
  policies.set(role, policy);
  return role;
}

/** Allows writing into an existing log group. */
export function logWriteStatement(logGroupArn: string): iam.PolicyStatementProps {
  return { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroupArn] };
}
