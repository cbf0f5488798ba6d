import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';

export interface ClickQueueProps {
  readonly key: IKey;
  readonly protection: Protection;
}

/** How long the queue hides a message from other workers: six times the worker's own timeout, as AWS advises. */
const VISIBILITY_TIMEOUT = Duration.minutes(3);

/**
 * How often a message is delivered in all. What a worker cannot count now it sends on, so only poison comes back; five
 * deliveries leave room for a worker that dies with good ones in its hands.
 */
const DELIVERIES = 5;

/** The longest that SQS offers. */
const RETENTION = Duration.days(14);

/** The queue that takes clicks, never without its dead-letter queue. */
export class ClickQueue extends Construct {
  readonly queue: sqs.IQueue;
  readonly deadLetters: sqs.IQueue;

  constructor(scope: Construct, id: string, props: ClickQueueProps) {
    super(scope, id);
    const kept: sqs.QueueProps = {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      // How long SQS uses one data key: each one costs a request to KMS.
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      retentionPeriod: RETENTION,
      removalPolicy: props.protection.removalPolicy,
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      ...kept,
      redriveAllowPolicy: { redrivePermission: sqs.RedrivePermission.ALLOW_ALL },
    });
    this.queue = new sqs.Queue(this, 'Resource', {
      ...kept,
      visibilityTimeout: VISIBILITY_TIMEOUT,
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: DELIVERIES },
    });
  }

  /** Servers send to it, and read nothing of it. */
  get connection(): Connection {
    const { queue } = this;
    return {
      application: { CLICK_QUEUE_URL: queue.queueUrl },
      grant: (servers) => {
        servers.allow({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] });
        servers.allow({
          actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
          resources: [queue.encryptionMasterKey?.keyArn ?? ''],
        });
      },
    };
  }
}
