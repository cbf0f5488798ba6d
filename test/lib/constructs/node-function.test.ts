import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { allow, NodeFunction, type NodeFunctionProps } from '../../../lib/constructs/compute/node-function';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, surroundings, written } from './in-stack';

const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/t';

function made(props: Partial<NodeFunctionProps> = {}, inNetwork = false): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const { key, vpc } = surroundings(stack);
    const network = {
      vpc,
      subnets: vpc.isolatedSubnets,
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'SecurityGroup', 'sg-1'),
    };
    new NodeFunction(stack, 'Function', {
      folder: 'click-worker',
      description: 'Counts',
      timeout: Duration.seconds(30),
      environment: { A: 'b' },
      initialPolicy: [allow(['dynamodb:GetItem'], TABLE)],
      key,
      protection: PRODUCTION,
      ...(inNetwork ? { network } : {}),
      ...props,
    });
  });
}

const plain = made();

describe('a function of ours', () => {
  it('runs on Graviton and Node 24, for as long as it is given', () => {
    plain.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Timeout: 30,
      Environment: { Variables: { A: 'b' } },
    });
  });

  it('may write its own log and what it is allowed, and nothing else', () => {
    const allowed = Object.values(plain.findResources('AWS::IAM::Policy'))
      .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
      .map((statement) => [
        at(statement, 'Action'),
        written(at(statement, 'Resource')).replace(/[0-9A-F]{8}\./, '.'),
      ]);
    expect(allowed).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], '<FunctionLogs.Arn>'],
      ['dynamodb:GetItem', TABLE],
    ]);
  });

  it('carries no policy of AWS’s, and that of a place in the network only where it has one', () => {
    const carried = [plain, made({}, true)].map((template) =>
      Object.values(template.findResources('AWS::IAM::Role')).flatMap((role) =>
        list(at(role, 'Properties.ManagedPolicyArns')).map(written),
      ),
    );
    expect(carried).toEqual([[], ['arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole']]);
  });

  it('is not tried again where it must not be late', () => {
    made({ maxEventAge: Duration.minutes(1) }).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      FunctionName: { Ref: Match.stringLikeRegexp('^Function') },
    });
    plain.resourceCountIs('AWS::Lambda::EventInvokeConfig', 0);
  });
});
