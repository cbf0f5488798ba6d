import { CrossStackReferences, ReferenceStrength, Size, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Connection } from '../compute/connection';
import type { ProtectedDataProps } from '../protection';
import { DailySnapshots } from './daily-snapshots';

export interface ServerVolumeProps extends ProtectedDataProps {
  /** Subnet of the one server: a volume can be attached in its own zone alone. */
  readonly subnet: ec2.ISubnet;
  /** Size in GiB; it grows in place. */
  readonly sizeGiB: number;
  /** Whether the database runs on it. At higher rungs its data waits to be carried over, or has been. */
  readonly holdsDatabase: boolean;
}

/** Tag that a server sets when it serves from the volume: see "Carry-over failures" in docs/runbook.md. */
const GENERATION_TAG = 'zero-to-million:generation';

/** The database over a local socket: peer authentication, so there is no password. */
const LOCAL_DATABASE_URL = 'postgresql://app@localhost/app?host=%2Frun%2Fpostgresql';

/** The EBS volume of the database while it runs on the application’s server; it outlives every server. */
export class ServerVolume extends Construct {
  /** Where servers mount the volume. @default - the database does not run on it */
  readonly databasePath: string | undefined;
  private readonly volume: ec2.Volume;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServerVolumeProps,
  ) {
    super(scope, id);
    this.databasePath = props.holdsDatabase ? '/data' : undefined;
    this.volume = new ec2.Volume(this, 'Resource', {
      availabilityZone: props.subnet.availabilityZone,
      size: Size.gibibytes(props.sizeGiB),
      volumeType: ec2.EbsDeviceVolumeType.GP3,
      encrypted: true,
      encryptionKey: props.key,
      removalPolicy: props.protection.removalPolicy,
    });
    // A strong reference: CloudFormation refuses to delete the volume while the app stack uses it.
    CrossStackReferences.of(this.volume).produce(ReferenceStrength.STRONG);
    const snapshotTag = { key: 'zero-to-million:snapshots', value: Stack.of(this).stackName };
    Tags.of(this.volume).add(snapshotTag.key, snapshotTag.value);
    if (props.protection.volumeSnapshots) {
      new DailySnapshots(this, 'DailySnapshots', { tag: snapshotTag, keep: 7 });
    }
  }

  /** A server attaches the volume, tags it, and terminates the server that still holds it. */
  get connection(): Connection {
    const { holdsDatabase, key } = this.props;
    return {
      server: {
        DATA_VOLUME_ID: this.volume.volumeId,
        DATABASE_ON_SERVER: holdsDatabase ? 'true' : 'false',
      },
      ...(holdsDatabase ? { application: { DATABASE_URL: LOCAL_DATABASE_URL } } : {}),
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
        if (!holdsDatabase) {
          // A server in another zone makes way for one that can attach the volume: see server/evict-source.sh.
          servers.allowOnGroup('autoscaling:TerminateInstanceInAutoScalingGroup');
        }
        // EC2 decrypts the volume for the server when it is attached; the conditions restrict the grant to that.
        servers.allow({
          actions: ['kms:CreateGrant'],
          resources: [key.keyArn],
          conditions: {
            Bool: { 'kms:GrantIsForAWSResource': 'true' },
            StringEquals: { 'kms:ViaService': `ec2.${stack.region}.amazonaws.com` },
          },
        });
      },
    };
  }
}
