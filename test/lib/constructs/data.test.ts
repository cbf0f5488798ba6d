import { RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction, InlineCode, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ServerRole } from '../../../lib/constructs/compute/server-role';
import { accessLogsBucket } from '../../../lib/constructs/data/access-logs';
import { AdminToken, adminTokenReplica } from '../../../lib/constructs/data/admin-token';
import { encryptionKey } from '../../../lib/constructs/data/encryption-key';
import { FixedAddress } from '../../../lib/constructs/data/fixed-address';
import { lockReplicationRole } from '../../../lib/constructs/data/replication-role';
import { ServerVolume } from '../../../lib/constructs/data/server-volume';
import { applyFunctionDefaults } from '../../../lib/constructs/function-defaults';
import type { Protection } from '../../../lib/constructs/protection';
import { at } from '../../support/cloud-assembly';
import { inStack, PRODUCTION, SANDBOX, surroundings } from './in-stack';

function volume(protection: Protection): ReturnType<typeof inStack> {
  return inStack((stack) => {
    const { key, vpc } = surroundings(stack);
    const [subnet] = vpc.publicSubnets;
    if (subnet === undefined) {
      throw new Error('The network has no public subnet.');
    }
    new ServerVolume(stack, 'ServerVolume', { subnet, sizeGiB: 30, key, protection, holdsDatabase: true });
  });
}

describe('the server’s volume', () => {
  it('is encrypted with the data center’s key and stands in the server’s zone', () => {
    volume(PRODUCTION).hasResourceProperties('AWS::EC2::Volume', {
      Encrypted: true,
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('AKey'), 'Arn'] },
      VolumeType: 'gp3',
      Size: 30,
      AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
    });
  });

  it('is retained in production', () => {
    volume(PRODUCTION).hasResource('AWS::EC2::Volume', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('goes with a sandbox', () => {
    volume(SANDBOX).hasResource('AWS::EC2::Volume', { DeletionPolicy: 'Delete' });
  });

  it('is photographed once a day in production, and seven pictures are kept', () => {
    const template = volume(PRODUCTION);
    template.hasResourceProperties('AWS::DLM::LifecyclePolicy', {
      State: 'ENABLED',
      PolicyDetails: {
        TargetTags: [{ Key: 'zero-to-million:snapshots', Value: 'Stack' }],
        Schedules: [
          Match.objectLike({ CreateRule: Match.objectLike({ Interval: 24 }), RetainRule: { Count: 7 } }),
        ],
      },
    });
    template.hasResourceProperties('AWS::EC2::Volume', {
      Tags: Match.arrayWith([{ Key: 'zero-to-million:snapshots', Value: 'Stack' }]),
    });
  });

  it('is not photographed in a sandbox, for pictures outlive it', () => {
    volume(SANDBOX).resourceCountIs('AWS::DLM::LifecyclePolicy', 0);
  });
});

describe('the fixed address', () => {
  it('is kept in production', () => {
    inStack((stack) => {
      new FixedAddress(stack, 'FixedAddress', { protection: PRODUCTION });
    }).hasResource('AWS::EC2::EIP', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { Domain: 'vpc' },
    });
  });
});

describe('the admin token', () => {
  it('is made up by Secrets Manager, of letters and digits', () => {
    inStack((stack) => {
      new AdminToken(stack, 'AdminToken', {
        replicaRegions: [],
        key: surroundings(stack).key,
        protection: PRODUCTION,
      });
    }).hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 48 },
      KmsKeyId: Match.anyValue(),
    });
  });
});

describe('the secrets of servers', () => {
  const replicas = (replicaRegions: readonly string[]) =>
    Object.values(
      inStack((stack) => {
        new AdminToken(stack, 'AdminToken', {
          replicaRegions,
          key: surroundings(stack).key,
          protection: PRODUCTION,
        });
      }).findResources('AWS::SecretsManager::Secret'),
    ).map((secret) => at(secret, 'Properties.ReplicaRegions'));

  it('are replicated to the regions of other data centers, and nowhere else', () => {
    expect([replicas(['eu-west-1', 'ap-southeast-2']), replicas([])]).toEqual([
      [[{ Region: 'eu-west-1' }, { Region: 'ap-southeast-2' }]],
      [undefined],
    ]);
  });

  it('are read there from the region’s replica, which servers know and may read', () => {
    const copy = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token-AbCdEf';
    const connection = adminTokenReplica(copy);
    inStack((stack) => {
      connection.grant(
        new ServerRole(stack, 'Servers', { tag: { key: 'k', value: 'v' }, metricNamespace: 'm' }),
      );
    }).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: copy },
        ]),
      },
    });
    expect(connection.server).toEqual({ ADMIN_TOKEN_SECRET_ARN: copy });
  });
});

describe('the replication role of a data stack', () => {
  const types = (['primary', 'replica'] as const).map((role) => {
    const template = inStack((stack) => {
      lockReplicationRole(stack, role);
    });
    return ['AWS::CloudFormation::WaitConditionHandle', 'AWS::SSM::Parameter'].map((type) =>
      Object.keys(template.findResources(type)),
    );
  });

  it('has one name in both and another type, so CloudFormation refuses to make one the other', () => {
    expect(types).toEqual([
      [['Part'], []],
      [[], ['Part']],
    ]);
  });
});

describe('the key', () => {
  const template = inStack((stack) => {
    encryptionKey(stack, 'Key', { protection: PRODUCTION });
  });

  it('is rotated, and kept in production', () => {
    template.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { EnableKeyRotation: true },
    });
  });

  it('serves the logs and the alarms of its own account only', () => {
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'logs.us-east-1.amazonaws.com' },
            Condition: { ArnLike: Match.anyValue() },
          }),
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });
});

describe('the access logs', () => {
  it('go after 90 days, and are the account’s alone', () => {
    inStack((stack) => {
      accessLogsBucket(stack, 'AccessLogs', { protection: PRODUCTION, writer: 'load balancer' });
    }).hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 90 })] },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
  });

  it('let CloudFront in by a list that belongs to the bucket, as it wants it, and the load balancer by none', () => {
    const ownership = (writer: 'load balancer' | 'CloudFront') =>
      inStack((stack) => {
        accessLogsBucket(stack, 'AccessLogs', { protection: PRODUCTION, writer });
      }).findResources('AWS::S3::Bucket');
    expect(
      [ownership('CloudFront'), ownership('load balancer')].map((found) => JSON.stringify(found)),
    ).toEqual([
      expect.stringContaining('BucketOwnerPreferred'),
      expect.stringContaining('BucketOwnerEnforced'),
    ]);
  });

  it('are emptied with a sandbox', () => {
    inStack((stack) => {
      accessLogsBucket(stack, 'AccessLogs', { protection: SANDBOX, writer: 'load balancer' });
    }).resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });
});

describe('a function', () => {
  it('of the stack’s own has a log group of the stack and a Graviton processor', () => {
    const template = inStack((stack) => {
      new LambdaFunction(stack, 'Mine', {
        code: new InlineCode('exports.handler = () => {}'),
        handler: 'index.handler',
        runtime: Runtime.NODEJS_LATEST,
      });
      applyFunctionDefaults(stack, { key: surroundings(stack).key, protection: SANDBOX });
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^Mine.*Logs') } },
    });
  });

  it('that the CDK makes for itself has them too', () => {
    const template = inStack((stack) => {
      new Bucket(stack, 'Bucket', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true });
      applyFunctionDefaults(stack, { key: surroundings(stack).key, protection: SANDBOX });
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });
});
