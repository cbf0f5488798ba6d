import { CfnOutput } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { PrimaryResources } from '../../../lib/constructs/data/primary-resources';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, surroundings, written } from './in-stack';

// A replica’s stack in us-east-1, of a primary in Ireland.
const template = inStack((stack) => {
  const first = new PrimaryResources(stack, 'First', {
    region: 'eu-west-1',
    stackName: 'shop-eu-west-1-data',
    key: surroundings(stack).key,
    protection: PRODUCTION,
  });
  new CfnOutput(stack, 'Database', { value: first.databaseArn('TheDatabase') });
  new CfnOutput(stack, 'Parameters', { value: first.parameterGroupName('TheParameters') });
  new CfnOutput(stack, 'Secret', { value: first.secretArn('TheSecret') });
});

const questions = Object.values(template.findResources('Custom::OfTheFirstDataCenter'));
const answers = (output: string): unknown => at(template.findOutputs(output), `${output}.Value`);

describe('what is asked of the first data center', () => {
  it('is what its stack calls a resource, of the stack in its own region', () => {
    expect(questions.map((question) => written(at(question, 'Properties.Create')))).toEqual(
      ['TheDatabase', 'TheParameters', 'TheSecret'].map((logicalId) =>
        JSON.stringify({
          service: 'CloudFormation',
          action: 'describeStackResource',
          region: 'eu-west-1',
          parameters: { StackName: 'shop-eu-west-1-data', LogicalResourceId: logicalId },
          outputPaths: ['StackResourceDetail.PhysicalResourceId'],
          physicalResourceId: { id: `eu-west-1/shop-eu-west-1-data/${logicalId}` },
        }),
      ),
    );
  });

  it('says nothing that another deployment would say otherwise, so it is asked once', () => {
    const said = questions.map((question) => [
      Object.keys(at(question, 'Properties') ?? {}).sort(),
      // What a resource must be asked for stands in angle brackets.
      ['Create', 'Update'].some((moment) => written(at(question, `Properties.${moment}`)).includes('<')),
    ]);
    expect(said).toEqual(
      questions.map(() => [['Create', 'InstallLatestAwsSdk', 'ServiceToken', 'Update'], false]),
    );
  });

  it('is asked by the SDK that the runtime has, and nothing is fetched from elsewhere', () => {
    expect(questions.map((question) => at(question, 'Properties.InstallLatestAwsSdk'))).toEqual(
      questions.map(() => false),
    );
  });

  it('is nothing when it goes: the first data center may be gone', () => {
    expect(questions.map((question) => at(question, 'Properties.Delete'))).toEqual(
      questions.map(() => undefined),
    );
  });

  it('may be asked of that one stack, and nothing else may', () => {
    const [role] = Object.values(template.findResources('AWS::IAM::Role'));
    const allowed = list(at(role, 'Properties.Policies'))
      .flatMap((policy) => list(at(policy, 'PolicyDocument.Statement')))
      .filter((statement) => !JSON.stringify(at(statement, 'Action')).includes('logs:'))
      .map((statement) => [at(statement, 'Action'), written(at(statement, 'Resource'))]);
    expect(allowed).toEqual([
      [
        'cloudformation:DescribeStackResource',
        'arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-eu-west-1-data/*',
      ],
    ]);
  });

  it('may be asked from the first moment on: no policy is attached to the role once it is in use', () => {
    expect(Object.keys(template.findResources('AWS::IAM::Policy'))).toEqual([]);
  });

  it('is asked by one function, which has one log', () => {
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.resourceCountIs('AWS::Logs::LogGroup', 1);
    template.hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^FirstLogs') } },
    });
  });
});

describe('the first data center', () => {
  const [THE_SECRET] = Object.keys(template.findResources('Custom::OfTheFirstDataCenter')).filter((id) =>
    id.startsWith('FirstTheSecret'),
  );
  const ANSWER = 'StackResourceDetail.PhysicalResourceId';

  it('has its database in its own region', () => {
    expect(written(answers('Database'))).toMatch(
      new RegExp(String.raw`^arn:aws:rds:eu-west-1:123456789012:db:<FirstTheDatabase\w+\.${ANSWER}>$`),
    );
  });

  it('has its parameter group under the name that its stack says', () => {
    expect(written(answers('Parameters'))).toMatch(
      new RegExp(String.raw`^<FirstTheParameters\w+\.${ANSWER}>$`),
    );
  });

  it('has a copy of its secret here, under the name with the letters that Secrets Manager gave it', () => {
    const [, words] = list(at(answers('Secret'), 'Fn::Join'));
    const name = list(words).at(-1);
    expect(list(words).slice(0, -1).map(written).join('')).toBe(
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:',
    );
    expect(name).toEqual({
      'Fn::Select': [6, { 'Fn::Split': [':', { 'Fn::GetAtt': [THE_SECRET, ANSWER] }] }],
    });
  });
});
