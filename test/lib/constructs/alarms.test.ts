import { Match } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarms } from '../../../lib/constructs/alarms';
import { inStack, surroundings } from './in-stack';

function alarms(email?: string): ReturnType<typeof inStack> {
  return inStack((stack) => {
    new Alarms(stack, 'Alarms', { deployment: 'shop', key: surroundings(stack).key, email }).add(stack, {
      id: 'TooHot',
      metric: new Metric({ namespace: 'N', metricName: 'Heat' }),
      comparison: 'GreaterThanThreshold',
      threshold: 40,
      evaluationPeriods: 2,
      treatMissingData: 'breaching',
      meaning: 'It is hot.',
      firstStep: 'open a window.',
      runbook: 'too-hot',
    });
  });
}

describe('an alarm', () => {
  it('says what has happened, what to do first and where there is more', () => {
    alarms().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'It is hot. First: open a window. More: docs/runbook.md#too-hot',
    });
  });

  it('tells the topic when it goes off and when it is over', () => {
    const topic = [{ Ref: Match.stringLikeRegexp('^AlarmsTopic') }];
    alarms().hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: topic, OKActions: topic });
  });

  it('goes off without data, where that is breaching', () => {
    alarms().hasResourceProperties('AWS::CloudWatch::Alarm', { TreatMissingData: 'breaching' });
  });
});

describe('the topic', () => {
  it('lets alarms of its own account in, though it has a policy of its own', () => {
    alarms().hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('mails the address that is given', () => {
    alarms('ops@example.com').hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
  });

  it('mails no one otherwise', () => {
    alarms().resourceCountIs('AWS::SNS::Subscription', 0);
  });
});
