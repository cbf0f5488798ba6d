import { type CloudAssembly, resources } from '../../support/cloud-assembly';

/** The property by which a type of resource takes a name of our choosing. */
export const NAME: Readonly<Record<string, string>> = {
  'AWS::AutoScaling::AutoScalingGroup': 'AutoScalingGroupName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::EC2::LaunchTemplate': 'LaunchTemplateName',
  'AWS::EC2::SecurityGroup': 'GroupName',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'Name',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'Name',
  'AWS::ElastiCache::ReplicationGroup': 'ReplicationGroupId',
  'AWS::ElastiCache::User': 'UserId',
  'AWS::ElastiCache::UserGroup': 'UserGroupId',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::RDS::DBInstance': 'DBInstanceIdentifier',
  'AWS::RDS::DBParameterGroup': 'DBParameterGroupName',
  'AWS::RDS::DBSubnetGroup': 'DBSubnetGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::WAFv2::WebACL': 'Name',
};

/** Names that stand in nobody's way, each with the reason, as they are written in a template. */
const ALLOWED: readonly RegExp[] = [
  // The log group of a function that AWS's transform adds is ours only if it is called after that function.
  /\/aws\/lambda\//,
  // ElastiCache insists on names of ours for these; with a part of the stack's id no two are alike, at any time.
  /"AWS::StackId"/,
  // Stacks in other regions know the secret of CloudFront by its name. A new value has a new number, and so another name.
  /^"[a-z0-9-]+-origin-\d+"$/,
  // Workers in other regions send to it by its name.
  /^"[a-z0-9-]+-clicks"$/,
  // The edge in another region reads it by its name, which has the account in it, for buckets are named world-wide.
  /-mark-",\{"Ref":"AWS::AccountId"\}/,
];

/** Resources with a name of our choosing, a line each: such a name stands in the way of a replacement and of a second copy. */
export function physicalNames(assembly: CloudAssembly): readonly string[] {
  return resources(assembly, ...Object.keys(NAME)).flatMap(({ name, resource, properties }) => {
    const given = properties[NAME[resource.Type] ?? ''];
    const written = JSON.stringify(given ?? null);
    return given === undefined || ALLOWED.some((form) => form.test(written))
      ? []
      : [`${name} is named ${written}`];
  });
}
