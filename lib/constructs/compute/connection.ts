import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { ApplicationSettings } from '../../../contract/settings';

/** What the boot script of a server is told, in `/etc/zero-to-million/server.env`; absent ones are empty there. */
export interface ServerSettings {
  /** The CloudFormation stack that waits for the server's signal. */
  readonly STACK_NAME?: string;
  /** Logical id of the auto scaling group in that stack. */
  readonly SIGNAL_RESOURCE?: string;
  readonly AWS_REGION?: string;
  /** CloudWatch's namespace for what the agent measures. */
  readonly METRIC_NAMESPACE?: string;
  /** Name of the CloudWatch log group that the server's logs go to. */
  readonly LOG_GROUP?: string;
  /** `true`: the database runs on the server, out of the data volume. */
  readonly DATABASE_ON_SERVER?: 'true' | 'false';
  /** The volume that holds, or at a higher rung once held, the database. */
  readonly DATA_VOLUME_ID?: string;
  /** The Elastic IP that the server claims. */
  readonly ADDRESS_ALLOCATION_ID?: string;
  /** The target group that must call the server healthy before it counts as deployed. */
  readonly TARGET_GROUP_ARN?: string;
  /** The exportable certificate with which the server itself ends TLS. */
  readonly CERTIFICATE_ARN?: string;
  /** The secret whose value is the application's `ADMIN_TOKEN`. */
  readonly ADMIN_TOKEN_SECRET_ARN?: string;
  /** The secret (JSON with `username` and `password`) that goes into the application's `CACHE_URL`. */
  readonly CACHE_SECRET_ARN?: string;
}

/** What the application is told, in `/etc/zero-to-million/app.env`. */
export interface ServerApplicationSettings extends ApplicationSettings {
  /** Node's own setting: further certificate authorities that it trusts. */
  readonly NODE_EXTRA_CA_CERTS?: string;
}

/** The role of a data center's servers, in the words of those who grant it something. */
export interface ServerIdentity extends IConstruct {
  /** Allows what the statement says. */
  allow(statement: PolicyStatementProps): void;
  /**
   * Allows it to the end: by a policy of its own, which CloudFormation takes away only when the servers that used it have been replaced.
   * What is taken from a policy that others share goes before they are.
   */
  allowToTheEnd(id: string, statement: PolicyStatementProps): void;
  /** Allows actions that AWS lets nobody narrow to a resource, such as describing. */
  allowAnywhere(...actions: string[]): void;
  /** Allows actions on EC2 instances, but only on the servers of this data center. */
  allowOnServers(...actions: string[]): void;
  /** Allows actions on the auto scaling group of the servers, and on no other. */
  allowOnGroup(...actions: string[]): void;
}

/**
 * How servers meet one part of a data center: what they are told of it and what they may do with it travel
 * together, so that neither can be forgotten.
 */
export interface Connection {
  /** @default - the boot script needs to know nothing */
  readonly server?: ServerSettings;
  /** @default - the application needs to know nothing */
  readonly application?: ServerApplicationSettings;
  /** Allows the servers' role what the part asks for, and nothing more. */
  grant(servers: ServerIdentity): void;
}
