import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * The role of the function that asks AWS something while CloudFormation deploys: a stack has one such function and so one
 * role, whatever it is asked (`AwsCustomResource`). All that it may do stands in the role itself, which is there before
 * the function is. The CDK would attach a policy for each question just before it is asked, to a role in use by then, and
 * AWS takes seconds until such a policy counts everywhere: now and then a question would be refused, and a deployment fail.
 */
export class QuestionRole extends iam.Role {
  private readonly questions: iam.PolicyDocument;

  /** The one of the scope's stack, which has from now on these rights besides. */
  static for(scope: Construct, ...may: readonly iam.PolicyStatementProps[]): QuestionRole {
    const stack = Stack.of(scope);
    const known = stack.node.tryFindChild('QuestionRole');
    const role = known instanceof QuestionRole ? known : new QuestionRole(stack, 'QuestionRole');
    role.questions.addStatements(...may.map((statement) => new iam.PolicyStatement(statement)));
    return role;
  }

  private constructor(scope: Construct, id: string) {
    const questions = new iam.PolicyDocument();
    super(scope, id, {
      description: 'What asks AWS while CloudFormation deploys',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Questions: questions },
    });
    this.questions = questions;
  }
}

/** What it takes to write into a log group that is there. */
export function writingLog(logGroupArn: string): iam.PolicyStatementProps {
  return { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroupArn] };
}
