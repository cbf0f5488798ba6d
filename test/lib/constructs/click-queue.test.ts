import { Match } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import fc from 'fast-check';
import { LOST_CLICKS } from '../../../contract/log-fields';
import { Alarms } from '../../../lib/constructs/alarms';
import { ClickQueue, clickQueueIn, lostClicksAlarm } from '../../../lib/constructs/async/click-queue';
import { ServerRole } from '../../../lib/constructs/compute/server-role';
import { REGIONS } from '../../../lib/regions';
import { resolved } from '../../support/application';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, SANDBOX, surroundings, written } from './in-stack';

let told: unknown;
const template = inStack((stack) => {
  const { key } = surroundings(stack);
  const clickQueue = new ClickQueue(stack, 'ClickQueue', { deployment: 'shop', protection: PRODUCTION });
  clickQueue.connection.grant(
    new ServerRole(stack, 'Servers', { tag: { key: 'k', value: 'v' }, metricNamespace: 'm' }),
  );
  told = stack.resolve(clickQueue.connection.application);
  const alarms = new Alarms(stack, 'Alarms', { deployment: 'shop', key, email: undefined });
  alarms.addAll(stack, [
    ...clickQueue.alarms,
    lostClicksAlarm(stack, new LogGroup(stack, 'ServerLogs'), alarms.namespace, 'SQS'),
  ]);
});

const QUEUE = Match.stringLikeRegexp('^ClickQueue(?!DeadLetters)');
const DEAD_LETTERS = Match.stringLikeRegexp('^ClickQueueDeadLetters');
const queues = Object.entries(template.findResources('AWS::SQS::Queue'));

/** Where the queue of a region is, as a worker in an account reads it. */
function address(region: string, deployment: string): { readonly arn: string; readonly url: string } {
  const { arn, url } = clickQueueIn(region, deployment);
  return { arn: written(resolved(arn)), url: written(resolved(url)) };
}

describe('the click queue', () => {
  it('and its dead-letter queue are all that there is', () => {
    expect(queues.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'ClickQueueDeadLetters',
      'ClickQueue',
    ]);
  });

  it('is encrypted, and so are dead letters, by a key that other regions’ workers need no right to', () => {
    expect(queues.map(([, queue]) => at(queue, 'Properties.SqsManagedSseEnabled'))).toEqual([true, true]);
    expect(queues.map(([, queue]) => at(queue, 'Properties.KmsMasterKeyId'))).toEqual([undefined, undefined]);
  });

  it.each([
    ['clicks', QUEUE],
    ['dead letters', DEAD_LETTERS],
  ])('refuses %s without TLS', (_, id) => {
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'sqs:*',
            Resource: { 'Fn::GetAtt': [id, 'Arn'] },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });

  it('keeps unread messages for 14 days, and dead letters too', () => {
    expect(queues.map(([, queue]) => at(queue, 'Properties.MessageRetentionPeriod'))).toEqual(
      [14, 14].map((days) => days * 24 * 60 * 60),
    );
  });

  it('gives a message up after five deliveries, to the dead-letter queue', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: { 'Fn::GetAtt': [DEAD_LETTERS, 'Arn'] } },
    });
  });

  it('has no dead letters of dead letters', () => {
    const [, deadLetters] = queues.find(([id]) => id.startsWith('ClickQueueDeadLetters')) ?? [];
    expect(at(deadLetters, 'Properties.RedrivePolicy')).toBeUndefined();
  });

  it('answers readers only once there is a message', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'shop-clicks',
      ReceiveMessageWaitTimeSeconds: 20,
    });
  });

  it('is retained in production', () => {
    expect(
      queues.flatMap(([, queue]) => [at(queue, 'DeletionPolicy'), at(queue, 'UpdateReplacePolicy')]),
    ).toEqual(['RetainExceptOnCreate', 'Retain', 'RetainExceptOnCreate', 'Retain']);
  });

  it('goes with a sandbox', () => {
    const sandbox = inStack((stack) => {
      new ClickQueue(stack, 'ClickQueue', { deployment: 'shop', protection: SANDBOX });
    });
    expect(
      Object.values(sandbox.findResources('AWS::SQS::Queue')).map((queue) => at(queue, 'DeletionPolicy')),
    ).toEqual(['Delete', 'Delete']);
  });

  it('is one that servers are told of', () => {
    expect(told).toEqual({ CLICK_QUEUE_URL: { Ref: queues.at(-1)?.[0] } });
  });

  it('is one that servers send to, and do nothing else with', () => {
    const statements = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
      .filter((statement) => JSON.stringify(statement).includes('sqs:'));
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^ClickQueue(?!DeadLetters)/), 'Arn'] },
      },
    ]);
  });
});

describe('the address of a click queue', () => {
  const regions = fc.constantFrom(...REGIONS);
  const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,28}[a-z0-9]$/);

  it('is known in every region by the deployment’s name alone', () => {
    fc.assert(
      fc.property(regions, names, (region, name) => {
        expect(address(region, name)).toEqual({
          arn: `arn:aws:sqs:${region}:123456789012:${name}-clicks`,
          url: `https://sqs.${region}.amazonaws.com/123456789012/${name}-clicks`,
        });
      }),
    );
  });

  it('is where the queue stands', () => {
    fc.assert(
      fc.property(names, (deployment) => {
        const [name] = Object.values(
          inStack((stack) => {
            new ClickQueue(stack, 'ClickQueue', { deployment, protection: PRODUCTION });
          }).findResources('AWS::SQS::Queue', { Properties: { QueueName: Match.anyValue() } }),
        ).map((queue) => at(queue, 'Properties.QueueName'));
        expect(address('us-east-1', deployment).arn.split(':').at(-1)).toBe(name);
      }),
      { numRuns: 5 },
    );
  });
});

describe('an alarm of the click queue', () => {
  const expectAlarm = (runbook: string, properties: Record<string, unknown>) => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp(`First: .* More: docs/runbook\\.md#${runbook}$`),
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...properties,
    });
  };

  it('goes off when the oldest click has waited for five minutes, for five minutes', () => {
    expectAlarm('click-queue-age', {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [QUEUE, 'QueueName'] } }],
      Statistic: 'Maximum',
      Threshold: 300,
      Period: 60,
      EvaluationPeriods: 5,
    });
  });

  it('goes off at the first dead letter', () => {
    expectAlarm('dead-letters', {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [DEAD_LETTERS, 'QueueName'] } }],
      Statistic: 'Maximum',
      Threshold: 0,
      Period: 60,
      EvaluationPeriods: 1,
    });
  });

  it('goes off at the first click that servers lost', () => {
    expectAlarm('lost-clicks', {
      Namespace: 'ZeroToMillion/shop',
      MetricName: LOST_CLICKS,
      Statistic: 'Sum',
      Threshold: 0,
      Period: 60,
      EvaluationPeriods: 1,
    });
  });

  it('reads lost clicks from the servers’ log, as many as a line says', () => {
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      LogGroupName: { Ref: Match.stringLikeRegexp('^ServerLogs') },
      FilterPattern: `{ $.${LOST_CLICKS} > 0 }`,
      MetricTransformations: [
        { MetricNamespace: 'ZeroToMillion/shop', MetricName: LOST_CLICKS, MetricValue: `$.${LOST_CLICKS}` },
      ],
    });
  });

  it('tells the topic when it goes off and when it is over, each of three', () => {
    const topic = [{ Ref: Match.stringLikeRegexp('^AlarmsTopic') }];
    const told = template.findResources('AWS::CloudWatch::Alarm', {
      Properties: { AlarmActions: topic, OKActions: topic },
    });
    expect(Object.keys(told)).toHaveLength(3);
  });
});
