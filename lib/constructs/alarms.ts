import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** One alarm, as data: what it watches in CloudWatch’s terms, and what it says to the person who is called. */
export interface AlarmDefinition {
  /** Construct id. */
  readonly id: string;
  readonly metric: cloudwatch.IMetric;
  /** Whether values above or below the threshold are bad. */
  readonly comparison: 'GreaterThanThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  /** How many periods of the metric in a row are beyond the threshold before the alarm goes off. */
  readonly evaluationPeriods: number;
  /** What a period without data counts as. */
  readonly treatMissingData: `${cloudwatch.TreatMissingData}`;
  /** What has happened, as a sentence. */
  readonly meaning: string;
  /** The first thing to do, as a sentence. */
  readonly firstStep: string;
  /** Heading in docs/runbook.md, as an anchor. */
  readonly runbook: string;
}

const COMPARISON = {
  GreaterThanThreshold: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
  LessThanThreshold: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

const TREAT_MISSING_DATA = {
  breaching: cloudwatch.TreatMissingData.BREACHING,
  notBreaching: cloudwatch.TreatMissingData.NOT_BREACHING,
  ignore: cloudwatch.TreatMissingData.IGNORE,
  missing: cloudwatch.TreatMissingData.MISSING,
} as const satisfies Readonly<Record<AlarmDefinition['treatMissingData'], cloudwatch.TreatMissingData>>;

export interface AlarmsProps {
  /** Name of the deployment. */
  readonly deployment: string;
  /** Encrypts the topic. */
  readonly key: IKey;
  /** Address that is mailed. @default - none: subscribe to the topic by hand */
  readonly email: string | undefined;
}

/**
 * The alarms of a data center, and the topic that all of them notify.
 *
 * @example
 * const alarms = new Alarms(stack, 'Alarms', { deployment: 'links', key, email: 'ops@example.com' });
 * alarms.addAll(new Construct(stack, 'CacheAlarms'), cache.alarms);
 */
export class Alarms extends Construct {
  readonly topic: sns.ITopic;
  /** CloudWatch’s namespace for the deployment’s own metrics: two deployments in one account do not share it. */
  readonly namespace: string;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const topic = new sns.Topic(this, 'Topic', {
      displayName: `Alarms of ${Stack.of(this).stackName}`,
      masterKey: props.key,
      enforceSSL: true,
    });
    // `enforceSSL` gives the topic a policy, which replaces the default one that lets CloudWatch publish.
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
    this.namespace = `ZeroToMillion/${props.deployment}`;
  }

  /** Makes an alarm below `scope` that notifies the topic when it goes off and when it is over. */
  add(scope: Construct, definition: AlarmDefinition): cloudwatch.Alarm {
    const { id, metric, comparison, treatMissingData, meaning, firstStep, runbook } = definition;
    const alarm = new cloudwatch.Alarm(scope, id, {
      metric,
      comparisonOperator: COMPARISON[comparison],
      threshold: definition.threshold,
      evaluationPeriods: definition.evaluationPeriods,
      treatMissingData: TREAT_MISSING_DATA[treatMissingData],
      alarmDescription: `${meaning} First: ${firstStep} More: docs/runbook.md#${runbook}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }

  /** Makes several alarms below `scope`. */
  addAll(scope: Construct, definitions: readonly AlarmDefinition[]): void {
    definitions.forEach((definition) => this.add(scope, definition));
  }
}
