import { assemblyOf } from '../support/assemblies';
import type { Resource } from '../support/cloud-assembly';
import { dangers } from './dangers';

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
