import { CfnElement, type Environment, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct, IConstruct } from 'constructs';
import { Alarms } from '../constructs/alarms';
import { ClickQueue } from '../constructs/async/click-queue';
import { ClickQueueAlarms } from '../constructs/async/click-queue-alarms';
import { AccessLogs } from '../constructs/data/access-logs';
import { Cache } from '../constructs/data/cache';
import { CacheAlarms } from '../constructs/data/cache-alarms';
import type { Connection } from '../constructs/compute/connection';
import { AdminToken, adminTokenCopy } from '../constructs/data/admin-token';
import { Database, DATABASE_PORT, type DataCenterDatabase } from '../constructs/data/database';
import { DatabaseAlarms } from '../constructs/data/database-alarms';
import { EncryptionKey } from '../constructs/data/encryption-key';
import { FixedAddress } from '../constructs/data/fixed-address';
import { FirstDataCenter } from '../constructs/data/first-data-center';
import { fixPart } from '../constructs/data/part';
import { Promotion } from '../constructs/data/promotion';
import { PromotionMark } from '../constructs/data/promotion-mark';
import { RegionalReplica } from '../constructs/data/regional-replica';
import { ReplicaAlarms } from '../constructs/data/replica-alarms';
import { Replicas } from '../constructs/data/replicas';
import { ServerLogs } from '../constructs/data/server-logs';
import { ServerVolume } from '../constructs/data/server-volume';
import { OriginSecrets } from '../constructs/edge/origin-secrets';
import { houseFunctions } from '../constructs/functions';
import { Guard, type GuardProps } from '../constructs/guard';
import { Network } from '../constructs/network';
import { type Protection, protectionOf } from '../constructs/protection';
import { type StackName, StandingProtection } from '../constructs/standing-protection';
import { networkRange, type Region } from '../regions';
import type { ScalingPlan } from '../scaling-plan';
import { TwoZoneStack } from './two-zone-stack';

export interface DataStackProps {
  readonly env: Environment & { readonly region: Region };
  readonly plan: ScalingPlan;
  /** Names of two zones of the region, for life. @default - its first two */
  readonly zones: readonly string[];
  readonly sandbox: boolean;
  readonly alarmEmail: string | undefined;
  /** What names of the deployment's own begin with. */
  readonly deployment: string;
  /** What the deployment consists of, and what of it may go. */
  readonly guard: Pick<GuardProps, 'parts' | 'allowRemoval' | 'regions'>;
  /** Its part among the data centers. */
  readonly part: FirstPart | FurtherPart;
  /** The stacks that serve what this one keeps: protected with it, so that a destruction begins with a refusal. */
  readonly servedBy: readonly StackName[];
}

/** It has what all share: the database that is written to, and the secrets. */
interface FirstPart {
  readonly kind: 'first';
  /** Where else CloudFormation must find the secrets between CloudFront and load balancers. */
  readonly edgeRegions: readonly Region[];
  /** Where else servers must find theirs. */
  readonly furtherRegions: readonly Region[];
}

/** It replicates the first one, and may take its place. */
interface FurtherPart {
  readonly kind: 'further';
  readonly first: DataStack;
  /** Where users reach the application; without it, which settings refuse, nobody could tell who takes writes. */
  readonly domainName: string | undefined;
  /** Where all other data centers are. */
  readonly otherRegions: readonly Region[];
  /** Whether an alarm may promote it. */
  readonly automaticPromotion: boolean;
}

/** How whatever holds data is kept. */
interface Kept {
  readonly key: EncryptionKey;
  readonly protection: Protection;
}

/** What all data centers share, as one of them has it. */
interface Shared {
  readonly adminToken: Connection;
  readonly database: DataCenterDatabase | undefined;
  readonly replicas: Replicas | undefined;
  readonly identity: Identity;
}

/** Logical ids of what further data centers must find in the first one's stack. */
interface Identity {
  readonly adminToken: string;
  readonly database: string | undefined;
  readonly password: string | undefined;
  readonly parameters: string | undefined;
}

/**
 * What a data center keeps: the network, the key, and everything that holds data or an address. The app stack may be
 * destroyed and made again beside it.
 */
export class DataStack extends TwoZoneStack {
  readonly network: Network;
  readonly key: EncryptionKey;
  /** The group that servers wear: other groups admit its wearers, so who they are can change. */
  readonly servers: ec2.ISecurityGroup;
  readonly alarms: Alarms;
  readonly logs: ServerLogs;
  /** How servers meet the bearer token of operators. */
  readonly adminToken: Connection;
  readonly fixedAddress: FixedAddress | undefined;
  readonly serverVolume: ServerVolume | undefined;
  readonly database: DataCenterDatabase | undefined;
  readonly replicas: Replicas | undefined;
  readonly cache: Cache | undefined;
  readonly clickQueue: ClickQueue | undefined;
  /** The group that the click worker wears: it reaches the database, and nobody reaches it. */
  readonly clickWorkers: ec2.ISecurityGroup | undefined;
  readonly accessLogs: IBucket | undefined;
  readonly mark: PromotionMark | undefined;
  private readonly identity: Identity;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, {
      env: props.env,
      zones: props.zones,
      description: 'zero-to-million: what a data center keeps',
    });
    const { plan } = props;
    const protection = protectionOf(props.sandbox);
    const key = new EncryptionKey(this, 'Key', { protection });
    const kept = { key, protection };
    this.key = key;
    new Guard(this, 'Guard', { ...props.guard, ...kept, deployment: props.deployment });
    this.alarms = new Alarms(this, 'Alarms', { deployment: props.deployment, key, email: props.alarmEmail });
    this.network = new Network(this, 'Network', {
      ...kept,
      addresses: networkRange(props.env.region),
      natGateways: plan.natGateways,
      privateSecrets: plan.database && plan.natGateways === 0,
    });
    this.servers = new ec2.SecurityGroup(this, 'Servers', {
      vpc: this.network.vpc,
      description: 'Worn by every server',
    });
    this.logs = new ServerLogs(this, 'ServerLogs', kept);
    this.fixedAddress = plan.fixedAddress ? new FixedAddress(this, 'FixedAddress', kept) : undefined;
    this.fixedAddress?.node.addDependency(this.network.publicSubnets[0].internetConnectivityEstablished);
    this.serverVolume = plan.serverVolume
      ? new ServerVolume(this, 'ServerVolume', {
          ...kept,
          subnet: this.network.publicSubnets[0],
          sizeGiB: plan.serverVolumeGiB,
          holdsDatabase: plan.databaseOnServer,
        })
      : undefined;
    this.accessLogs = plan.loadBalancer
      ? // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
        (new AccessLogs(this, 'AccessLogs', { protection, writer: 'load balancer' }) as IBucket)
      : undefined;
    if (plan.dataCenters) {
      fixPart(this, props.part.kind);
    }
    this.mark = plan.dataCenters
      ? new PromotionMark(this, 'PromotionMark', { deployment: props.deployment, protection })
      : undefined;
    const shared =
      props.part.kind === 'first'
        ? this.original(props, props.part, kept)
        : this.copy(props, props.part, kept);
    this.adminToken = shared.adminToken;
    this.database = shared.database;
    this.replicas = shared.replicas;
    this.identity = shared.identity;
    this.cache = plan.cache ? this.keepCache(plan, kept) : undefined;
    this.clickQueue = plan.clickQueue ? this.keepClicks(props.deployment, protection) : undefined;
    this.clickWorkers =
      plan.clickQueue && shared.database !== undefined ? this.admitClickWorkers(shared.database) : undefined;
    if (protection.deletionProtection) {
      new StandingProtection(this, 'StandingProtection', {
        ...kept,
        otherStacks: props.servedBy,
        databases: shared.database === undefined ? [] : [shared.database.instance],
        alarms: this.alarms,
      });
    }
    houseFunctions(this, kept);
  }

  /** What all data centers share, where it is made. */
  private original(props: DataStackProps, { edgeRegions, furtherRegions }: FirstPart, kept: Kept): Shared {
    const { plan } = props;
    const adminToken = new AdminToken(this, 'AdminToken', { ...kept, otherRegions: furtherRegions });
    const database = plan.database ? this.keepDatabase(plan, furtherRegions, kept) : undefined;
    if (plan.cdn) {
      new OriginSecrets(this, 'OriginSecrets', {
        deployment: props.deployment,
        number: plan.originSecret,
        otherRegions: [...new Set([...edgeRegions, ...furtherRegions])],
        key: kept.key,
      });
    }
    return {
      adminToken: adminToken.connection,
      database,
      replicas:
        database !== undefined && plan.replicas > 0 ? this.replicate(database, plan, kept) : undefined,
      identity: {
        adminToken: logicalId(this, adminToken.secret),
        database: database && logicalId(this, database.instance),
        password: database && logicalId(this, database.secret),
        parameters: database && logicalId(this, database.parameterGroup),
      },
    };
  }

  /** What all data centers share, as the first one's copies of it. */
  private copy({ plan }: DataStackProps, part: FurtherPart, kept: Kept): Shared {
    const { first } = part;
    const original = new FirstDataCenter(this, 'First', {
      ...kept,
      region: first.region,
      stackName: first.stackName,
    });
    const { adminToken, database, password, parameters } = first.identity;
    if (database === undefined || password === undefined || parameters === undefined) {
      throw new Error('A further data center needs a database to replicate: the scaling plan gave none.');
    }
    const replica = new RegionalReplica(this, 'Database', {
      ...kept,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      servers: this.servers,
      sourceArn: original.databaseArn(database),
      sourceRegion: first.region,
      secretArn: original.secretArn(password),
      instanceType: plan.databaseInstanceType,
      maxStorageGiB: plan.databaseMaxStorageGiB,
    });
    new DatabaseAlarms(this, 'DatabaseAlarms', {
      database: replica.instance,
      alarms: this.alarms,
      storageGiB: plan.databaseStorageGiB,
    });
    new ReplicaAlarms(this, 'ReplicaAlarms', { replicas: [replica.instance], alarms: this.alarms });
    if (this.mark !== undefined && part.domainName !== undefined) {
      new Promotion(this, 'Promotion', {
        ...kept,
        domainName: part.domainName,
        otherRegions: part.otherRegions,
        replica: replica.instance,
        mark: this.mark,
        source: { region: first.region, parameterGroup: original.parameterGroupName(parameters) },
        automatic: part.automaticPromotion,
        alarms: this.alarms,
      });
    }
    return {
      adminToken: adminTokenCopy(original.secretArn(adminToken)),
      database: replica,
      replicas: undefined,
      identity: first.identity,
    };
  }

  private keepDatabase(plan: ScalingPlan, otherRegions: readonly Region[], kept: Kept): Database {
    const database = new Database(this, 'Database', {
      ...kept,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      rotationSubnets: this.network.appSubnets,
      servers: this.servers,
      instanceType: plan.databaseInstanceType,
      storageGiB: plan.databaseStorageGiB,
      maxStorageGiB: plan.databaseMaxStorageGiB,
      standby: plan.databaseStandby,
      otherRegions,
    });
    new DatabaseAlarms(this, 'DatabaseAlarms', {
      database: database.instance,
      alarms: this.alarms,
      storageGiB: plan.databaseStorageGiB,
    });
    return database;
  }

  private replicate(source: Database, plan: ScalingPlan, kept: Kept): Replicas {
    const replicas = new Replicas(this, 'Replicas', {
      ...kept,
      source,
      replicas: plan.replicas,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      instanceType: plan.databaseInstanceType,
      maxStorageGiB: plan.databaseMaxStorageGiB,
    });
    new ReplicaAlarms(this, 'ReplicaAlarms', { replicas: replicas.instances, alarms: this.alarms });
    return replicas;
  }

  private keepCache(plan: ScalingPlan, kept: Kept): Cache {
    const cache = new Cache(this, 'Cache', {
      ...kept,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      servers: this.servers,
      nodeType: plan.cacheNodeType,
    });
    new CacheAlarms(this, 'CacheAlarms', { nodes: cache.nodes, alarms: this.alarms });
    return cache;
  }

  private keepClicks(deployment: string, protection: Protection): ClickQueue {
    const clickQueue = new ClickQueue(this, 'ClickQueue', { deployment, protection });
    new ClickQueueAlarms(this, 'ClickQueueAlarms', {
      clickQueue,
      serverLogs: this.logs.group,
      alarms: this.alarms,
    });
    return clickQueue;
  }

  private admitClickWorkers({ instance }: DataCenterDatabase): ec2.ISecurityGroup {
    const workers = new ec2.SecurityGroup(this, 'ClickWorkers', {
      vpc: this.network.vpc,
      description: 'Worn by what counts clicks',
      allowAllOutbound: false,
    });
    workers.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'Queues and secrets');
    instance.connections.allowFrom(workers, ec2.Port.tcp(DATABASE_PORT), 'Click worker');
    return workers;
  }
}

/** A resource's name in its template: a text like any other, so it refers to nothing. */
function logicalId(stack: Stack, { node }: IConstruct): string {
  const resource = node.defaultChild;
  if (!CfnElement.isCfnElement(resource)) {
    throw new Error(`${node.path} has no resource of its own.`);
  }
  return String(stack.resolve(resource.logicalId));
}
