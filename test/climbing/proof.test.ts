/** The proof proven: real templates with one thing wrong. What is not found here would not be found in a climb either. */
import { altered, withProperties } from '../support/assemblies';
import type { CloudAssembly, Resource } from '../support/cloud-assembly';
import { DOMAIN, RUNGS, stage } from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { dangers } from './dangers';
import { interruptions } from './interruptions';

const highest = RUNGS.at(-1);
if (!highest) throw new Error('No rung is built.');

const rung = (): CloudAssembly => synthesize(stage(highest, DOMAIN));
const found = (after: CloudAssembly, production = true) => dangers(rung(), after, { production });
const removed = (): Readonly<Record<string, Resource>> => ({});

describe('the proof of the climb finds', () => {
  it('a renamed database', () => {
    const after = altered(rung(), 'AWS::RDS::DBInstance', (id, resource) => ({ [`${id}2`]: resource }));
    expect(found(after)).toContainEqual(
      expect.stringMatching(/\(AWS::RDS::DBInstance, the database\) is gone while .* appears/),
    );
  });

  it('an unencrypted database', () => {
    const after = altered(rung(), 'AWS::RDS::DBInstance', withProperties({ StorageEncrypted: false }));
    expect(found(after)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/\(AWS::RDS::DBInstance, .*\) is or may be replaced, by StorageEncrypted/),
        expect.stringMatching(/\(AWS::RDS::DBInstance, .*\) lacks StorageEncrypted true/),
      ]),
    );
  });

  it('a database in another subnet group', () => {
    const after = altered(rung(), 'AWS::RDS::DBInstance', withProperties({ DBSubnetGroupName: 'other' }));
    expect(found(after)).toContainEqual(
      expect.stringMatching(/\(AWS::RDS::DBInstance, .*\) is or may be replaced, by DBSubnetGroupName/),
    );
  });

  it('a subnet group with other subnets, though the diff calls it harmless', () => {
    const after = altered(rung(), 'AWS::RDS::DBSubnetGroup', withProperties({ SubnetIds: ['subnet-1'] }));
    // One in each data center.
    const change = /\(AWS::RDS::DBSubnetGroup, .*\) changes SubnetIds, which is frozen/;
    expect(found(after)).toEqual([expect.stringMatching(change), expect.stringMatching(change)]);
  });

  it('a database restored from a snapshot', () => {
    const after = altered(rung(), 'AWS::RDS::DBInstance', withProperties({ DBSnapshotIdentifier: 'rds:x' }));
    expect(found(after)).toContainEqual(
      expect.stringMatching(/changes DBSnapshotIdentifier, which is frozen/),
    );
  });

  it('a removed volume in a sandbox', () => {
    expect(found(altered(rung(), 'AWS::EC2::Volume', removed), false)).toEqual([
      expect.stringMatching(/\(AWS::EC2::Volume, rung 1’s database\) is destroyed/),
    ]);
  });

  it('a volume that production does not retain', () => {
    const after = altered(rung(), 'AWS::EC2::Volume', (id, resource) => ({
      [id]: { ...resource, DeletionPolicy: 'Delete' },
    }));
    expect(found(after)).toEqual([expect.stringMatching(/has DeletionPolicy Delete in production/)]);
  });

  it('a changed address range, with all that stands in it', () => {
    const after = altered(rung(), 'AWS::EC2::VPC', withProperties({ CidrBlock: '192.168.0.0/16' }));
    expect(found(after)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/\(AWS::EC2::VPC, .*\) is or may be replaced, by CidrBlock/),
        expect.stringMatching(/\(AWS::EC2::Subnet, .*\) is or may be replaced, by VpcId/),
        expect.stringMatching(/\(AWS::RDS::DBSubnetGroup, .*\) changes SubnetIds, which is frozen/),
      ]),
    );
  });

  it('a secret that is generated anew', () => {
    const after = altered(
      rung(),
      'AWS::SecretsManager::Secret',
      withProperties({ GenerateSecretString: { PasswordLength: 8 } }),
    );
    expect(found(after)).toContainEqual(
      expect.stringMatching(/changes GenerateSecretString, which is frozen/),
    );
  });

  it('a secret under another name', () => {
    const after = altered(rung(), 'AWS::SecretsManager::Secret', withProperties({ Name: 'other' }));
    expect(found(after)).toContainEqual(
      expect.stringMatching(/\(AWS::SecretsManager::Secret, .*\) is or may be replaced, by Name/),
    );
  });

  it('a replica in the other zone', () => {
    const after = altered(rung(), 'AWS::RDS::DBInstance', (id, resource) =>
      id.startsWith('Replicas2')
        ? withProperties({ AvailabilityZone: 'a' })(id, resource)
        : { [id]: resource },
    );
    expect(found(after)).toEqual([
      expect.stringMatching(/Replicas2.* is or may be replaced, by AvailabilityZone/),
    ]);
  });

  it.each([
    { AuthToken: 'x' },
    { UserGroupIds: ['others'] },
    { AtRestEncryptionEnabled: false },
    { TransitEncryptionEnabled: false },
    { CacheSubnetGroupName: 'other' },
    { KmsKeyId: 'other' },
    { Port: 6380 },
    { Engine: 'redis' },
  ])('a cache that changes %j', (property) => {
    const after = altered(rung(), 'AWS::ElastiCache::ReplicationGroup', withProperties(property));
    expect(found(after)).toContainEqual(
      expect.stringMatching(
        new RegExp(`ReplicationGroup, .* changes ${Object.keys(property)[0] ?? ''}, which is frozen`),
      ),
    );
  });

  it('a fixed address that is let go', () => {
    expect(found(altered(rung(), 'AWS::EC2::EIP', removed), false)).toContainEqual(
      expect.stringMatching(/\(AWS::EC2::EIP, .*\) is destroyed/),
    );
  });

  it('a way to the database that is closed under the old servers', () => {
    const after = altered(rung(), 'AWS::EC2::SecurityGroupIngress', removed);
    const closed = altered(after, 'AWS::EC2::SecurityGroup', withProperties({ SecurityGroupIngress: [] }));
    expect(interruptions(rung(), closed)).not.toEqual([]);
  });
});

describe('the proof of the climb lets pass', () => {
  it('a rung as it is', () => {
    expect([...found(rung()), ...interruptions(rung(), rung())]).toEqual([]);
  });

  it('a bigger database with a standby', () => {
    const bigger = withProperties({
      AllocatedStorage: '400',
      DBInstanceClass: 'db.r8g.large',
      MultiAZ: true,
    });
    const after = altered(rung(), 'AWS::RDS::DBInstance', (id, resource) =>
      resource.Properties?.['AllocatedStorage'] === undefined ? { [id]: resource } : bigger(id, resource),
    );
    expect(found(after)).toEqual([]);
  });

  it('a cache of another size', () => {
    const bigger = withProperties({ CacheNodeType: 'cache.r7g.large' });
    expect(found(altered(rung(), 'AWS::ElastiCache::ReplicationGroup', bigger))).toEqual([]);
  });

  it('a replica less', () => {
    const after = altered(
      rung(),
      'AWS::RDS::DBInstance',
      (id, resource): Readonly<Record<string, Resource>> =>
        id.startsWith('Replicas2') ? {} : { [id]: resource },
    );
    expect(found(after)).toEqual([]);
  });

  it('an alarm more', () => {
    const after = altered(rung(), 'AWS::CloudWatch::Alarm', (id, resource) => ({
      [id]: resource,
      [`${id}2`]: resource,
    }));
    expect(found(after)).toEqual([]);
  });
});
