import { assemblyOf } from '../support/assemblies';
import type { Resource } from '../support/cloud-assembly';
import { dangers, given } from './dangers';

describe('what holds data or an address', () => {
  const production = { production: true };
  const volume = (properties: Record<string, unknown>, policy?: string): Resource => ({
    Type: 'AWS::EC2::Volume',
    Properties: { Encrypted: true, Size: 20, ...properties },
    ...(policy === undefined ? {} : { DeletionPolicy: policy, UpdateReplacePolicy: policy }),
  });
  const holding = (resource: Resource) => assemblyOf({ data: { resources: { Volume: resource } } });

  it('may grow', () => {
    expect(
      dangers(holding(volume({}, 'Retain')), holding(volume({ Size: 40 }, 'Retain')), production),
    ).toEqual([]);
  });

  it('may not shrink', () => {
    expect(
      dangers(holding(volume({}, 'Retain')), holding(volume({ Size: 10 }, 'Retain')), production),
    ).toEqual(['data/Volume (AWS::EC2::Volume, rung 1’s database) changes Size other than by growing']);
  });

  it('may be left behind in production, where it is retained', () => {
    expect(
      dangers(holding(volume({}, 'Retain')), assemblyOf({ data: { resources: {} } }), production),
    ).toEqual([]);
  });

  it('may not be left behind in a sandbox, though it were retained', () => {
    const after = assemblyOf({ data: { resources: {} } });
    expect(dangers(holding(volume({}, 'Retain')), after, { production: false })).toEqual([
      'data/Volume (AWS::EC2::Volume, rung 1’s database) is destroyed',
    ]);
  });

  it('may not move to another stack', () => {
    const before = holding(volume({}, 'Retain'));
    const after = assemblyOf({
      data: { resources: {} },
      app: { resources: { Volume: volume({}, 'Retain') } },
    });
    expect(dangers(before, after, production)).toEqual([
      'data/Volume (AWS::EC2::Volume, rung 1’s database) is gone while app/Volume appears: a rename or move makes an empty new one',
    ]);
  });

  it('is destroyed, and not renamed, where another of its kind was there before', () => {
    const other = volume({}, 'Retain');
    const before = assemblyOf({ data: { resources: { Volume: volume({}, 'Retain'), Other: other } } });
    const after = assemblyOf({ data: { resources: { Other: other } } });
    expect(dangers(before, after, { production: false })).toEqual([
      'data/Volume (AWS::EC2::Volume, rung 1’s database) is destroyed',
    ]);
    expect(dangers(before, after, production)).toEqual([]);
  });

  it('may not lose its stack', () => {
    expect(dangers(holding(volume({}, 'Retain')), assemblyOf({}), production)).toEqual([
      'stack data is no longer deployed: nothing updates or removes what it made',
    ]);
  });

  it('must be retained in production from the rung on that adds it', () => {
    expect(
      dangers(assemblyOf({ data: { resources: {} } }), holding(volume({}, 'Delete')), production),
    ).toEqual([
      'data/Volume (AWS::EC2::Volume, rung 1’s database) has DeletionPolicy Delete in production',
      'data/Volume (AWS::EC2::Volume, rung 1’s database) has UpdateReplacePolicy Delete in production',
    ]);
  });

  it('keeps a cache’s way of signing in', () => {
    const cache = (properties: Record<string, unknown>) =>
      holding({
        Type: 'AWS::ElastiCache::ReplicationGroup',
        Properties: { AtRestEncryptionEnabled: true, TransitEncryptionEnabled: true, ...properties },
      });
    expect(dangers(cache({ AuthToken: 'x' }), cache({ UserGroupIds: ['y'] }), production)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('changes AuthToken'),
        expect.stringContaining('changes UserGroupIds'),
      ]),
    );
  });

  it('keeps a load balancer’s scheme', () => {
    const balancer = (scheme: string) =>
      holding({ Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Scheme: scheme } });
    expect(dangers(balancer('internet-facing'), balancer('internal'), production)).toContainEqual(
      expect.stringContaining('changes Scheme'),
    );
  });

  it('may become Multi-AZ, which RDS does in place', () => {
    const database = (multiAz: boolean) =>
      holding({
        Type: 'AWS::RDS::DBInstance',
        Properties: { StorageEncrypted: true, MultiAZ: multiAz },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Snapshot',
      });
    expect(dangers(database(false), database(true), production)).toEqual([]);
  });
});

describe('a step endangers', () => {
  const production = { production: true };
  const data = (resources: Readonly<Record<string, Resource>>) => assemblyOf({ data: { resources } });
  const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
  const bucket = (properties: Readonly<Record<string, unknown>> = {}, policies: object = kept): Resource => ({
    Type: 'AWS::S3::Bucket',
    Properties: properties,
    ...policies,
  });
  const MARK = { BucketName: 'shop-mark-eu-west-1' };

  it('what it replaces, by which properties', () => {
    const found = dangers(
      data({ Files: bucket({ BucketName: 'a' }) }),
      data({ Files: bucket({ BucketName: 'b' }) }),
      production,
    );
    expect(found).toEqual([
      'data/Files (AWS::S3::Bucket, objects) is or may be replaced, by BucketName',
      'data/Files (AWS::S3::Bucket, objects) changes BucketName, which is frozen at birth',
    ]);
  });

  it('what it replaces, by all of them', () => {
    const database = (name: string, user: string): Resource => ({
      Type: 'AWS::RDS::DBInstance',
      Properties: { DBInstanceIdentifier: name, MasterUsername: user, StorageEncrypted: true },
      ...kept,
    });
    const found = dangers(data({ One: database('a', 'b') }), data({ One: database('c', 'd') }), production);
    expect(found).toContain(
      'data/One (AWS::RDS::DBInstance, the database) is or may be replaced, by DBInstanceIdentifier, MasterUsername',
    );
  });

  it('what becomes another type', () => {
    const queue: Resource = { Type: 'AWS::SQS::Queue', ...kept };
    expect(dangers(data({ One: bucket() }), data({ One: queue }), production)).toContain(
      'data/One (AWS::S3::Bucket, objects) is or may be replaced, by Type',
    );
  });

  it('what is renamed, and all newcomers are named', () => {
    const found = dangers(data({ Old: bucket() }), data({ One: bucket(), Other: bucket() }), production);
    expect(found).toEqual([
      'data/Old (AWS::S3::Bucket, objects) is gone while data/One, data/Other appears: a rename or move makes an empty new one',
    ]);
  });

  it('what is deleted with its resource, also in production', () => {
    expect(
      dangers(data({ Files: bucket({}, { DeletionPolicy: 'Snapshot' }) }), data({}), production),
    ).toEqual(['data/Files (AWS::S3::Bucket, objects) is destroyed']);
  });

  it.each(['Retain', 'RetainExceptOnCreate'])('nothing that production keeps by %s', (DeletionPolicy) => {
    expect(dangers(data({ Files: bucket({}, { DeletionPolicy }) }), data({}), production)).toEqual([]);
  });

  it('nothing that can be made up again, in whatever way it goes', () => {
    expect(dangers(data({ Mark: bucket(MARK, {}) }), data({}), { production: false })).toEqual([]);
    expect(dangers(data({ Mark: bucket(MARK, {}) }), data({ Mark: bucket(MARK, {}) }), production)).toEqual(
      [],
    );
  });

  it('nothing that holds nothing', () => {
    const role = (name: string): Resource => ({ Type: 'AWS::IAM::Role', Properties: { RoleName: name } });
    expect(dangers(data({ Role: role('a') }), data({ Role: role('b') }), production)).toEqual([]);
    expect(dangers(data({ Role: role('a') }), data({ Other: role('a') }), production)).toEqual([]);
  });

  it('nothing of the objects that a sandbox’s bucket keeps, since it is no sandbox’s any more', () => {
    const order: Resource = {
      Type: 'Custom::S3AutoDeleteObjects',
      Properties: { BucketName: { Ref: 'Files' } },
    };
    const tagged = { Tags: [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }] };
    const after = (properties: object) => data({ Files: bucket({ ...properties }) });
    const before = data({ Files: bucket(tagged), Order: order });
    expect(dangers(before, after({}), { production: false })).toEqual([]);
    expect(dangers(before, after(tagged), { production: false })).toEqual([
      'data/Order (Custom::S3AutoDeleteObjects, the objects of a sandbox’s bucket) is destroyed',
    ]);
  });

  const volume = (properties: Readonly<Record<string, unknown>>): Resource => ({
    Type: 'AWS::EC2::Volume',
    Properties: properties,
    ...kept,
  });

  it.each([
    ['is not encrypted', {}],
    ['says that it is not', { Encrypted: false }],
  ])('what %s from birth', (_what, properties) => {
    expect(dangers(data({}), data({ Volume: volume(properties) }), production)).toEqual([
      'data/Volume (AWS::EC2::Volume, rung 1’s database) lacks Encrypted true',
    ]);
  });

  it('what keeps its size in another form than by growing', () => {
    const sized = (size: number) => data({ Volume: volume({ Encrypted: true, Size: size }) });
    expect(dangers(sized(20), sized(19), production)).toHaveLength(1);
    expect(dangers(sized(20), sized(21), production)).toEqual([]);
  });

  it('what is within a property and keeps its size in another form than by growing', () => {
    const cluster = (size: number, subnets: readonly string[] = ['a', 'b']) =>
      data({
        Kafka: {
          Type: 'AWS::MSK::Cluster',
          Properties: {
            BrokerNodeGroupInfo: {
              ClientSubnets: subnets,
              StorageInfo: { EBSStorageInfo: { VolumeSize: size } },
            },
          },
          ...kept,
        },
      });
    expect(dangers(cluster(20), cluster(21), production)).toEqual([]);
    expect(dangers(cluster(20), cluster(20, ['a', 'c']), production)).toContain(
      'data/Kafka (AWS::MSK::Cluster, messages not yet worked on) changes BrokerNodeGroupInfo.ClientSubnets, which is frozen at birth',
    );
    expect(
      dangers(cluster(20), cluster(20, ['a', 'c']), production).filter((found) => found.includes('growing')),
    ).toEqual([]);
    expect(dangers(cluster(20), cluster(19), production)).toEqual([
      'data/Kafka (AWS::MSK::Cluster, messages not yet worked on) changes BrokerNodeGroupInfo.StorageInfo.EBSStorageInfo.VolumeSize other than by growing',
    ]);
  });

  it('nothing of an encryption that a replica has from its source', () => {
    const replica: Resource = {
      Type: 'AWS::RDS::DBInstance',
      Properties: { SourceDBInstanceIdentifier: { Ref: 'Database1' } },
    };
    expect(dangers(data({}), data({ Replica: replica }), production)).toEqual([]);
  });

  it.each(['Retain', 'RetainExceptOnCreate', 'Snapshot'])(
    'nothing that production protects by %s',
    (policy) => {
      const policies = { DeletionPolicy: policy, UpdateReplacePolicy: policy };
      expect(dangers(data({}), data({ Files: bucket({}, policies) }), production)).toEqual([]);
    },
  );

  it('what production does not protect', () => {
    expect(dangers(data({}), data({ Files: bucket({}, {}) }), production)).toEqual([
      'data/Files (AWS::S3::Bucket, objects) has DeletionPolicy (none) in production',
      'data/Files (AWS::S3::Bucket, objects) has UpdateReplacePolicy (none) in production',
    ]);
  });

  it('nothing that a sandbox does not protect', () => {
    expect(dangers(data({}), data({ Files: bucket({}, {}) }), { production: false })).toEqual([]);
  });

  it('nothing without data that production does not protect', () => {
    const topic: Resource = { Type: 'AWS::SNS::Topic' };
    expect(dangers(data({}), data({ Topic: topic }), production)).toEqual([]);
  });
});

describe('what a step down gives up', () => {
  const resource = (type: string, policy?: string): Resource => ({
    Type: type,
    ...(policy === undefined ? {} : { DeletionPolicy: policy }),
  });

  it('is kept or deleted, each type once, in order; what stays and what holds nothing is not in it', () => {
    const before = assemblyOf({
      data: {
        resources: {
          Stays: resource('AWS::KMS::Key', 'Retain'),
          Two: resource('AWS::SQS::Queue', 'RetainExceptOnCreate'),
          One: resource('AWS::S3::Bucket', 'Retain'),
          Other: resource('AWS::S3::Bucket', 'Retain'),
          Topic: resource('AWS::SNS::Topic'),
          Snapshot: resource('AWS::RDS::DBInstance', 'Snapshot'),
          Role: resource('AWS::IAM::Role'),
        },
      },
      edge: { resources: { Distribution: resource('AWS::CloudFront::Distribution', 'Delete') } },
    });
    const after = assemblyOf({ data: { resources: { Stays: resource('AWS::KMS::Key', 'Retain') } } });
    expect(given(before, after)).toEqual({
      kept: ['AWS::S3::Bucket', 'AWS::SQS::Queue'],
      deleted: ['AWS::CloudFront::Distribution', 'AWS::RDS::DBInstance', 'AWS::SNS::Topic'],
    });
  });
});
