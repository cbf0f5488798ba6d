import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type IRuleTarget, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { WRITES_TAKEN } from '../../../contract/log-fields';
import {
  PROMOTION_LOCK_KEY,
  type PromotionSettings,
  RESUME_EVENT,
  type WatchSettings,
} from '../../../contract/promotion';
import type { Alarms } from '../alarms';
import { allow, NodeFunction, type NodeFunctionProps } from '../compute/node-function';
import type { Protection } from '../protection';
import type { PromotionMark } from './promotion-mark';
import { lagOf } from './replica-alarms';

export interface PromotionProps {
  /** Where users reach the application. */
  readonly domainName: string;
  /** Where the other data centers are. */
  readonly otherRegions: readonly string[];
  /** This region's replica. */
  readonly replica: IDatabaseInstance;
  /** Where this region says that it was promoted. */
  readonly mark: PromotionMark;
  readonly source: PromotionSource;
  /** Whether an alarm promotes, and not only a person. */
  readonly automatic: boolean;
  readonly alarms: Alarms;
  readonly key: IKey;
  readonly protection: Protection;
}

/** The database that is replicated. */
interface PromotionSource {
  readonly region: string;
  /** Name of its parameter group. */
  readonly parameterGroup: string;
}

/** As long as Lambda lets a function run: RDS takes minutes, and what is left goes on with the next invocation. */
const LONGEST = Duration.minutes(15);

const MINUTE = Duration.minutes(1);

/** How often it is asked whether there is a promotion to go on with. */
const RESUME_PERIOD = Duration.minutes(5);

/**
 * What gives this data center's replica the old primary's place. One function promotes, when a person or an alarm asks, and
 * goes on by itself with what it has begun. Another looks each minute whether anybody takes writes, and after a promotion
 * makes the old primary read-only as soon as its region answers. They are two, for each may do what the other must not,
 * and the first runs for minutes, one at a time.
 */
export class Promotion extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: PromotionProps,
  ) {
    super(scope, id);
    const promote = this.promoteFunction();
    const { resource: watch, logs } = this.watchFunction();
    this.every('Resume', RESUME_PERIOD, promote, RESUME_EVENT);
    this.every('EachMinute', MINUTE, watch, {});
    const unwritable = this.raiseUnwritable(logs);
    this.props.alarms.raise(this, 'PromoteErrors', {
      metric: promote.metricErrors({ period: RESUME_PERIOD }),
      when: 'above',
      threshold: 0,
      periods: 3,
      silence: 'is fine',
      meaning:
        'The promotion has failed to run in each of three attempts: where it is needed, it would fail as well.',
      first: 'read its log.',
      runbook: 'promotion-errors',
    });
    this.props.alarms.raise(this, 'WatchErrors', {
      metric: watch.metricErrors({ period: MINUTE }),
      when: 'above',
      threshold: 0,
      periods: 5,
      silence: 'is fine',
      meaning:
        'The watch over writes has failed in each of five minutes: nobody would notice that nobody takes writes.',
      first: 'read its log.',
      runbook: 'nobody-takes-writes',
    });
    if (props.automatic) {
      this.promoteByAlarm(promote, unwritable);
    }
  }

  private promoteFunction(): lambda.Function {
    const { mark, replica, domainName, otherRegions, alarms, protection } = this.props;
    const environment: PromotionSettings = {
      DOMAIN_NAME: domainName,
      OTHER_REGIONS: otherRegions.join(','),
      DATABASE_ID: replica.instanceIdentifier,
      BACKUP_DAYS: String(protection.databaseBackups.toDays()),
      MARK_BUCKET: mark.bucket.bucketName,
      MARK_KEY: mark.key,
      TOPIC_ARN: alarms.topic.topicArn,
    };
    return this.function('Promote', {
      folder: 'promote-replica',
      description: 'Makes this region’s replica the database that takes writes',
      timeout: LONGEST,
      environment,
      may: [
        allow(['rds:DescribeDBInstances', 'rds:PromoteReadReplica'], replica.instanceArn),
        allow(
          ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          this.markArn(),
          // One invocation at a time, by an object and not by reserved concurrency: new accounts have none to reserve.
          mark.bucket.arnForObjects(PROMOTION_LOCK_KEY),
        ),
      ],
    }).resource;
  }

  private watchFunction(): NodeFunction {
    const { mark, replica, domainName, alarms, source } = this.props;
    const environment: WatchSettings = {
      DOMAIN_NAME: domainName,
      DATABASE_ID: replica.instanceIdentifier,
      MARK_BUCKET: mark.bucket.bucketName,
      MARK_KEY: mark.key,
      TOPIC_ARN: alarms.topic.topicArn,
      SOURCE_REGION: source.region,
      SOURCE_PARAMETERS: source.parameterGroup,
    };
    const { partition, account } = Stack.of(this);
    return this.function('Watch', {
      folder: 'watch-writes',
      description: 'Looks whether anybody takes writes; keeps an old primary from it',
      timeout: MINUTE,
      environment,
      may: [
        allow(['rds:DescribeDBInstances'], replica.instanceArn),
        allow(['s3:GetObject'], this.markArn()),
        allow(
          ['rds:DescribeDBParameters', 'rds:ModifyDBParameterGroup'],
          `arn:${partition}:rds:${source.region}:${account}:pg:${source.parameterGroup}`,
        ),
      ],
    });
  }

  private markArn(): string {
    return this.props.mark.bucket.arnForObjects(this.props.mark.key);
  }

  /** What both functions have and may do. */
  private function(
    id: string,
    props: Omit<NodeFunctionProps, 'key' | 'protection' | 'network' | 'maxEventAge'>,
  ): NodeFunction {
    const { alarms, key, mark, protection } = this.props;
    return new NodeFunction(this, id, {
      ...props,
      key,
      protection,
      // Whatever could not run at once is late: the next one comes by itself.
      maxEventAge: MINUTE,
      may: [
        ...props.may,
        // Without it S3 does not say that there is no mark, only that it does not say.
        allow(['s3:ListBucket'], mark.bucket.bucketArn),
        allow(['sns:Publish'], alarms.topic.topicArn),
        allow(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn),
      ],
    });
  }

  private every(id: string, period: Duration, made: lambda.Function, event: object): void {
    const target: IRuleTarget = new LambdaFunction(made, {
      event: RuleTargetInput.fromObject(event),
      retryAttempts: 0,
      maxEventAge: MINUTE,
    });
    new Rule(this, id, { schedule: Schedule.rate(period), targets: [target] });
  }

  private raiseUnwritable(logGroup: ILogGroup): cloudwatch.Alarm {
    const taken = new MetricFilter(this, 'WritesTaken', {
      logGroup,
      filterPattern: FilterPattern.numberValue(`$.${WRITES_TAKEN}`, '>=', 0),
      metricNamespace: this.props.alarms.namespace,
      metricName: WRITES_TAKEN,
      metricValue: `$.${WRITES_TAKEN}`,
    });
    return this.props.alarms.raise(this, 'Unwritable', {
      metric: taken.metric({ period: MINUTE, statistic: 'Maximum' }),
      when: 'below',
      threshold: 1,
      periods: 3,
      // Where the watch cannot tell, it has no part in a decision.
      silence: 'is fine',
      meaning: 'Asked from here as users ask, nobody has taken writes for three minutes.',
      first: 'see whether the region that takes writes is gone, and decide whether to promote this one.',
      runbook: 'nobody-takes-writes',
    });
  }

  /**
   * Two that know nothing of each other must agree: no user's write is taken anywhere, and RDS hears nothing of the source. The
   * function then looks itself, and refuses if either was wrong about users.
   */
  private promoteByAlarm(promote: lambda.Function, unwritable: cloudwatch.Alarm): void {
    const { alarms, replica } = this.props;
    const cutOff = new cloudwatch.Alarm(this, 'CutOff', {
      metric: lagOf(replica, 1),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // Of a source that is there and idle RDS says up to five minutes.
      threshold: 360,
      evaluationPeriods: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: 'The replica receives nothing from its source. It tells nobody: see the alarm Gone.',
    });
    const gone = new cloudwatch.CompositeAlarm(this, 'Gone', {
      alarmRule: cloudwatch.AlarmRule.allOf(
        cloudwatch.AlarmRule.fromAlarm(unwritable, cloudwatch.AlarmState.ALARM),
        cloudwatch.AlarmRule.fromAlarm(cutOff, cloudwatch.AlarmState.ALARM),
      ),
      alarmDescription:
        'Nobody takes writes, and the replica receives nothing: it is being promoted. First: read what the promotion says of itself. More: docs/runbook.md#a-region-is-gone',
    });
    gone.addAlarmAction(new LambdaAction(promote), new SnsAction(alarms.topic));
  }
}
