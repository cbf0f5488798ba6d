import type { Environment } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Alarms } from '../constructs/alarms';
import { type Broker, drainedAlarm } from '../constructs/async/broker';
import { ClickQueue, lostClicksAlarm } from '../constructs/async/click-queue';
import type { Connection } from '../constructs/compute/connection';
import { accessLogsBucket } from '../constructs/data/access-logs';
import { Cache } from '../constructs/data/cache';
import { DATABASE_PORT, type DataCenterDatabase } from '../constructs/data/data-center-database';
import { encryptionKey } from '../constructs/data/encryption-key';
import { FixedAddress } from '../constructs/data/fixed-address';
import { PromotionMark } from '../constructs/data/promotion-mark';
import type { Replicas } from '../constructs/data/replicas';
import { lockReplicationRole } from '../constructs/data/replication-role';
import { ServerLogs } from '../constructs/data/server-logs';
import { ServerVolume } from '../constructs/data/server-volume';
import { applyFunctionDefaults } from '../constructs/function-defaults';
import type { Graph } from '../constructs/dashboard';
import { Guard, type GuardProps } from '../constructs/guard';
import { Network } from '../constructs/network';
import { type ProtectedDataProps, protectionOf } from '../constructs/protection';
import { type StackName, TerminationProtection } from '../constructs/termination-protection';
import { networkRange, type Region } from '../regions';
import { QUEUE_TITLES, type QueueKind, type ScalingPlan } from '../scaling-plan';
import { TwoZoneStack } from './two-zone-stack';

export interface DataStackProps {
  /** Region, and the account where one is set. */
  readonly env: Environment & { readonly region: Region };
  /** What exists, and how large. */
  readonly plan: ScalingPlan;
  /** Names of two zones of the region, for life. @default - its first two */
  readonly zones: readonly string[];
  /** Whether `cdk destroy` leaves nothing behind. */
  readonly sandbox: boolean;
  /** Address that alarms are mailed to. @default - none */
  readonly alarmEmail: string | undefined;
  /** Name of the deployment. */
  readonly deployment: string;
  /** What the deployment consists of, and what may be removed from it. */
  readonly guard: Pick<GuardProps, 'parts' | 'allowRemoval' | 'regions'>;
  /** Stacks that get termination protection with this one: they depend on it. */
  readonly dependentStacks: readonly StackName[];
}

/**
 * What every data center keeps: the network, and what holds data or an address. The app stack beside it can be destroyed and created
 * again. The two kinds of data stack add the database and the secrets.
 */
export abstract class DataStack extends TwoZoneStack {
  /** Key and protection of whatever stores data in this data center. */
  readonly protectedData: ProtectedDataProps;
  readonly alarms: Alarms;
  readonly network: Network;
  /** Security group of the servers. Other groups admit it, whichever servers there are. */
  readonly serverSecurityGroup: ec2.ISecurityGroup;
  readonly logs: ServerLogs;
  readonly fixedAddress: FixedAddress | undefined;
  readonly serverVolume: ServerVolume | undefined;
  readonly accessLogs: IBucket | undefined;
  /** How servers get the bearer token of operators. */
  abstract readonly adminToken: Connection;
  abstract readonly database: DataCenterDatabase | undefined;
  abstract readonly replicas: Replicas | undefined;
  abstract readonly cache: Cache | undefined;
  /** The queue of SQS, which a function reads. */
  abstract readonly clickQueue: ClickQueue | undefined;
  /** Queues in brokers, which workers on the servers read. */
  abstract readonly brokers: readonly Broker[];
  /** How many messages are left in each queue that is being emptied. */
  readonly draining: Graph[] = [];
  /** How servers send clicks. @default - they count them in the database */
  abstract readonly clickSender: Connection | undefined;
  /** Security group of the click worker. The database admits it, and it admits no one. */
  abstract readonly clickWorkerSecurityGroup: ec2.ISecurityGroup | undefined;
  protected readonly promotionMark: PromotionMark | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DataStackProps & { readonly role: 'primary' | 'replica' },
  ) {
    super(scope, id, {
      env: props.env,
      zones: props.zones,
      description: 'zero-to-million: what a data center keeps',
    });
    const { plan, deployment } = props;
    const protection = protectionOf(props.sandbox);
    const key = encryptionKey(this, 'Key', { protection });
    const data = { key, protection };
    this.protectedData = data;
    applyFunctionDefaults(this, data);
    new Guard(this, 'Guard', { ...props.guard, ...data, deployment });
    this.alarms = new Alarms(this, 'Alarms', { deployment, key, email: props.alarmEmail });
    this.network = new Network(this, 'Network', {
      ...data,
      cidr: networkRange(props.env.region),
      natGateways: plan.natGateways,
      secretsManagerEndpoint: plan.database && plan.natGateways === 0,
    });
    this.serverSecurityGroup = new ec2.SecurityGroup(this, 'Servers', {
      vpc: this.network.vpc,
      // EC2 cannot change a description: another one would replace the group.
      description: 'Worn by every server',
    });
    this.logs = new ServerLogs(this, 'ServerLogs', data);
    const [firstPublicSubnet] = this.network.publicSubnets;
    this.fixedAddress = plan.fixedAddress ? new FixedAddress(this, 'FixedAddress', data) : undefined;
    this.fixedAddress?.node.addDependency(firstPublicSubnet.internetConnectivityEstablished);
    this.serverVolume = plan.serverVolume
      ? new ServerVolume(this, 'ServerVolume', {
          ...data,
          subnet: firstPublicSubnet,
          sizeGiB: plan.serverVolumeGiB,
          holdsDatabase: plan.databaseOnServer,
        })
      : undefined;
    this.accessLogs = plan.loadBalancer
      ? accessLogsBucket(this, 'AccessLogs', { protection, writer: 'load balancer' })
      : undefined;
    if (plan.dataCenters) {
      lockReplicationRole(this, props.role);
      this.promotionMark = new PromotionMark(this, 'PromotionMark', { deployment, protection });
    }
  }

  protected addCache(): Cache | undefined {
    const { plan } = this.props;
    if (!plan.cache) {
      return undefined;
    }
    const cache = new Cache(this, 'Cache', {
      ...this.protectedData,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      servers: this.serverSecurityGroup,
      nodeType: plan.cacheNodeType,
    });
    this.alarms.addAll(new Construct(this, 'CacheAlarms'), cache.alarms);
    return cache;
  }

  protected addClickQueue(): ClickQueue | undefined {
    const { deployment, plan } = this.props;
    if (!plan.clickQueue) {
      return undefined;
    }
    const { protection } = this.protectedData;
    const clickQueue = plan.queues.includes('sqs')
      ? new ClickQueue(this, 'ClickQueue', { deployment, protection })
      : undefined;
    const scope = new Construct(this, 'ClickQueueAlarms');
    this.alarms.addAll(scope, clickQueue?.alarms ?? []);
    this.alarms.add(
      scope,
      lostClicksAlarm(scope, this.logs.group, this.alarms.namespace, QUEUE_TITLES[plan.queue]),
    );
    if (clickQueue !== undefined) {
      this.watchDraining('sqs', clickQueue.depth, scope);
    }
    return clickQueue;
  }

  /** Says when a queue that is being emptied is empty. */
  protected watchDraining(kind: QueueKind, depth: IMetric, alarms: Construct): void {
    if (this.props.plan.drainQueues.includes(kind)) {
      this.draining.push({ title: `Old queue, of ${QUEUE_TITLES[kind]}: messages left`, metrics: [depth] });
      this.alarms.add(alarms, drainedAlarm(kind, QUEUE_TITLES[kind], depth));
    }
  }

  protected addClickWorkerSecurityGroup(
    database: DataCenterDatabase | undefined,
  ): ec2.ISecurityGroup | undefined {
    if (!this.props.plan.queues.includes('sqs') || database === undefined) {
      return undefined;
    }
    const securityGroup = new ec2.SecurityGroup(this, 'ClickWorkers', {
      vpc: this.network.vpc,
      description: 'Worn by what counts clicks',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'Queues and secrets');
    database.instance.connections.allowFrom(securityGroup, ec2.Port.tcp(DATABASE_PORT), 'Click worker');
    return securityGroup;
  }

  protected addTerminationProtection(database: DataCenterDatabase | undefined): void {
    if (!this.protectedData.protection.deletionProtection) {
      return;
    }
    const terminationProtection = new TerminationProtection(this, 'StandingProtection', {
      ...this.protectedData,
      otherStacks: this.props.dependentStacks,
      databases: database === undefined ? [] : [database.instance],
    });
    this.alarms.addAll(terminationProtection, terminationProtection.alarms);
  }
}
