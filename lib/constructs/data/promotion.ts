import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type IRuleTarget, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { WRITES_TAKEN } from '../../../contract/log-fields';
import {
  PROMOTION_LOCK_KEY,
  type PromotionSettings,
  RESUME_EVENT,
  type WatchSettings,
} from '../../../contract/promotion';
import type { AlarmDefinition, Alarms } from '../alarms';
import { allow, NodeFunction, type NodeFunctionProps } from '../compute/node-function';
import type { ProtectedDataProps } from '../protection';
import { replicaLag } from './replicas';

export interface PromotionProps extends ProtectedDataProps {
  /** Where users reach the application. */
  readonly domainName: string;
  /** Regions of the other data centers. */
  readonly otherRegions: readonly string[];
  /** This region’s replica. */
  readonly replica: IDatabaseInstance;
  /** The bucket for this region’s mark. */
  readonly markBucket: IBucket;
  /** Key of the mark in that bucket. */
  readonly markKey: string;
  /** Region of the database that is replicated. */
  readonly sourceRegion: string;
  /** Name of that database’s parameter group. */
  readonly sourceParameterGroup: string;
  /** Whether an alarm starts a promotion, and not only a person. */
  readonly automatic: boolean;
  /** Gets the alarms; its topic gets the notifications. */
  readonly alarms: Alarms;
}

/** The longest that Lambda allows: RDS takes minutes, and the next invocation continues what is not finished. */
const PROMOTION_TIMEOUT = Duration.minutes(15);

const MINUTE = Duration.minutes(1);

/** How often an unfinished promotion is continued. */
const RESUME_PERIOD = Duration.minutes(5);

/**
 * Promotes this data center’s replica to primary, and watches whether writes are accepted.
 *
 * - The function `Promote` promotes when a person or an alarm invokes it, and continues by itself what it has started.
 * - The function `Watch` checks each minute whether writes are accepted, and after a promotion makes the old primary read-only as
 *   soon as its region answers.
 *
 * They are two, because each has permissions that the other must not have, and the first runs for minutes, one invocation at a time.
 */
export class Promotion extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: PromotionProps,
  ) {
    super(scope, id);
    const { alarms } = props;
    const promote = this.promoteFunction();
    const { resource: watch, logs } = this.watchFunction();
    this.schedule('Resume', RESUME_PERIOD, promote, RESUME_EVENT);
    this.schedule('EachMinute', MINUTE, watch, {});
    const noWrites = alarms.add(this, this.noWritesAlarm(logs));
    alarms.add(this, {
      id: 'PromoteErrors',
      metric: promote.metricErrors({ period: RESUME_PERIOD }),
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      meaning:
        'The promotion has failed to run in each of three attempts: where it is needed, it would fail as well.',
      firstStep: 'read its log.',
      runbook: 'promotion-errors',
    });
    alarms.add(this, {
      id: 'WatchErrors',
      metric: watch.metricErrors({ period: MINUTE }),
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      evaluationPeriods: 5,
      treatMissingData: 'notBreaching',
      meaning:
        'The watch over writes has failed in each of five minutes: nobody would notice that nobody takes writes.',
      firstStep: 'read its log.',
      runbook: 'nobody-takes-writes',
    });
    if (props.automatic) {
      this.promoteByAlarm(promote, noWrites);
    }
  }

  private promoteFunction(): lambda.Function {
    const { markBucket, markKey, replica, domainName, otherRegions, alarms, protection } = this.props;
    const environment: PromotionSettings = {
      DOMAIN_NAME: domainName,
      OTHER_REGIONS: otherRegions.join(','),
      DATABASE_ID: replica.instanceIdentifier,
      BACKUP_DAYS: String(protection.databaseBackups.toDays()),
      MARK_BUCKET: markBucket.bucketName,
      MARK_KEY: markKey,
      TOPIC_ARN: alarms.topic.topicArn,
    };
    return this.function('Promote', {
      folder: 'promote-replica',
      description: 'Makes this region’s replica the database that takes writes',
      timeout: PROMOTION_TIMEOUT,
      environment,
      initialPolicy: [
        allow(['rds:DescribeDBInstances', 'rds:PromoteReadReplica'], replica.instanceArn),
        allow(
          ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          this.markArn(),
          // A lock for one invocation at a time. Reserved concurrency would do, but new accounts have none to reserve.
          markBucket.arnForObjects(PROMOTION_LOCK_KEY),
        ),
      ],
    }).resource;
  }

  private watchFunction(): NodeFunction {
    const { markBucket, markKey, replica, domainName, alarms } = this.props;
    const { sourceRegion, sourceParameterGroup } = this.props;
    const environment: WatchSettings = {
      DOMAIN_NAME: domainName,
      DATABASE_ID: replica.instanceIdentifier,
      MARK_BUCKET: markBucket.bucketName,
      MARK_KEY: markKey,
      TOPIC_ARN: alarms.topic.topicArn,
      SOURCE_REGION: sourceRegion,
      SOURCE_PARAMETERS: sourceParameterGroup,
    };
    const { partition, account } = Stack.of(this);
    return this.function('Watch', {
      folder: 'watch-writes',
      description: 'Looks whether anybody takes writes; keeps an old primary from it',
      timeout: MINUTE,
      environment,
      initialPolicy: [
        allow(['rds:DescribeDBInstances'], replica.instanceArn),
        allow(['s3:GetObject'], this.markArn()),
        allow(
          ['rds:DescribeDBParameters', 'rds:ModifyDBParameterGroup'],
          `arn:${partition}:rds:${sourceRegion}:${account}:pg:${sourceParameterGroup}`,
        ),
      ],
    });
  }

  private markArn(): string {
    return this.props.markBucket.arnForObjects(this.props.markKey);
  }

  /** A function with the permissions that both need. */
  private function(
    id: string,
    props: Omit<NodeFunctionProps, 'key' | 'protection' | 'network' | 'maxEventAge'>,
  ): NodeFunction {
    const { alarms, key, markBucket, protection } = this.props;
    return new NodeFunction(this, id, {
      ...props,
      key,
      protection,
      // A late invocation is of no use: the schedule starts the next one.
      maxEventAge: MINUTE,
      initialPolicy: [
        ...props.initialPolicy,
        // Without it S3 answers 403, and not 404, where there is no mark.
        allow(['s3:ListBucket'], markBucket.bucketArn),
        allow(['sns:Publish'], alarms.topic.topicArn),
        allow(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn),
      ],
    });
  }

  private schedule(id: string, period: Duration, handler: lambda.Function, event: object): void {
    const target: IRuleTarget = new LambdaFunction(handler, {
      event: RuleTargetInput.fromObject(event),
      retryAttempts: 0,
      maxEventAge: MINUTE,
    });
    new Rule(this, id, { schedule: Schedule.rate(period), targets: [target] });
  }

  private noWritesAlarm(logGroup: ILogGroup): AlarmDefinition {
    const writesTaken = new MetricFilter(this, 'WritesTaken', {
      logGroup,
      filterPattern: FilterPattern.numberValue(`$.${WRITES_TAKEN}`, '>=', 0),
      metricNamespace: this.props.alarms.namespace,
      metricName: WRITES_TAKEN,
      metricValue: `$.${WRITES_TAKEN}`,
    });
    return {
      id: 'Unwritable',
      metric: writesTaken.metric({ period: MINUTE, statistic: 'Maximum' }),
      comparison: 'LessThanThreshold',
      threshold: 1,
      evaluationPeriods: 3,
      // The watch logs no value when it cannot tell; that must not promote.
      treatMissingData: 'notBreaching',
      meaning: 'Asked from here as users ask, nobody has taken writes for three minutes.',
      firstStep: 'see whether the region that takes writes is gone, and decide whether to promote this one.',
      runbook: 'nobody-takes-writes',
    };
  }

  /**
   * Two independent observations must agree: users’ writes are accepted nowhere, and the replica receives nothing from its source.
   * The function then checks again by itself, and refuses if writes are accepted.
   */
  private promoteByAlarm(promote: lambda.Function, noWrites: cloudwatch.Alarm): void {
    const { alarms, replica } = this.props;
    const cutOff = new cloudwatch.Alarm(this, 'CutOff', {
      metric: replicaLag(replica, 1),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // RDS reports up to five minutes for an idle source.
      threshold: 360,
      evaluationPeriods: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: 'The replica receives nothing from its source. It tells nobody: see the alarm Gone.',
    });
    const gone = new cloudwatch.CompositeAlarm(this, 'Gone', {
      alarmRule: cloudwatch.AlarmRule.allOf(
        cloudwatch.AlarmRule.fromAlarm(noWrites, cloudwatch.AlarmState.ALARM),
        cloudwatch.AlarmRule.fromAlarm(cutOff, cloudwatch.AlarmState.ALARM),
      ),
      alarmDescription:
        'Nobody takes writes, and the replica receives nothing: it is being promoted. First: read what the promotion says of itself. More: docs/runbook.md#a-region-is-gone',
    });
    gone.addAlarmAction(new LambdaAction(promote), new SnsAction(alarms.topic));
  }
}
