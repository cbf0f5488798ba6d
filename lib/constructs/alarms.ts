import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** CloudWatch's namespace for what a deployment measures itself: of its own, so that two in one account do not mix. */
function metricNamespace(deployment: string): string {
  return `ZeroToMillion/${deployment}`;
}

export interface AlarmsProps {
  /** What the deployment's stacks are called. */
  readonly deployment: string;
  readonly key: IKey;
  /** Who is mailed. @default - nobody until somebody subscribes to the topic */
  readonly email: string | undefined;
}

/** What goes off, and what the person whom it wakes does first. */
export interface AlarmProps {
  readonly metric: cloudwatch.IMetric;
  readonly when: 'above' | 'below';
  readonly threshold: number;
  /** How many of the metric's periods in a row. */
  readonly periods: number;
  /** What it means that nothing is measured. */
  readonly silence: 'is bad' | 'is fine';
  /** What has happened, as a sentence. */
  readonly meaning: string;
  /** The first thing to do, as a sentence. */
  readonly first: string;
  /** Heading in docs/runbook.md, as an anchor. */
  readonly runbook: string;
}

/** All alarms of a data center go to one topic. */
export class Alarms extends Construct {
  readonly topic: sns.ITopic;
  /** Where metrics of the deployment's own are. */
  readonly namespace: string;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const topic = new sns.Topic(this, 'Topic', {
      displayName: `Alarms of ${Stack.of(this).stackName}`,
      masterKey: props.key,
      enforceSSL: true,
    });
    // With a policy of its own a topic loses the one that lets its own account's alarms in.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.email !== undefined) {
      topic.addSubscription(new EmailSubscription(props.email));
    }
    this.topic = topic;
    this.namespace = metricNamespace(props.deployment);
  }

  /** Makes an alarm under `scope` that tells the topic when it goes off and when it is over. */
  raise(scope: Construct, id: string, props: AlarmProps): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(scope, id, {
      metric: props.metric,
      comparisonOperator:
        props.when === 'above'
          ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: props.threshold,
      evaluationPeriods: props.periods,
      treatMissingData:
        props.silence === 'is bad'
          ? cloudwatch.TreatMissingData.BREACHING
          : cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: `${props.meaning} First: ${props.first} More: docs/runbook.md#${props.runbook}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }
}
