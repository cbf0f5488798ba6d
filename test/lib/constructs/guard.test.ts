import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Guard } from '../../../lib/constructs/guard';
import { at, list, resources } from '../../support/cloud-assembly';
import { DOMAIN, RUNGS, stage } from '../../support/rungs';
import { synthesize } from '../../support/synthesize';
import { inStack, PRODUCTION, surroundings, written } from './in-stack';

const guarded: Template = inStack((stack) => {
  const { key } = surroundings(stack);
  new Topic(stack, 'Before');
  new Guard(stack, 'Guard', {
    parts: {
      rungs: ['single-server', 'cache'],
      regions: ['us-east-1'],
      domain: undefined,
      ownApplication: true,
      queues: ['sqs'],
    },
    allowRemoval: ['cdn', 'sa-east-1'],
    deployment: 'links',
    regions: ['us-east-1', 'sa-east-1'],
    key,
    protection: PRODUCTION,
  });
  new Bucket(stack, 'After');
});

describe('the guard', () => {
  it('is told what the deployment consists of, and what may go', () => {
    guarded.hasResourceProperties('Custom::Guard', {
      Rungs: 'single-server,cache',
      Regions: 'us-east-1',
      Domain: '',
      OwnApplication: 'true',
      AllowRemoval: 'cdn,sa-east-1',
    });
  });

  it('is told of queues where one is not SQS, so that deployments with SQS stay as they are', () => {
    const [usual, other] = ['sqs', 'kafka'].map((queue) => {
      const [guard] = resources(synthesize({ stage: '8', without: 'data-centers', queue }), 'Custom::Guard');
      return guard?.properties['Queues'];
    });
    expect([usual, other]).toEqual([undefined, 'kafka']);
  });

  it('answers within a minute, or the deployment fails', () => {
    guarded.hasResourceProperties('Custom::Guard', { ServiceTimeout: '60' });
  });

  it('may ask for data stacks of its deployment, in all regions, and do nothing else', () => {
    const [statement] = Object.values(guarded.findResources('AWS::IAM::Policy'))
      .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
      .filter((one) => !JSON.stringify(at(one, 'Action')).includes('logs:'));
    expect([at(statement, 'Action'), written(at(statement, 'Resource'))]).toEqual([
      'cloudformation:DescribeStacks',
      'arn:aws:cloudformation:*:123456789012:stack/links-*-data/*',
    ]);
  });

  it('comes before what was put into the stack before it, and after it', () => {
    const waits = { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^Guard[0-9A-F]{8}$')]) };
    guarded.hasResource('AWS::SNS::Topic', waits);
    guarded.hasResource('AWS::S3::Bucket', waits);
  });
});

describe.each(RUNGS.map((rung) => [rung.name, rung] as const))('at %s', (_name, rung) => {
  const assembly = synthesize(stage(rung, DOMAIN));
  const dataStacks = [...assembly.keys()].filter((name) => name.endsWith('-data'));

  it('each data stack’s resources wait for its guard, but for what the guard itself needs', () => {
    const early = dataStacks.flatMap((stack) =>
      resources(assembly)
        .filter((one) => one.stack === stack && one.resource.Type !== 'AWS::CDK::Metadata')
        .filter(
          ({ resource }) => !list(resource.DependsOn).some((id) => /^Guard[0-9A-F]{8}$/.test(String(id))),
        )
        .map(({ resource, id }) => [resource.Type, /^(Key|Guard)/.exec(id)?.[0]].join(' ')),
    );
    expect([...new Set(early)].sort()).toEqual([
      'AWS::IAM::Policy Guard',
      'AWS::IAM::Role Guard',
      'AWS::KMS::Key Key',
      'AWS::Lambda::Function Guard',
      'AWS::Logs::LogGroup Guard',
      'Custom::Guard Guard',
    ]);
  });
});
