import { CrossStackReferences, ReferenceStrength, Size, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { Protection } from '../protection';
import { DailySnapshots } from './daily-snapshots';

export interface ServerVolumeProps {
  /** The subnet of the one server: the volume stands in its zone, for it can be attached nowhere else. */
  readonly subnet: ec2.ISubnet;
  readonly sizeGiB: number;
  readonly key: IKey;
  readonly protection: Protection;
  /** Whether the database runs out of it; at higher rungs it only waits to be carried over, or was. */
  readonly holdsDatabase: boolean;
}

/** The tag by which a server says that it serves from the volume: see "Carry-over failures" in docs/runbook.md. */
const GENERATION_TAG = 'zero-to-million:generation';

/** The database over the local socket: the operating system vouches for the user, so there is no password. */
const LOCAL_DATABASE_URL = 'postgresql://app@localhost/app?host=%2Frun%2Fpostgresql';

/** The volume that the database lives on while it shares a server with the application; it outlives every server. */
export class ServerVolume extends Construct {
  private readonly volume: ec2.Volume;
  private readonly key: IKey;
  private readonly holdsDatabase: boolean;

  constructor(scope: Construct, id: string, props: ServerVolumeProps) {
    super(scope, id);
    this.key = props.key;
    this.holdsDatabase = props.holdsDatabase;
    this.volume = new ec2.Volume(this, 'Resource', {
      availabilityZone: props.subnet.availabilityZone,
      size: Size.gibibytes(props.sizeGiB),
      volumeType: ec2.EbsDeviceVolumeType.GP3,
      encrypted: true,
      encryptionKey: props.key,
      removalPolicy: props.protection.removalPolicy,
    });
    // CloudFormation itself then refuses to take it from under servers that attach it, or have yet to carry it over.
    CrossStackReferences.of(this.volume).produce(ReferenceStrength.STRONG);
    const snapshotTag = { key: 'zero-to-million:snapshots', value: Stack.of(this).stackName };
    Tags.of(this.volume).add(snapshotTag.key, snapshotTag.value);
    if (props.protection.volumeSnapshots) {
      new DailySnapshots(this, 'DailySnapshots', { tag: snapshotTag, keep: 7 });
    }
  }

  /** Servers attach the volume, mark it as served from, and evict the server that holds it. */
  get connection(): Connection {
    return {
      server: {
        DATA_VOLUME_ID: this.volume.volumeId,
        DATABASE_ON_SERVER: this.holdsDatabase ? 'true' : 'false',
      },
      ...(this.holdsDatabase ? { application: { DATABASE_URL: LOCAL_DATABASE_URL } } : {}),
      grant: (servers) => {
        const stack = Stack.of(this);
        const volume = stack.formatArn({
          service: 'ec2',
          resource: 'volume',
          resourceName: this.volume.volumeId,
        });
        servers.allow({ actions: ['ec2:AttachVolume', 'ec2:DetachVolume'], resources: [volume] });
        servers.allow({
          actions: ['ec2:CreateTags'],
          resources: [volume],
          conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [GENERATION_TAG] } },
        });
        servers.allowOnServers('ec2:AttachVolume', 'ec2:DetachVolume', 'ec2:TerminateInstances');
        servers.allowAnywhere('ec2:DescribeVolumes', 'ec2:DescribeInstances');
        if (!this.holdsDatabase) {
          // A server in another zone makes room for one that can attach the volume: see server/evict-source.sh.
          servers.allowOnGroup('autoscaling:TerminateInstanceInAutoScalingGroup');
        }
        // EC2 decrypts the volume on the server's behalf when it is attached; nobody else may through this grant.
        servers.allow({
          actions: ['kms:CreateGrant'],
          resources: [this.key.keyArn],
          conditions: {
            Bool: { 'kms:GrantIsForAWSResource': 'true' },
            StringEquals: { 'kms:ViaService': `ec2.${stack.region}.amazonaws.com` },
          },
        });
      },
    };
  }
}
