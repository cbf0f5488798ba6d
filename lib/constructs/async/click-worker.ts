import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WorkerSettings } from '../../../contract/click-worker';
import type { AlarmDefinition } from '../alarms';
import { allow, NodeFunction } from '../compute/node-function';
import type { Graph } from '../dashboard';
import { secretReadStatements } from '../data/secret-access';
import type { ProtectedDataProps } from '../protection';
import type { ClickQueueAddress } from './click-queue';

export interface ClickWorkerProps extends ProtectedDataProps {
  /** The data center’s network. */
  readonly vpc: ec2.IVpc;
  /** Where it runs, with routes to the database and to AWS’s services. */
  readonly subnets: readonly ec2.ISubnet[];
  /** The database admits this security group. */
  readonly securityGroup: ec2.ISecurityGroup;
  /** The queue that it reads. */
  readonly queue: IQueue;
  /** Queues of the other data centers: each region in `regions` after this one, then those before it. */
  readonly peers: readonly ClickQueueAddress[];
  /** `postgresql://…` of the database, without a password. */
  readonly databaseUrl: string;
  /** The same of its read replicas. */
  readonly databaseReplicaUrls: readonly string[];
  /** The secret with user and password of the database. */
  readonly databaseSecretArn: string;
  /** URLs of the other data centers’ promotion marks. */
  readonly markUrls: readonly string[];
}

/** A sixth of the queue’s visibility timeout. */
const TIMEOUT = Duration.seconds(30);

/**
 * Concurrent workers, the fewest that SQS allows. Each writes thousands of clicks in one transaction over one connection, so two keep up
 * at any rung and cannot overload the database.
 */
const MAX_CONCURRENCY = 2;

/** Messages per invocation; each holds up to 150 clicks. After a second an invocation starts with fewer. */
const BATCH_SIZE = 100;

const EVERY_MINUTE = { period: Duration.minutes(1) };

/** The function that counts the clicks in the queue. */
export class ClickWorker extends Construct {
  private readonly function: lambda.IFunction;

  constructor(scope: Construct, id: string, props: ClickWorkerProps) {
    super(scope, id);
    const { queue, peers, databaseReplicaUrls, databaseSecretArn, markUrls } = props;
    const environment: WorkerSettings = {
      DATABASE_URL: props.databaseUrl,
      ...(databaseReplicaUrls.length === 0 ? {} : { DATABASE_REPLICA_URLS: databaseReplicaUrls.join(',') }),
      DATABASE_SECRET_ARN: databaseSecretArn,
      CLICK_QUEUE_URL: queue.queueUrl,
      ...(peers.length === 0 ? {} : { PEER_QUEUE_URLS: peers.map(({ url }) => url).join(',') }),
      ...(markUrls.length === 0 ? {} : { MARK_URLS: markUrls.join(',') }),
    };
    const worker = new NodeFunction(this, 'Function', {
      folder: 'click-worker',
      description: 'Counts clicks',
      key: props.key,
      protection: props.protection,
      timeout: TIMEOUT,
      network: props,
      environment: {
        ...environment,
        // Lambda’s list of Amazon’s certificate authorities, RDS’s among them; Node does not read it by itself.
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
      },
      initialPolicy: [
        // It sends on what it cannot count now.
        allow(['sqs:SendMessage'], queue.queueArn, ...peers.map(({ arn }) => arn)),
        ...secretReadStatements(databaseSecretArn, props.key).map(
          (statement) => new PolicyStatement(statement),
        ),
      ],
    });
    worker.resource.addEventSource(
      new SqsEventSource(queue, {
        batchSize: BATCH_SIZE,
        maxBatchingWindow: Duration.seconds(1),
        maxConcurrency: MAX_CONCURRENCY,
        reportBatchItemFailures: true,
      }),
    );
    this.function = worker.resource;
  }

  get graphs(): readonly Graph[] {
    const metrics = [
      this.function.metricInvocations(),
      this.function.metricErrors(),
      this.function.metricThrottles(),
    ];
    return [{ title: 'Click worker: runs, errors, throttles', metrics }];
  }

  get alarms(): readonly AlarmDefinition[] {
    return [
      {
        id: 'Errors',
        metric: this.function.metricErrors(EVERY_MINUTE),
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 5,
        treatMissingData: 'notBreaching',
        meaning: 'The click worker has failed in each of five minutes: clicks wait in the queue.',
        firstStep:
          'read its log: its settings, its role or its code are wrong, for an absent database is no error to it.',
        runbook: 'click-worker-errors',
      },
      {
        id: 'Throttles',
        metric: this.function.metricThrottles(EVERY_MINUTE),
        comparison: 'GreaterThanThreshold',
        threshold: 0,
        evaluationPeriods: 15,
        treatMissingData: 'notBreaching',
        meaning:
          'The click worker has been throttled for 15 minutes: the account has no Lambda concurrency left.',
        firstStep: 'see which functions use up the account’s concurrency.',
        runbook: 'click-worker-throttles',
      },
    ];
  }
}
