/** What a climb must never replace or remove, with the reason, and what CloudFormation's own account of a change leaves out. */
import {
  type CloudAssembly,
  type Located,
  referenced,
  replicatesAcrossRegions,
  resources,
} from '../support/cloud-assembly';

/** Why a type of resource is protected, and what the template diff does not know about it. */
interface Protection {
  /** What is lost with it. */
  readonly holds: string;
  /** It holds data: production keeps it (or a last snapshot) when its stack lets go of it. */
  readonly data?: true;
  /**
   * Properties, also within one (`Outer.Inner`), that must not change at all: CloudFormation replaces the resource, refuses the
   * update half-way, or changes what is inside, though its specification calls the change harmless or says nothing.
   */
  readonly frozen?: readonly string[];
  /** Sizes that AWS lets grow and never shrink. */
  readonly grows?: readonly string[];
  /** What it must say from birth, for it cannot be had later without a replacement. */
  readonly fromBirth?: Readonly<Record<string, unknown>>;
  /** Tells one that has it from another, and must not say so itself. */
  readonly inherits?: (properties: Readonly<Record<string, unknown>>) => boolean;
  /** Tells one whose removal loses nothing, by what there is afterwards. */
  readonly spares?: (after: CloudAssembly, old: Located) => boolean;
  /** Tells one that is a copy, or can be made up again at any time: it may be removed, yet no change may replace it. */
  readonly dispensable?: (properties: Readonly<Record<string, unknown>>) => boolean;
}

const IDENTITY_OF_A_COPY = [
  'DBSnapshotIdentifier',
  'DBClusterSnapshotIdentifier',
  'SourceDBInstanceIdentifier',
  'SourceDbiResourceId',
  'SourceRegion',
  'RestoreTime',
  'UseLatestRestorableTime',
];

/** A copy in the same stack as what it copies; one in another region, which asks that one's stack, may have to take its place. */
function isReadReplica(properties: Readonly<Record<string, unknown>>): boolean {
  const source = JSON.stringify(properties['SourceDBInstanceIdentifier'] ?? null);
  return source.includes('"Ref":"Database') && !replicatesAcrossRegions(properties);
}

/** Resource type → its protection. */
export const PROTECTED: Readonly<Record<string, Protection>> = {
  'AWS::EC2::Volume': {
    holds: 'rung 1’s database',
    data: true,
    // Its specification names no property that replaces it; CloudFormation refuses these with "not supported".
    frozen: ['AvailabilityZone', 'Encrypted', 'KmsKeyId', 'SnapshotId', 'OutpostArn'],
    grows: ['Size'],
    fromBirth: { Encrypted: true },
  },
  'AWS::RDS::DBInstance': {
    holds: 'the database',
    data: true,
    // aws-cdk#6718 (encryption, subnet group: nothing in the diff); an engine moved by a climb is an upgrade in disguise.
    frozen: [
      'StorageEncrypted',
      'KmsKeyId',
      'DBSubnetGroupName',
      'DBInstanceIdentifier',
      'DBName',
      'MasterUsername',
      'Engine',
      'EngineVersion',
      'Port',
      ...IDENTITY_OF_A_COPY,
    ],
    grows: ['AllocatedStorage'],
    fromBirth: { StorageEncrypted: true },
    // A replica is encrypted as its source is; in another region, where it may have to take its place, with a key of that one.
    inherits: (properties) => properties['SourceDBInstanceIdentifier'] !== undefined,
    dispensable: isReadReplica,
  },
  'AWS::RDS::DBSubnetGroup': {
    holds: 'where the database stands',
    // aws-cdk#31426: a subnet group whose subnets change moves or replaces what stands in it.
    frozen: ['SubnetIds', 'DBSubnetGroupName'],
  },
  'AWS::EC2::VPC': {
    holds: 'every address inside',
    frozen: ['CidrBlock', 'EnableDnsSupport', 'EnableDnsHostnames'],
  },
  'AWS::EC2::VPCCidrBlock': { holds: 'the addresses of a subnet tier' },
  'AWS::EC2::Subnet': {
    holds: 'the addresses of what stands in it',
    frozen: ['CidrBlock', 'AvailabilityZone', 'VpcId'],
  },
  'AWS::EC2::EIP': { holds: 'an address that cannot be had again' },
  'AWS::S3::Bucket': {
    holds: 'objects',
    data: true,
    frozen: ['BucketName', 'ObjectLockEnabled'],
    // Nothing empties the bucket of a region's mark, and S3 deletes none that holds anything.
    dispensable: ({ BucketName: name }) => JSON.stringify(name ?? null).includes('-mark-'),
  },
  'AWS::KMS::Key': {
    holds: 'the only way to read what it encrypts',
    data: true,
    frozen: ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
  },
  'AWS::SecretsManager::Secret': {
    holds: 'a credential',
    data: true,
    // CloudFormation generates a new value when GenerateSecretString changes, and calls that an update.
    frozen: ['Name', 'GenerateSecretString', 'SecretString'],
    // A value of the header between CloudFront and the load balancer; the next number is another as good.
    dispensable: ({ Name: name }) => typeof name === 'string' && /-origin-\d+$/.test(name),
  },
  'AWS::SNS::Topic': { holds: 'subscriptions that people confirmed by mail', frozen: ['TopicName'] },
  'AWS::Logs::LogGroup': { holds: 'the record of what happened', frozen: ['LogGroupName'] },
  'AWS::DLM::LifecyclePolicy': { holds: 'the daily snapshots: what it made nobody else thins out' },
  // Its removal is an order: the function behind it empties the bucket, if that carries a tag which goes with the sandbox.
  'Custom::S3AutoDeleteObjects': {
    holds: 'the objects of a sandbox’s bucket',
    spares: (after, { stack, properties }) =>
      referenced(after, stack, properties['BucketName']).some((bucket) =>
        resources(after, 'AWS::S3::Bucket').some(
          ({ name, properties: now }) =>
            name === bucket && !JSON.stringify(now['Tags'] ?? null).includes('aws-cdk:auto-delete-objects'),
        ),
      ),
  },
  'AWS::AutoScaling::AutoScalingGroup': {
    holds: 'the one server that may claim the volume: a second group is a second claimant',
    frozen: ['AutoScalingGroupName', 'InstanceId'],
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    holds: 'the address that users and DNS know',
    // aws-cdk#33253: a changed scheme replaces it, and then fails, for a target group belongs to one load balancer.
    frozen: ['Scheme', 'Type', 'Name'],
  },
  'AWS::Route53::HostedZone': { holds: 'the domain’s name servers', frozen: ['Name', 'VPCs'] },
  'AWS::Route53::RecordSet': {
    holds: 'the name that users know',
    // CloudFormation makes the new one first, and Route 53 refuses a second record of the same name.
    frozen: ['Name', 'Type', 'SetIdentifier', 'HostedZoneId', 'HostedZoneName'],
  },
  'AWS::ElastiCache::ReplicationGroup': {
    holds: 'a warm cache',
    // An AUTH token and user groups exclude each other; CloudFormation replaces to change sides (and at-rest encryption).
    frozen: [
      'AuthToken',
      'UserGroupIds',
      'AtRestEncryptionEnabled',
      'TransitEncryptionEnabled',
      'CacheSubnetGroupName',
      'KmsKeyId',
      'Port',
      'Engine',
      'ReplicationGroupId',
      'SnapshotName',
      'SnapshotArns',
      'NumNodeGroups',
      'ClusterMode',
    ],
    fromBirth: { AtRestEncryptionEnabled: true, TransitEncryptionEnabled: true },
  },
  'AWS::ElastiCache::SubnetGroup': {
    holds: 'where the cache stands',
    frozen: ['SubnetIds', 'CacheSubnetGroupName'],
  },
  // Their ids and engines are what the cache's group of users is made of; a user that is replaced is nobody meanwhile.
  'AWS::ElastiCache::User': {
    holds: 'the way to sign in to the cache',
    frozen: ['UserId', 'UserName', 'Engine'],
  },
  'AWS::ElastiCache::UserGroup': { holds: 'who may sign in to the cache', frozen: ['UserGroupId', 'Engine'] },
  'AWS::SQS::Queue': {
    holds: 'messages not yet worked on',
    data: true,
    frozen: ['QueueName', 'FifoQueue'],
  },
  'AWS::AmazonMQ::Broker': {
    holds: 'messages not yet worked on',
    data: true,
    // The user is made with the broker; a change of it in a template is refused by RabbitMQ. Neither can it change its groups.
    frozen: [
      'AuthenticationStrategy',
      'BrokerName',
      'DeploymentMode',
      'EncryptionOptions',
      'EngineType',
      'PubliclyAccessible',
      'SecurityGroups',
      'StorageType',
      'SubnetIds',
      'Users',
    ],
  },
  'AWS::MSK::Cluster': {
    holds: 'messages not yet worked on',
    data: true,
    // Two brokers may become four, and never two again.
    frozen: [
      'ClusterName',
      'EncryptionInfo',
      'BrokerNodeGroupInfo.ClientSubnets',
      'BrokerNodeGroupInfo.SecurityGroups',
      'NumberOfBrokerNodes',
    ],
    grows: ['BrokerNodeGroupInfo.StorageInfo.EBSStorageInfo.VolumeSize'],
  },
  'AWS::MSK::Configuration': {
    holds: 'how brokers keep messages',
    frozen: ['Name', 'KafkaVersionsList'],
  },
  'AWS::CloudFront::Distribution': { holds: 'the address that users and DNS know' },
};

/**
 * Types that hold neither data nor an address: they may come, go and be replaced. Every type that a rung uses is here or
 * above, so that none gets past the proof because nobody thought of it.
 */
export const HOLDS_NOTHING: ReadonlySet<string> = new Set([
  'AWS::AutoScaling::ScalingPolicy',
  'AWS::CertificateManager::Certificate',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::CloudFront::OriginAccessControl',
  'AWS::CloudFront::ResponseHeadersPolicy',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::EC2::FlowLog',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::NatGateway',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::ListenerRule',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::Events::Rule',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::LayerVersion',
  'AWS::Lambda::Permission',
  'AWS::Logs::MetricFilter',
  'AWS::RDS::DBParameterGroup',
  'AWS::Route53::HealthCheck',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Parameter',
  'AWS::SecretsManager::ResourcePolicy',
  'AWS::SecretsManager::RotationSchedule',
  'AWS::SecretsManager::SecretTargetAttachment',
  'AWS::WAFv2::WebACL',
  // Copies the page's files into their bucket and never takes any away.
  'Custom::CDKBucketDeployment',
  // Says yes or no before everything else.
  'Custom::Guard',
  // Asks for the id of AWS's own list.
  'Custom::AddressesOfAws',
  // Say how long Amazon MQ keeps a broker's log, and ask for the addresses of Kafka's brokers.
  'Custom::BrokerLog',
  'Custom::KafkaBrokers',
  // Asks the first data center's stack, once: what refers to it counts as changed with it.
  'Custom::OfTheFirstDataCenter',
]);

/**
 * Changes that the specification marks "may replace" and AWS makes in place, with the source of that certainty. Nothing
 * gets in here on a guess.
 */
export const KNOWN_IN_PLACE: Readonly<Record<string, string>> = {
  'AWS::RDS::DBInstance.MultiAZ':
    'RDS user guide, "Modifying a DB instance to be a Multi-AZ deployment": no downtime, no replacement',
  'AWS::RDS::DBInstance.BackupRetentionPeriod':
    'RDS user guide, "Settings for DB instances", backup retention period: an outage between 0 and another number, no replacement',
};
