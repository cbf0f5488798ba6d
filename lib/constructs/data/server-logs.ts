import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { ProtectedDataProps } from '../protection';

/** The log group of all servers; it outlives them and their stack. */
export class ServerLogs extends Construct {
  readonly group: LogGroup;

  constructor(scope: Construct, id: string, props: ProtectedDataProps) {
    super(scope, id);
    this.group = new LogGroup(this, 'Resource', {
      encryptionKey: props.key,
      retention: props.protection.logRetention,
      removalPolicy: props.protection.removalPolicy,
    });
  }

  /** Each server writes log streams of its own. */
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
