import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import fc from 'fast-check';
import { Alarms } from '../../../lib/constructs/alarms';
import { Database } from '../../../lib/constructs/data/database';
import { replicaAlarms, Replicas } from '../../../lib/constructs/data/replicas';
import { Network } from '../../../lib/constructs/network';
import { inStack, PRODUCTION, surroundings } from './in-stack';

interface Built {
  readonly template: ReturnType<typeof inStack>;
  readonly urls: readonly string[];
}

function replicas(count: number): Built {
  let urls: readonly string[] = [];
  const template = inStack((stack) => {
    const { key } = surroundings(stack);
    const network = new Network(stack, 'Network', {
      cidr: '10.0.0.0/16',
      natGateways: 1,
      secretsManagerEndpoint: false,
      key,
      protection: PRODUCTION,
    });
    const shared = { vpc: network.vpc, subnets: network.dataSubnets, key, instanceType: 't4g.micro' };
    const source = new Database(stack, 'Database', {
      ...shared,
      rotationSubnets: network.appSubnets,
      servers: new SecurityGroup(stack, 'Servers', { vpc: network.vpc }),
      storageGiB: 20,
      maxStorageGiB: 100,
      multiAz: true,
      replicaRegions: [],
      protection: PRODUCTION,
    });
    const { instance, subnetGroup, securityGroup } = source;
    const made = new Replicas(stack, 'Replicas', {
      ...shared,
      source: instance,
      subnetGroup,
      securityGroup,
      replicas: count,
      maxStorageGiB: 100,
    });
    const alarms = new Alarms(stack, 'Alarms', { deployment: 'shop', key, email: undefined });
    made.instances.forEach((replica, index) => {
      const number = index + 1;
      alarms.addAll(new Construct(stack, `ReplicaAlarms${number}`), replicaAlarms(replica, number));
    });
    urls = (made.connection.application?.DATABASE_REPLICA_URLS ?? '').split(',').filter((url) => url !== '');
  });
  return { template, urls };
}

function found({ template }: Built) {
  return Object.entries(template.findResources('AWS::RDS::DBInstance')).filter(([id]) =>
    id.startsWith('Replicas'),
  );
}

const two = replicas(2);
const { template } = two;

describe('read replicas', () => {
  it('are as many as asked for, none and fifteen too, and servers are told of each', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 15), (count) => {
        const built = replicas(count);
        return found(built).length === count && built.urls.length === count;
      }),
      { numRuns: 3 },
    );
  });

  it('stand in the zones by turns', () => {
    const zones = found(replicas(4)).map(
      ([, replica]) => /"Fn::Select":\[(\d),/.exec(JSON.stringify(replica))?.[1],
    );
    expect(zones).toStrictEqual(['0', '1', '0', '1']);
  });

  it('are made one after the other, for RDS copies a source for one at a time', () => {
    const after = found(replicas(3)).map(([, replica]: [string, { DependsOn?: readonly string[] }]) =>
      (replica.DependsOn ?? []).filter((id) => /^Replicas\d/.test(id)).map((id) => id.slice(0, 9)),
    );
    expect(after).toEqual([[], ['Replicas1'], ['Replicas2']]);
  });

  it('copy the database, and grow with it up to the same ceiling', () => {
    template.hasResourceProperties('AWS::RDS::DBInstance', {
      SourceDBInstanceIdentifier: {
        'Fn::Join': ['', Match.arrayWith([{ Ref: Match.stringLikeRegexp('^Database') }])],
      },
      MaxAllocatedStorage: 100,
      StorageType: 'gp3',
      DBInstanceClass: 'db.t4g.micro',
    });
  });

  it('say nothing that RDS wants to take from the source: encryption, parameters, storage, backups', () => {
    const said = found(two).flatMap(([, { Properties: properties }]: [string, Record<string, object>]) =>
      Object.keys(properties ?? {}),
    );
    expect(
      said.filter((property) =>
        /^(StorageEncrypted|KmsKeyId|DBParameterGroupName|AllocatedStorage|BackupRetentionPeriod|Engine.*|Master.*)$/.test(
          property,
        ),
      ),
    ).toEqual([]);
  });

  it('admit what the database admits, and nothing from outside', () => {
    expect(() => {
      template.allResourcesProperties('AWS::RDS::DBInstance', {
        PubliclyAccessible: false,
        VPCSecurityGroups: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^DatabaseGroup'), 'GroupId'] }],
      });
    }).not.toThrow();
  });

  it('are given up without a last snapshot, in production too', () => {
    expect(
      found(two).map(([, replica]) => JSON.stringify(replica).includes('"DeletionPolicy":"Delete"')),
    ).toEqual([true, true]);
  });

  it('are reached with verified TLS', () => {
    expect(two.urls.every((url) => /^postgresql:\/\/[^/]+:5432\/app\?sslmode=verify-full$/.test(url))).toBe(
      true,
    );
  });
});

describe('the lag of a replica', () => {
  it('raises an alarm above what an idle database shows, each its own', () => {
    const alarms = template.findResources('AWS::CloudWatch::Alarm', { Properties: { Threshold: 360 } });
    expect(Object.keys(alarms).map((id) => /^ReplicaAlarms\dLag/.test(id))).toEqual([true, true]);
  });

  it('is as bad as an hour where the replica does not replicate, and bad where nothing is heard of it', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 360,
      TreatMissingData: 'breaching',
      Metrics: Match.arrayWith([Match.objectLike({ Expression: 'IF(lag1 < 0, 3600, lag1)' })]),
    });
  });
});
