import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { ApplicationSettings } from '../../../contract/settings';

/** Settings of the boot script, in `/etc/zero-to-million/server.env`; absent ones are empty there. */
export interface ServerSettings {
  /** The CloudFormation stack that waits for the server's signal. */
  readonly STACK_NAME?: string;
  /** Logical id of the auto scaling group in that stack. */
  readonly SIGNAL_RESOURCE?: string;
  readonly AWS_REGION?: string;
  /** CloudWatch’s namespace for the metrics of the agent. */
  readonly METRIC_NAMESPACE?: string;
  /** Name of the CloudWatch log group that the server's logs go to. */
  readonly LOG_GROUP?: string;
  /** `true`: the database runs on the server, out of the data volume. */
  readonly DATABASE_ON_SERVER?: 'true' | 'false';
  /** The volume that holds, or at a higher rung once held, the database. */
  readonly DATA_VOLUME_ID?: string;
  /** The Elastic IP that the server claims. */
  readonly ADDRESS_ALLOCATION_ID?: string;
  /** The target group in which the server must be healthy before it counts as deployed. */
  readonly TARGET_GROUP_ARN?: string;
  /** The exportable certificate with which the server itself terminates TLS. */
  readonly CERTIFICATE_ARN?: string;
  /** The secret whose value is the application's `ADMIN_TOKEN`. */
  readonly ADMIN_TOKEN_SECRET_ARN?: string;
  /** The secret (JSON with `username` and `password`) that goes into the application's `CACHE_URL`. */
  readonly CACHE_SECRET_ARN?: string;
  /** The RabbitMQ whose clicks a worker on the server counts. */
  readonly RABBITMQ_URL?: string;
  /** The secret (JSON with `username` and `password`) of that RabbitMQ. */
  readonly RABBITMQ_SECRET_ARN?: string;
  /** The Kafka whose clicks a worker on the server counts. */
  readonly KAFKA_URL?: string;
}

/** Settings of the application, in `/etc/zero-to-million/app.env`. */
export interface ServerApplicationSettings extends ApplicationSettings {
  /** Node's own setting: further certificate authorities that it trusts. */
  readonly NODE_EXTRA_CA_CERTS?: string;
}

/** What the parts of a data center may grant its servers. */
export interface ServerPermissions {
  /** Allows what the statement says. */
  allow(statement: PolicyStatementProps): void;
  /**
   * Allows it until the servers that use it have been replaced: by a policy of its own, which CloudFormation deletes after
   * them. Statements of the shared policy are gone before the servers are.
   */
  allowUntilReplaced(id: string, statement: PolicyStatementProps): void;
  /** Allows actions that AWS cannot restrict to a resource, such as describing. */
  allowAnywhere(...actions: string[]): void;
  /** Allows actions on EC2 instances, restricted to the servers of this data center. */
  allowOnServers(...actions: string[]): void;
  /** Allows actions on the auto scaling group of the servers, and on no other. */
  allowOnGroup(...actions: string[]): void;
  /** Tells cdk-nag why a statement names this wildcard resource. */
  explainWildcard(resource: string, reason: string): void;
}

/**
 * How servers use one part of a data center: its settings and the permissions to use it travel together, so that neither can be
 * forgotten. Each construct that servers use has one; `Servers` takes all of them.
 *
 * @example
 * new Servers(stack, 'Servers', { connections: [database.connection, cache.connection], … });
 */
export interface Connection {
  /** Settings of the boot script. @default - none */
  readonly server?: ServerSettings;
  /** Settings of the application. @default - none */
  readonly application?: ServerApplicationSettings;
  /** Grants the servers what the part asks for, and nothing more. */
  grant(servers: ServerPermissions): void;
}
