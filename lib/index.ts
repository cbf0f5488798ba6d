/**
 * What others may use: a whole rung under an application of one's own, or one of its parts alone. What is not exported
 * here may change with any version; docs/versions.md says what that means.
 *
 * @example
 * import { App } from 'aws-cdk-lib';
 * import { deployRung } from 'zero-to-million';
 *
 * deployRung(new App(), { name: 'shop', stage: 'cache', appEntry: `${__dirname}/server.ts` });
 */
import type { App } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { encryptionKey } from './constructs/data/encryption-key';
import { type ProtectedDataProps, protectionOf } from './constructs/protection';
import { deploy } from './deployment';
import { Refusal } from './refusal';
import { planFor } from './scaling-plan';
import type { SettingKey } from './settings';
import { sentence } from './settings/problem';
import { readSettings } from './settings/read';

/** Settings by their names in docs/deploy.md. */
export type RungSettings = Readonly<Partial<Record<SettingKey, string | number | boolean>>>;

/**
 * Puts the stacks of a rung into an app, as `cdk.json` and `-c` would.
 *
 * @throws Refusal with a sentence for each setting that cannot be
 */
export function deployRung(app: App, settings: RungSettings): void {
  const result = readSettings(settings);
  if (!result.ok) throw new Refusal(result.problems.map(sentence).join('\n'));
  deploy(app, result.settings, planFor(result.settings));
}

/**
 * How one construct alone keeps its data, as every construct below that stores any asks: with a key of its own, and
 * deleted with its stack in a sandbox, else protected and retained. It makes the key, so it is called once a scope.
 */
export function keptData(scope: Construct, { sandbox = false } = {}): ProtectedDataProps {
  const protection = protectionOf(sandbox);
  return { protection, key: encryptionKey(scope, 'Key', { protection }) };
}

export { Refusal };

// The same, part by part.
export { encryptionKey, type EncryptionKeyProps } from './constructs/data/encryption-key';
export { type ProtectedDataProps, type Protection, protectionOf } from './constructs/protection';

// The network, and who may use what in it.
export type { Connection, ServerPermissions } from './constructs/compute/connection';
export { Network, type NetworkProps } from './constructs/network';

// The edge: CloudFront with its firewall and static files.
export { CdnDistribution, type CdnDistributionProps } from './constructs/edge/cdn-distribution';
export { LoadBalancer, type LoadBalancerProps } from './constructs/edge/load-balancer';

// The app tier.
export { ServerBundle, type ServerBundleProps } from './constructs/compute/server-bundle';
export { Servers, type ServersProps } from './constructs/compute/servers';

// Databases and cache.
export { Cache, type CacheProps } from './constructs/data/cache';
export { Database, type DatabaseProps } from './constructs/data/database';
export { Replicas, type ReplicasProps } from './constructs/data/replicas';

// Queues and workers.
export type { BrokerProps } from './constructs/async/broker';
export { Kafka, type KafkaProps } from './constructs/async/kafka';
export { RabbitMq, type RabbitMqProps } from './constructs/async/rabbitmq';
export { ClickQueue, type ClickQueueProps } from './constructs/async/click-queue';
export { ClickWorker, type ClickWorkerProps } from './constructs/async/click-worker';

// What watches them.
export { type AlarmDefinition, Alarms, type AlarmsProps } from './constructs/alarms';
