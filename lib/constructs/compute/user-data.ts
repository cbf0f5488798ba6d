import { CfnElement, Fn, Lazy, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Connection, ServerApplicationSettings, ServerSettings } from './connection';

export interface UserDataOptions {
  /** The stack of the servers. */
  readonly stack: Stack;
  /** Where the servers’ bundle is, `s3://bucket/key`. */
  readonly bundleUrl: string;
  /** CloudWatch’s namespace for the metrics of the agent. */
  readonly metricNamespace: string;
  /** The application’s settings besides those of its connections. */
  readonly application: ServerApplicationSettings;
  /** The parts of the data center that servers use. */
  readonly connections: readonly Connection[];
  /** The auto scaling group; it does not exist yet while its launch template is made. */
  readonly group: () => IConstruct;
}

/**
 * Every name in `server.env`, at every rung: what a rung does not have is empty. Names of brokers’ workers stand there only where they
 * have a value, so that servers without such workers are not replaced for them.
 */
const SERVER_SETTINGS = [
  'STACK_NAME',
  'SIGNAL_RESOURCE',
  'AWS_REGION',
  'METRIC_NAMESPACE',
  'LOG_GROUP',
  'DATABASE_ON_SERVER',
  'DATA_VOLUME_ID',
  'ADDRESS_ALLOCATION_ID',
  'TARGET_GROUP_ARN',
  'CERTIFICATE_ARN',
  'ADMIN_TOKEN_SECRET_ARN',
  'CACHE_SECRET_ARN',
] as const satisfies readonly (keyof ServerSettings)[];

const WORKER_SETTINGS = [
  'RABBITMQ_URL',
  'RABBITMQ_SECRET_ARN',
  'KAFKA_URL',
] as const satisfies readonly (keyof ServerSettings)[];

/** The script that a server runs first: server/user-data.sh, with the settings of the boot script and the application. */
export function userData(options: UserDataOptions): string {
  const { stack, connections } = options;
  const server = connections.reduce<ServerSettings>(
    (settings, connection) => ({ ...settings, ...connection.server }),
    {
      STACK_NAME: stack.stackName,
      SIGNAL_RESOURCE: logicalIdOf(options.group),
      AWS_REGION: stack.region,
      METRIC_NAMESPACE: options.metricNamespace,
      DATABASE_ON_SERVER: 'false',
    },
  );
  const application = connections.reduce<ServerApplicationSettings>(
    (settings, connection) => ({ ...settings, ...connection.application }),
    options.application,
  );
  return Fn.sub(readFileSync(resolve(__dirname, '../../../server/user-data.sh'), 'utf8'), {
    BundleUrl: options.bundleUrl,
    ServerEnvironment: [
      ...SERVER_SETTINGS.map((name) => `${name}=${server[name] ?? ''}`),
      ...WORKER_SETTINGS.filter((name) => server[name] !== undefined).map(
        (name) => `${name}=${server[name] ?? ''}`,
      ),
    ].join('\n'),
    ApplicationEnvironment: Object.entries(application)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join('\n'),
  });
}

function logicalIdOf(group: () => IConstruct): string {
  return Lazy.string({
    produce: () => {
      const resource = group().node.defaultChild;
      return resource instanceof CfnElement ? Stack.of(resource).getLogicalId(resource) : '';
    },
  });
}
