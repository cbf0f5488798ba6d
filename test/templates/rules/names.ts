import { type CloudAssembly, resources } from '../../support/cloud-assembly';

/** The property by which a type of resource takes a name of our choosing. */
const NAME: Readonly<Record<string, string>> = {
  'AWS::AutoScaling::AutoScalingGroup': 'AutoScalingGroupName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::EC2::LaunchTemplate': 'LaunchTemplateName',
  'AWS::EC2::SecurityGroup': 'GroupName',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'Name',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'Name',
  'AWS::ElastiCache::ReplicationGroup': 'ReplicationGroupId',
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
};

/**
 * Resources with a name of our choosing, a line each: such a name stands in the way of a replacement and of a second copy.
 * The log group of a function that AWS's transform adds is ours only if it is called after that function.
 */
export function physicalNames(assembly: CloudAssembly): readonly string[] {
  return resources(assembly, ...Object.keys(NAME)).flatMap(({ name, resource, properties }) => {
    const given = properties[NAME[resource.Type] ?? ''];
    return given === undefined || JSON.stringify(given).includes('/aws/lambda/')
      ? []
      : [`${name} is named ${JSON.stringify(given)}`];
  });
}
