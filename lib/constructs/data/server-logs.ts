import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';

export interface ServerLogsProps {
  readonly key: IKey;
  readonly protection: Protection;
}

/** Where the servers' logs go; they outlive the servers and the stack that makes them. */
export class ServerLogs extends Construct {
  readonly group: LogGroup;

  constructor(scope: Construct, id: string, props: ServerLogsProps) {
    super(scope, id);
    this.group = new LogGroup(this, 'Resource', {
      encryptionKey: props.key,
      retention: props.protection.logRetention,
      removalPolicy: props.protection.removalPolicy,
    });
  }

  get logGroupName(): string {
    return this.group.logGroupName;
  }

  /** Servers write streams of their own. */
  get connection(): Connection {
    return {
      server: { LOG_GROUP: this.group.logGroupName },
      grant: (servers) => {
        servers.allow({
          actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          resources: [this.group.logGroupArn],
        });
      },
    };
  }
}
