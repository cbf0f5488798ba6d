import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WorkerSettings } from '../../../contract/click-worker';
import type { Alarms } from '../alarms';
import { allow, NodeFunction } from '../compute/node-function';
import { reading } from '../data/read-secret';
import type { Protection } from '../protection';
import type { ClickQueueAddress } from './click-queue';

export interface ClickWorkerProps {
  readonly vpc: ec2.IVpc;
  /** Where it stands: with a way to the database and to AWS's services. */
  readonly subnets: readonly ec2.ISubnet[];
  /** What it wears: the database admits its wearers. */
  readonly securityGroup: ec2.ISecurityGroup;
  readonly queue: IQueue;
  /** The other data centers' queues, in the order of one ring through all of them. */
  readonly peers: readonly ClickQueueAddress[];
  readonly database: WorkerDatabase;
  /** Where the other data centers say that their database was promoted. */
  readonly markUrls: readonly string[];
  readonly alarms: Alarms;
  readonly key: IKey;
  readonly protection: Protection;
}

/** How the worker reaches its data center's database. */
interface WorkerDatabase {
  /** `postgresql://…`, without a password. */
  readonly url: string;
  /** Of its read replicas, in the same form. */
  readonly replicaUrls: readonly string[];
  /** The secret with user and password. */
  readonly secretArn: string;
}

/** A sixth of the time for which the queue hides a message. */
const TIMEOUT = Duration.seconds(30);

/**
 * Workers at once, the fewest that SQS allows. Each writes thousands of clicks in one transaction over one connection, so
 * two keep up with any rung and cannot drown the database.
 */
const MAX_CONCURRENCY = 2;

/** A message holds up to 150 clicks; the queue is asked for so many messages, or whatever has come within a second. */
const BATCH_SIZE = 100;

const MINUTE = { period: Duration.minutes(1) };

/** Counts the clicks that the queue holds. */
export class ClickWorker extends Construct {
  readonly function: lambda.IFunction;

  constructor(scope: Construct, id: string, props: ClickWorkerProps) {
    super(scope, id);
    const { queue, peers, database, markUrls } = props;
    const environment: WorkerSettings = {
      DATABASE_URL: database.url,
      ...(database.replicaUrls.length === 0 ? {} : { DATABASE_REPLICA_URLS: database.replicaUrls.join(',') }),
      DATABASE_SECRET_ARN: database.secretArn,
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
        // Lambda's own list of Amazon's authorities, RDS's among them; Node does not read it unless told.
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
      },
      may: [
        // What cannot be counted here and now it sends on.
        allow(['sqs:SendMessage'], queue.queueArn, ...peers.map(({ arn }) => arn)),
        ...reading(database.secretArn, props.key).map((statement) => new PolicyStatement(statement)),
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
    this.raise(props.alarms);
  }

  private raise(alarms: Alarms): void {
    alarms.raise(this, 'Errors', {
      metric: this.function.metricErrors(MINUTE),
      when: 'above',
      threshold: 0,
      periods: 5,
      silence: 'is fine',
      meaning: 'The click worker has failed in each of five minutes: clicks wait in the queue.',
      first:
        'read its log: its settings, its role or its code are wrong, for an absent database is no error to it.',
      runbook: 'click-worker-errors',
    });
    alarms.raise(this, 'Throttles', {
      metric: this.function.metricThrottles(MINUTE),
      when: 'above',
      threshold: 0,
      periods: 15,
      silence: 'is fine',
      meaning:
        'The click worker has been throttled for 15 minutes: the account has no Lambda concurrency left.',
      first: 'see which functions use up the account’s concurrency.',
      runbook: 'click-worker-throttles',
    });
  }
}
