import type { Environment } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Alarms } from '../constructs/alarms';
import { AccessLogs } from '../constructs/data/access-logs';
import { AdminToken } from '../constructs/data/admin-token';
import { Database } from '../constructs/data/database';
import { DatabaseAlarms } from '../constructs/data/database-alarms';
import { EncryptionKey } from '../constructs/data/encryption-key';
import { FixedAddress } from '../constructs/data/fixed-address';
import { ServerLogs } from '../constructs/data/server-logs';
import { ServerVolume } from '../constructs/data/server-volume';
import { houseFunctions } from '../constructs/functions';
import { Network } from '../constructs/network';
import { type Protection, protectionOf } from '../constructs/protection';
import { networkRange, type Region } from '../regions';
import type { ScalingPlan } from '../scaling-plan';
import { TwoZoneStack } from './two-zone-stack';

export interface DataStackProps {
  readonly env: Environment & { readonly region: Region };
  readonly plan: ScalingPlan;
  readonly sandbox: boolean;
  readonly alarmEmail: string | undefined;
}

/**
 * What a data center keeps: the network, the key, and everything that holds data or an address. The app stack may be
 * destroyed and made again beside it.
 */
export class DataStack extends TwoZoneStack {
  readonly network: Network;
  /** The group that servers wear: other groups admit its wearers, so who they are can change. */
  readonly servers: ec2.ISecurityGroup;
  readonly alarms: Alarms;
  readonly logs: ServerLogs;
  readonly adminToken: AdminToken;
  readonly fixedAddress: FixedAddress | undefined;
  readonly serverVolume: ServerVolume | undefined;
  readonly database: Database | undefined;
  readonly accessLogs: IBucket | undefined;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, {
      env: props.env,
      description: 'zero-to-million: what a data center keeps',
      terminationProtection: !props.sandbox,
    });
    const { plan } = props;
    const protection = protectionOf(props.sandbox);
    const key = new EncryptionKey(this, 'Key', { protection });
    const kept = { key, protection };
    this.alarms = new Alarms(this, 'Alarms', { key, email: props.alarmEmail });
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
    this.adminToken = new AdminToken(this, 'AdminToken', kept);
    this.fixedAddress = plan.fixedAddress ? new FixedAddress(this, 'FixedAddress', kept) : undefined;
    this.serverVolume = plan.serverVolume
      ? new ServerVolume(this, 'ServerVolume', {
          ...kept,
          subnet: this.network.publicSubnets[0],
          sizeGiB: plan.serverVolumeGiB,
          holdsDatabase: plan.databaseOnServer,
        })
      : undefined;
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- aws-cdk-lib is not written for exactOptionalPropertyTypes
    this.accessLogs = plan.loadBalancer ? (new AccessLogs(this, 'AccessLogs', kept) as IBucket) : undefined;
    this.database = plan.database ? this.keepDatabase(plan, kept) : undefined;
    houseFunctions(this, kept);
  }

  private keepDatabase(plan: ScalingPlan, kept: { key: EncryptionKey; protection: Protection }): Database {
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
    });
    new DatabaseAlarms(this, 'DatabaseAlarms', {
      database: database.instance,
      alarms: this.alarms,
      storageGiB: plan.databaseStorageGiB,
    });
    return database;
  }
}
