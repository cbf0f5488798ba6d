import { Match } from 'aws-cdk-lib/assertions';
import { DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Alarms } from '../../../lib/constructs/alarms';
import { TerminationProtection } from '../../../lib/constructs/termination-protection';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, surroundings, written } from './in-stack';

const template = inStack((stack) => {
  const { key } = surroundings(stack);
  const terminationProtection = new TerminationProtection(stack, 'Protection', {
    key,
    protection: PRODUCTION,
    otherStacks: [
      { name: 'shop-us-east-1-app', region: 'us-east-1' },
      { name: 'shop-edge', region: 'eu-west-1' },
    ],
    databases: [
      DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Database', {
        instanceIdentifier: 'db-1',
        instanceEndpointAddress: 'db-1.example.com',
        port: 5432,
        securityGroups: [],
      }),
    ],
  });
  new Alarms(stack, 'Alarms', { deployment: 'shop', key, email: undefined }).addAll(
    terminationProtection,
    terminationProtection.alarms,
  );
});

it('tells its function of its own stack, the others with their regions, and the databases', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        OWN_STACK: { Ref: 'AWS::StackId' },
        OTHER_STACKS: 'us-east-1/shop-us-east-1-app,eu-west-1/shop-edge',
        DATABASES: 'db-1',
      },
    },
  });
});

it('may describe and protect these stacks and databases, and nothing else', () => {
  const allowed = Object.values(template.findResources('AWS::IAM::Policy'))
    .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
    .map((statement) => [list(at(statement, 'Action')), list(at(statement, 'Resource')).map(written)])
    .filter(([actions]) => !list(actions).some((action) => String(action).startsWith('logs:')));
  expect(allowed).toEqual([
    [
      ['cloudformation:DescribeStacks', 'cloudformation:UpdateTerminationProtection'],
      [
        'arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-edge/*',
        'arn:aws:cloudformation:us-east-1:123456789012:stack/shop-us-east-1-app/*',
        '<AWS::StackId>',
      ],
    ],
    [['rds:DescribeDBInstances', 'rds:ModifyDBInstance'], ['arn:aws:rds:us-east-1:123456789012:db:db-1']],
  ]);
});

it('hears of each status of the stacks in its region', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.cloudformation'],
      'detail-type': ['CloudFormation Stack Status Change'],
      detail: { 'stack-id': [{ Ref: 'AWS::StackId' }, { prefix: Match.anyValue() }] },
    },
  });
});

it('looks every five minutes at what no event tells', () => {
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
});
