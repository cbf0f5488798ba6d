import {
  type CloudAssembly,
  type Located,
  at,
  list,
  referenced,
  replicatesAcrossRegions,
  resources,
} from '../../support/cloud-assembly';

/** What is not encrypted at rest, a line each. */
export function unencrypted(assembly: CloudAssembly): readonly string[] {
  return resources(assembly)
    .filter((located) => ENCRYPTED[located.resource.Type]?.(located) === false)
    .map(({ name, resource }) => `${name} (${resource.Type}) is not encrypted`);
}

/** Buckets that answer without TLS, or anybody at all, a line each. */
export function openBuckets(assembly: CloudAssembly): readonly string[] {
  const policies = resources(assembly, 'AWS::S3::BucketPolicy');
  return resources(assembly, 'AWS::S3::Bucket').flatMap(({ name, properties }) => {
    const tls = policies.some(
      (policy) =>
        referenced(assembly, policy.stack, policy.properties['Bucket']).includes(name) &&
        list(at(policy.properties, 'PolicyDocument.Statement')).some(deniesPlainHttp),
    );
    const closed = [
      'BlockPublicAcls',
      'BlockPublicPolicy',
      'IgnorePublicAcls',
      'RestrictPublicBuckets',
    ].every((block) => at(properties, `PublicAccessBlockConfiguration.${block}`) === true);
    return [
      ...(tls ? [] : [`${name} answers without TLS`]),
      ...(closed ? [] : [`${name} may be opened to everybody`]),
    ];
  });
}

const ENCRYPTED: Readonly<Record<string, (located: Located) => boolean>> = {
  'AWS::EC2::Volume': ({ properties }) => properties['Encrypted'] === true && has(properties, 'KmsKeyId'),
  // A launch template that names no disk gets the image's own, which is not encrypted.
  'AWS::EC2::LaunchTemplate': ({ properties }) => {
    const disks = list(at(properties, 'LaunchTemplateData.BlockDeviceMappings'));
    return disks.length > 0 && disks.every((disk) => at(disk, 'Ebs.Encrypted') === true);
  },
  // A replica is encrypted as its source is, in another region with a key of that one; RDS refuses to be told more.
  'AWS::RDS::DBInstance': ({ properties }) =>
    replicatesAcrossRegions(properties)
      ? has(properties, 'KmsKeyId')
      : has(properties, 'SourceDBInstanceIdentifier') ||
        (properties['StorageEncrypted'] === true && has(properties, 'KmsKeyId')),
  'AWS::S3::Bucket': ({ properties }) =>
    list(at(properties, 'BucketEncryption.ServerSideEncryptionConfiguration')).length > 0,
  'AWS::SNS::Topic': ({ properties }) => has(properties, 'KmsMasterKeyId'),
  'AWS::SQS::Queue': ({ properties }) =>
    has(properties, 'KmsMasterKeyId') || properties['SqsManagedSseEnabled'] === true,
  'AWS::Logs::LogGroup': ({ properties }) => has(properties, 'KmsKeyId'),
  'AWS::SecretsManager::Secret': ({ properties }) => has(properties, 'KmsKeyId'),
  // RabbitMQ's disks always are, with a key of AWS's; Amazon MQ takes no other for it.
  'AWS::MSK::Cluster': ({ properties }) =>
    at(properties, 'EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId') !== undefined &&
    at(properties, 'EncryptionInfo.EncryptionInTransit.ClientBroker') === 'TLS',
  'AWS::ElastiCache::ReplicationGroup': ({ properties }) =>
    properties['AtRestEncryptionEnabled'] === true && properties['TransitEncryptionEnabled'] === true,
};

function has(properties: Readonly<Record<string, unknown>>, key: string): boolean {
  return properties[key] !== undefined;
}

function deniesPlainHttp(statement: unknown): boolean {
  return (
    at(statement, 'Effect') === 'Deny' &&
    list(at(statement, 'Action')).includes('s3:*') &&
    String(at(at(statement, 'Condition.Bool'), 'aws:SecureTransport')) === 'false'
  );
}
