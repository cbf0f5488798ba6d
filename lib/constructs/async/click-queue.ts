import { Aws, Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';

/** A data center's click queue, as the workers of other data centers know it. */
export interface ClickQueueAddress {
  readonly arn: string;
  readonly url: string;
}

/**
 * Name of the click queue: ours and not CloudFormation's, because workers in other regions send to it, and no value
 * crosses regions.
 */
function clickQueueName(deployment: string): string {
  return `${deployment}-clicks`;
}

/** Where the click queue of a region is. */
export function clickQueueIn(region: string, deployment: string): ClickQueueAddress {
  const name = clickQueueName(deployment);
  return {
    arn: `arn:${Aws.PARTITION}:sqs:${region}:${Aws.ACCOUNT_ID}:${name}`,
    url: `https://sqs.${region}.${Aws.URL_SUFFIX}/${Aws.ACCOUNT_ID}/${name}`,
  };
}

export interface ClickQueueProps {
  /** What the deployment's stacks are called. */
  readonly deployment: string;
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
      // With SQS's own key: workers of other data centers send here, and know no key of this region.
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
      removalPolicy: props.protection.removalPolicy,
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', kept);
    this.queue = new sqs.Queue(this, 'Resource', {
      ...kept,
      queueName: clickQueueName(props.deployment),
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
        // On the way down a server that stops still hands over the clicks that it has.
        servers.allowToTheEnd('ClickQueue', { actions: ['sqs:SendMessage'], resources: [queue.queueArn] });
      },
    };
  }
}
