import { Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Database, type DatabaseProps } from '../../../lib/constructs/data/database';
import { Network } from '../../../lib/constructs/network';
import { at } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, SANDBOX, surroundings } from './in-stack';

function database(props: Partial<DatabaseProps> = {}): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const { key } = surroundings(stack);
    const { vpc, dataSubnets, appSubnets } = new Network(stack, 'Network', {
      cidr: '10.0.0.0/16',
      natGateways: 0,
      secretsManagerEndpoint: true,
      key,
      protection: PRODUCTION,
    });
    new Database(stack, 'Database', {
      vpc,
      subnets: dataSubnets,
      rotationSubnets: appSubnets,
      servers: new SecurityGroup(stack, 'Servers', { vpc }),
      instanceType: 't4g.micro',
      storageGiB: 20,
      maxStorageGiB: 100,
      multiAz: false,
      replicaRegions: [],
      key,
      protection: PRODUCTION,
      ...props,
    });
  });
}

describe('what RDS cannot change in place', () => {
  it('is as the highest rung needs it: encrypted with our key, in the data tier of both zones', () => {
    const template = database();
    template.hasResourceProperties('AWS::RDS::DBInstance', {
      Engine: 'postgres',
      EngineVersion: '18',
      StorageEncrypted: true,
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AKey'), 'Arn'] },
      PerformanceInsightsKMSKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AKey'), 'Arn'] },
      DBName: 'app',
      Port: '5432',
      PubliclyAccessible: false,
    });
    template.hasResourceProperties('AWS::RDS::DBSubnetGroup', {
      SubnetIds: [
        { Ref: Match.stringLikeRegexp('DataSubnet1') },
        { Ref: Match.stringLikeRegexp('DataSubnet2') },
      ],
    });
  });

  it('has no name of ours', () => {
    database().hasResourceProperties('AWS::RDS::DBInstance', { DBInstanceIdentifier: Match.absent() });
  });

  it('leaves the password to a secret of ours, for one that RDS manages forbids replicas', () => {
    database().hasResourceProperties('AWS::RDS::DBInstance', {
      ManageMasterUserPassword: Match.absent(),
      MasterUserPassword: Match.anyValue(),
    });
  });
});

describe('the database', () => {
  it('is a Graviton with storage that grows', () => {
    database().hasResourceProperties('AWS::RDS::DBInstance', {
      DBInstanceClass: 'db.t4g.micro',
      StorageType: 'gp3',
      AllocatedStorage: '20',
      MaxAllocatedStorage: 100,
    });
  });

  it('speaks TLS only', () => {
    database().hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Parameters: Match.objectLike({ 'rds.force_ssl': '1' }),
    });
  });

  it('is reached by servers and by the rotation of its password, and by nothing else', () => {
    const template = database();
    const groups = Object.keys(template.findResources('AWS::EC2::SecurityGroup'));
    const group = groups.find((id) => id.startsWith('DatabaseGroup'));
    const rules = template.findResources('AWS::EC2::SecurityGroupIngress', {
      Properties: { GroupId: { 'Fn::GetAtt': [group, 'GroupId'] } },
    });
    const sources = JSON.stringify(Object.values(rules));
    expect([
      Object.keys(rules).length,
      sources.includes('"SourceSecurityGroupId":{"Fn::GetAtt":["Servers'),
      sources.includes('"SourceSecurityGroupId":{"Fn::GetAtt":["DatabaseRotationGroup'),
    ]).toEqual([2, true, true]);
  });

  it('reaches nothing', () => {
    database().hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: Match.stringLikeRegexp('^The database'),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });

  it('has its multiAz when asked, in place', () => {
    const [without, with_] = [false, true].map((multiAz) =>
      Object.keys(
        database({ multiAz }).findResources('AWS::RDS::DBInstance', { Properties: { MultiAZ: multiAz } }),
      ),
    );
    expect(without).toEqual(with_);
  });
});

describe('the database’s password', () => {
  it('is known where replicas of the database are, and nowhere else', () => {
    const copies = [['eu-west-1', 'ap-southeast-2'], []].map((replicaRegions) =>
      Object.values(database({ replicaRegions }).findResources('AWS::SecretsManager::Secret')).map((secret) =>
        at(secret, 'Properties.ReplicaRegions'),
      ),
    );
    expect(copies).toEqual([[[{ Region: 'eu-west-1' }, { Region: 'ap-southeast-2' }]], [undefined]]);
  });
});

describe('in production', () => {
  it('the database is kept, but not when its own creation is taken back, and can go back a week', () => {
    database().hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtection: Match.absent(),
        BackupRetentionPeriod: 7,
        DeleteAutomatedBackups: false,
      },
    });
  });
});

describe('in a sandbox', () => {
  it('the database goes without a last snapshot, and its backups with it', () => {
    database({ protection: SANDBOX }).hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: false, BackupRetentionPeriod: 1, DeleteAutomatedBackups: true },
    });
  });
});

describe('the password', () => {
  it('is changed every 30 days by a function in the app tier, and not at once', () => {
    database().hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
      RotateImmediatelyOnUpdate: false,
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      HostedRotationLambda: {
        RotationType: 'PostgreSQLSingleUser',
        VpcSubnetIds: Match.objectLike({ 'Fn::Join': Match.anyValue() }),
      },
    });
  });

  it('is changed by a function whose log group is the stack’s, with a name that comes once only', () => {
    const group = { 'Fn::GetAtt': [Match.stringLikeRegexp('RotationGroup'), 'GroupId'] };
    const template = database({ protection: SANDBOX });
    template.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Delete',
      Properties: {
        LogGroupName: { 'Fn::Join': ['', ['/aws/lambda/rotation-', group]] },
        RetentionInDays: 7,
      },
    });
    template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
      HostedRotationLambda: { RotationLambdaName: { 'Fn::Join': ['', ['rotation-', group]] } },
    });
  });
});
