import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ServerRole } from '../../../lib/constructs/compute/server-role';
import { CrossRegionReplica } from '../../../lib/constructs/data/cross-region-replica';
import { Network } from '../../../lib/constructs/network';
import type { Protection } from '../../../lib/constructs/protection';
import { at, list } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, SANDBOX, surroundings, written } from './in-stack';

const SOURCE = 'arn:aws:rds:eu-west-1:123456789012:db:source';
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:password-AbCdEf';

let told: unknown;

function replica(protection: Protection = PRODUCTION): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const { key } = surroundings(stack);
    const { vpc, dataSubnets } = new Network(stack, 'Network', {
      cidr: '10.0.0.0/16',
      natGateways: 1,
      secretsManagerEndpoint: false,
      key,
      protection,
    });
    const made = new CrossRegionReplica(stack, 'Database', {
      vpc,
      subnets: dataSubnets,
      servers: new SecurityGroup(stack, 'Servers', { vpc }),
      sourceArn: SOURCE,
      sourceRegion: 'eu-west-1',
      secretArn: SECRET,
      instanceType: 't4g.medium',
      storageGiB: 20,
      maxStorageGiB: 100,
      key,
      protection,
    });
    told = stack.resolve(made.connection.application);
    made.connection.grant(
      new ServerRole(stack, 'Role', { tag: { key: 'k', value: 'v' }, metricNamespace: 'm' }),
    );
  });
}

const template = replica();
const [[, instance] = []] = Object.entries(template.findResources('AWS::RDS::DBInstance'));
const KEY = { 'Fn::GetAtt': [Match.stringLikeRegexp('^AKey'), 'Arn'] };

const expectInstance = (properties: Record<string, unknown>) => {
  template.hasResourceProperties('AWS::RDS::DBInstance', properties);
};

describe('the database of a replica’s data center', () => {
  it('is a replica of exactly what it is told, in another region', () => {
    expectInstance({ SourceDBInstanceIdentifier: SOURCE, SourceRegion: 'eu-west-1' });
  });

  it('is encrypted by its own region’s key, and its measurements too', () => {
    expectInstance({ KmsKeyId: KEY, PerformanceInsightsKMSKeyId: KEY, EnablePerformanceInsights: true });
  });

  it('says nothing that RDS takes from the source, or refuses to hear of a replica', () => {
    const said = Object.keys(at(instance, 'Properties') ?? {});
    expect(
      said.filter((property) =>
        /^(StorageEncrypted|AllocatedStorage|BackupRetentionPeriod|Engine.*|DBName|Master.*|Manage.*|DBInstanceIdentifier)$/.test(
          property,
        ),
      ),
    ).toEqual([]);
  });

  it('forces TLS and logs as the first one’s does, by a group of its own: RDS would give it the default one', () => {
    expectInstance({ DBParameterGroupName: { Ref: Match.stringLikeRegexp('^DatabaseParameters') } });
    template.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Parameters: Match.objectLike({ 'rds.force_ssl': '1', log_min_duration_statement: '1000' }),
    });
  });

  it('has a standby of its own, because it may be promoted', () => {
    expectInstance({ MultiAZ: true });
  });

  it('is as big as its source, and grows as far', () => {
    expectInstance({
      DBInstanceClass: 'db.t4g.medium',
      StorageType: 'gp3',
      MaxAllocatedStorage: 100,
      Port: '5432',
    });
  });

  it('stands in the data tier of both zones, out of the internet’s reach', () => {
    template.hasResourceProperties('AWS::RDS::DBSubnetGroup', {
      SubnetIds: [
        { Ref: Match.stringLikeRegexp('DataSubnet1') },
        { Ref: Match.stringLikeRegexp('DataSubnet2') },
      ],
    });
    expectInstance({
      PubliclyAccessible: false,
      DBSubnetGroupName: { Ref: Match.stringLikeRegexp('^DatabaseSubnetGroup') },
    });
  });

  it('admits servers alone, and connects to nothing', () => {
    const admitted = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')).map((rule) => [
      at(rule, 'Properties.FromPort'),
      at(rule, 'Properties.ToPort'),
      written(at(rule, 'Properties.SourceSecurityGroupId')),
    ]);
    expect(admitted).toEqual([[5432, 5432, expect.stringMatching(/^<Servers\w+\.GroupId>$/)]]);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: Match.stringLikeRegexp('^The database'),
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });

  it('is kept in production, with its backups once it makes any, but not when its own creation is taken back', () => {
    template.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtection: Match.absent(),
        DeleteAutomatedBackups: false,
        CopyTagsToSnapshot: true,
      },
    });
  });

  it('goes with a sandbox, without a last snapshot', () => {
    replica(SANDBOX).hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
      Properties: { DeletionProtection: false, DeleteAutomatedBackups: true },
    });
  });

  it('is the only database that its servers are told of, with verified TLS and no password', () => {
    const [id] = Object.keys(template.findResources('AWS::RDS::DBInstance'));
    expect([
      written(at(told, 'DATABASE_URL')),
      at(told, 'DATABASE_SECRET_ARN'),
      at(told, 'NODE_EXTRA_CA_CERTS'),
      at(told, 'DATABASE_REPLICA_URLS'),
    ]).toEqual([
      `postgresql://<${id ?? ''}.Endpoint.Address>:5432/app?sslmode=verify-full`,
      SECRET,
      '/opt/zero-to-million/rds-ca.pem',
      undefined,
    ]);
  });

  it('is one whose password servers may read where they are told of it, and no other secret', () => {
    const statements = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap((policy) => list(at(policy, 'Properties.PolicyDocument.Statement')))
      .filter((statement) => /"(secretsmanager|kms|rds):/.test(JSON.stringify(statement)));
    expect(statements).toEqual([
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SECRET },
    ]);
  });
});
