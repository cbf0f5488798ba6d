import { CfnElement, type Stack } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct, type IConstruct } from 'constructs';
import { type Broker, type BrokerProps, poisonMetric } from '../constructs/async/broker';
import type { ClickQueue } from '../constructs/async/click-queue';
import { Kafka } from '../constructs/async/kafka';
import { RabbitMq } from '../constructs/async/rabbitmq';
import type { Connection } from '../constructs/compute/connection';
import { AdminToken } from '../constructs/data/admin-token';
import type { Cache } from '../constructs/data/cache';
import { Database } from '../constructs/data/database';
import { replicaAlarms, Replicas } from '../constructs/data/replicas';
import { OriginSecrets } from '../constructs/edge/origin-secrets';
import type { Region } from '../regions';
import { DataStack, type DataStackProps } from './data-stack';

export interface PrimaryDataStackProps extends DataStackProps {
  /** Regions of the data centers that replicate this one. */
  readonly replicaRegions: readonly Region[];
  /** Region of the edge stack. */
  readonly edgeRegion: Region;
}

/** Logical ids of resources that the data stacks of replicas look up: see constructs/data/primary-resources.ts. */
export interface ReplicatedResources {
  readonly adminToken: string;
  /** @default - there is no database apart from the server */
  readonly database:
    { readonly instance: string; readonly password: string; readonly parameterGroup: string } | undefined;
}

/** The data stack of the data center that accepts writes: it has the database and the secrets that other data centers replicate. */
export class PrimaryDataStack extends DataStack {
  readonly adminToken: Connection;
  readonly database: Database | undefined;
  readonly replicas: Replicas | undefined;
  readonly cache: Cache | undefined;
  readonly clickQueue: ClickQueue | undefined;
  readonly brokers: readonly Broker[];
  readonly clickSender: Connection | undefined;
  readonly clickWorkerSecurityGroup: ISecurityGroup | undefined;
  readonly replicated: ReplicatedResources;

  constructor(scope: Construct, id: string, props: PrimaryDataStackProps) {
    super(scope, id, { ...props, role: 'primary' });
    const { replicaRegions } = props;
    const adminToken = new AdminToken(this, 'AdminToken', { ...this.protectedData, replicaRegions });
    const database = this.addDatabase(props);
    this.addOriginSecrets(props);
    this.adminToken = adminToken.connection;
    this.database = database;
    this.replicas = this.addReplicas(database, props);
    this.cache = this.addCache();
    this.clickQueue = this.addClickQueue();
    const rabbitMq = this.addRabbitMq(props);
    const kafka = this.addKafka(props);
    this.brokers = [rabbitMq, kafka].filter((broker) => broker !== undefined);
    this.clickSender = { sqs: this.clickQueue, rabbitmq: rabbitMq, kafka }[props.plan.queue]?.connection;
    this.clickWorkerSecurityGroup = this.addClickWorkerSecurityGroup(database);
    this.addTerminationProtection(database);
    this.replicated = {
      adminToken: logicalId(this, adminToken.secret),
      database: database && {
        instance: logicalId(this, database.instance),
        password: logicalId(this, database.secret),
        parameterGroup: logicalId(this, database.parameterGroup),
      },
    };
  }

  private addDatabase({ plan, replicaRegions }: PrimaryDataStackProps): Database | undefined {
    if (!plan.database) {
      return undefined;
    }
    const database = new Database(this, 'Database', {
      ...this.protectedData,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      rotationSubnets: this.network.appSubnets,
      servers: this.serverSecurityGroup,
      instanceType: plan.databaseInstanceType,
      storageGiB: plan.databaseStorageGiB,
      maxStorageGiB: plan.databaseMaxStorageGiB,
      multiAz: plan.databaseStandby,
      replicaRegions,
    });
    this.alarms.addAll(new Construct(this, 'DatabaseAlarms'), database.alarms);
    return database;
  }

  private addOriginSecrets({
    deployment,
    plan,
    edgeRegion,
    replicaRegions,
    env,
  }: PrimaryDataStackProps): void {
    if (plan.cdn) {
      const regions = new Set([edgeRegion, ...replicaRegions]);
      regions.delete(env.region);
      new OriginSecrets(this, 'OriginSecrets', {
        deployment,
        number: plan.originSecret,
        replicaRegions: [...regions],
        key: this.protectedData.key,
      });
    }
  }

  private addRabbitMq({ plan }: PrimaryDataStackProps): RabbitMq | undefined {
    if (!plan.queues.includes('rabbitmq')) {
      return undefined;
    }
    const { rabbitMqNodes } = this.protectedData.protection;
    // Amazon MQ makes no three nodes of one: a sandbox’s broker has another name.
    const rabbitMq = new RabbitMq(this, rabbitMqNodes === 1 ? 'SingleRabbitMq' : 'RabbitMq', {
      ...this.brokerProps(),
      instanceType: plan.rabbitmqInstanceType,
    });
    const scope = new Construct(this, 'RabbitMqAlarms');
    this.alarms.addAll(scope, rabbitMq.alarms);
    this.watchDraining('rabbitmq', rabbitMq.depth, scope);
    return rabbitMq;
  }

  private addKafka({ plan }: PrimaryDataStackProps): Kafka | undefined {
    if (!plan.queues.includes('kafka')) {
      return undefined;
    }
    const scope = new Construct(this, 'KafkaAlarms');
    const kafka = new Kafka(this, 'Kafka', {
      ...this.brokerProps(),
      instanceType: plan.kafkaInstanceType,
      storageGiB: plan.kafkaStorageGiB,
      poison: poisonMetric(scope, this.logs.group, this.alarms.namespace, 'kafka'),
    });
    this.alarms.addAll(scope, kafka.alarms);
    this.watchDraining('kafka', kafka.depth, scope);
    return kafka;
  }

  private brokerProps(): BrokerProps {
    return {
      ...this.protectedData,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      servers: this.serverSecurityGroup,
    };
  }

  private addReplicas(database: Database | undefined, { plan }: PrimaryDataStackProps): Replicas | undefined {
    if (database === undefined || plan.replicas === 0) {
      return undefined;
    }
    const replicas = new Replicas(this, 'Replicas', {
      source: database.instance,
      subnetGroup: database.subnetGroup,
      securityGroup: database.securityGroup,
      replicas: plan.replicas,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      instanceType: plan.databaseInstanceType,
      maxStorageGiB: plan.databaseMaxStorageGiB,
      key: this.protectedData.key,
    });
    const scope = new Construct(this, 'ReplicaAlarms');
    replicas.instances.forEach((replica, index) => {
      const number = index + 1;
      this.alarms.addAll(new Construct(scope, String(number)), replicaAlarms(replica, number));
    });
    return replicas;
  }
}

/** A resource’s name in its template, as plain text: no reference between stacks comes of it. */
function logicalId(stack: Stack, { node }: IConstruct): string {
  const resource = node.defaultChild;
  if (!CfnElement.isCfnElement(resource)) {
    throw new Error(`${node.path} has no resource of its own.`);
  }
  return String(stack.resolve(resource.logicalId));
}
