import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { ClickQueue } from '../constructs/async/click-queue';
import type { Connection } from '../constructs/compute/connection';
import { adminTokenReplica } from '../constructs/data/admin-token';
import type { Cache } from '../constructs/data/cache';
import { CrossRegionReplica } from '../constructs/data/cross-region-replica';
import { PrimaryResources } from '../constructs/data/primary-resources';
import { Promotion } from '../constructs/data/promotion';
import { replicaAlarms } from '../constructs/data/replicas';
import type { Region } from '../regions';
import { DataStack, type DataStackProps } from './data-stack';
import type { PrimaryDataStack } from './primary-data-stack';

export interface ReplicaDataStackProps extends DataStackProps {
  /** The data stack that this one replicates. */
  readonly primary: PrimaryDataStack;
  /** Where users reach the application; settings refuse several data centers without it. */
  readonly domainName: string | undefined;
  /** Regions of all other data centers. */
  readonly otherRegions: readonly Region[];
  /** Whether an alarm may promote the replica. */
  readonly automaticPromotion: boolean;
}

/** The data stack of a data center that replicates the primary’s database, and can be promoted in its place. */
export class ReplicaDataStack extends DataStack {
  readonly adminToken: Connection;
  readonly database: CrossRegionReplica;
  readonly replicas = undefined;
  readonly cache: Cache | undefined;
  readonly clickQueue: ClickQueue | undefined;
  readonly brokers = [];
  readonly clickSender: Connection | undefined;
  readonly clickWorkerSecurityGroup: ISecurityGroup | undefined;

  constructor(scope: Construct, id: string, props: ReplicaDataStackProps) {
    super(scope, id, { ...props, role: 'replica' });
    const { plan, primary, domainName } = props;
    const { adminToken, database: source } = primary.replicated;
    if (source === undefined || domainName === undefined || this.promotionMark === undefined) {
      throw new Error('A replica needs a database to replicate and a domain: the settings have none.');
    }
    const resources = new PrimaryResources(this, 'First', {
      ...this.protectedData,
      region: primary.region,
      stackName: primary.stackName,
    });
    const database = new CrossRegionReplica(this, 'Database', {
      ...this.protectedData,
      vpc: this.network.vpc,
      subnets: this.network.dataSubnets,
      servers: this.serverSecurityGroup,
      sourceArn: resources.databaseArn(source.instance),
      sourceRegion: primary.region,
      secretArn: resources.secretArn(source.password),
      instanceType: plan.databaseInstanceType,
      storageGiB: plan.databaseStorageGiB,
      maxStorageGiB: plan.databaseMaxStorageGiB,
    });
    this.alarms.addAll(new Construct(this, 'DatabaseAlarms'), database.alarms);
    const lagAlarms = new Construct(new Construct(this, 'ReplicaAlarms'), '1');
    this.alarms.addAll(lagAlarms, replicaAlarms(database.instance, 1));
    new Promotion(this, 'Promotion', {
      ...this.protectedData,
      domainName,
      otherRegions: props.otherRegions,
      replica: database.instance,
      markBucket: this.promotionMark.bucket,
      markKey: this.promotionMark.key,
      sourceRegion: primary.region,
      sourceParameterGroup: resources.parameterGroupName(source.parameterGroup),
      automatic: props.automaticPromotion,
      alarms: this.alarms,
    });
    this.adminToken = adminTokenReplica(resources.secretArn(adminToken));
    this.database = database;
    this.cache = this.addCache();
    this.clickQueue = this.addClickQueue();
    this.clickSender = this.clickQueue?.connection;
    this.clickWorkerSecurityGroup = this.addClickWorkerSecurityGroup(database);
    this.addTerminationProtection(database);
  }
}
