/** What CloudFormation and the services know of types of resources: names, what a reference gives, what cannot change. */
import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { at } from '../support/cloud-assembly';
import { NAME } from '../support/physical-names';
import { textOf } from './template';

type Properties = Readonly<Record<string, unknown>>;

/** Further properties that name a resource, besides those that our own templates may not give. */
const MORE_NAMES: Readonly<Record<string, string>> = {
  ...NAME,
  'AWS::CloudFront::CachePolicy': 'CachePolicyConfig.Name',
  'AWS::CloudFront::Function': 'Name',
  'AWS::CloudFront::OriginAccessControl': 'OriginAccessControlConfig.Name',
  'AWS::CloudFront::OriginRequestPolicy': 'OriginRequestPolicyConfig.Name',
  'AWS::CloudFront::ResponseHeadersPolicy': 'ResponseHeadersPolicyConfig.Name',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::Events::Rule': 'Name',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::SSM::Parameter': 'Name',
};

/** The name that a template gives a resource; undefined where CloudFormation or the service makes one up. */
export function nameOf(type: string, properties: Properties): string | undefined {
  const name = at(properties, MORE_NAMES[type] ?? '');
  return name === undefined ? undefined : textOf(name);
}

/** Services whose names are the whole account's, or (S3's) the whole world's. */
export function isGlobal(type: string): boolean {
  return type === 'AWS::S3::Bucket' || /^AWS::(IAM|CloudFront|Route53)::/.test(type);
}

/** Types whose `Ref` is an ARN, by the part of the ARN before the name ("Return values" in each type's reference). */
const ARN_BY_REF: Readonly<Record<string, string>> = {
  'AWS::CertificateManager::Certificate': 'acm:certificate/',
  'AWS::ElasticLoadBalancingV2::Listener': 'elasticloadbalancing:listener/app/',
  'AWS::ElasticLoadBalancingV2::ListenerRule': 'elasticloadbalancing:listener-rule/app/',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'elasticloadbalancing:loadbalancer/app/',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'elasticloadbalancing:targetgroup/',
  'AWS::SNS::Subscription': 'sns:',
  'AWS::SNS::Topic': 'sns:',
  'AWS::SecretsManager::RotationSchedule': 'secretsmanager:secret:',
  'AWS::SecretsManager::Secret': 'secretsmanager:secret:',
  'AWS::SecretsManager::SecretTargetAttachment': 'secretsmanager:secret:',
};

/** What services add to a name in its ARN, by the kind of ARN; each `*` is made up. */
const ADDED: Readonly<Record<string, string>> = {
  'secret:': '-*',
  'loadbalancer/app/': '/*',
  'listener/app/': '/*/*',
  'listener-rule/app/': '/*/*/*',
  'targetgroup/': '/*',
};

/** Types whose `Ref` is an id of the service's, by how it begins. */
const ID_BY_REF: Readonly<Record<string, string>> = {
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::LaunchTemplate': 'lt',
  'AWS::EC2::NatGateway': 'nat',
  'AWS::EC2::RouteTable': 'rtb',
  'AWS::EC2::SecurityGroup': 'sg',
  'AWS::EC2::SecurityGroupEgress': 'sgr',
  'AWS::EC2::SecurityGroupIngress': 'sgr',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::VPCEndpoint': 'vpce',
  'AWS::EC2::Volume': 'vol',
};

/** Where a resource is made. */
interface Place {
  readonly account: string;
  readonly region: string;
  readonly stack: string;
  readonly logicalId: string;
  /** Like no other, letters and digits. */
  readonly unique: string;
}

/** What `Ref` gives. */
export function physicalIdOf(type: string, properties: Properties, place: Place): string {
  const { account, region, stack, logicalId, unique } = place;
  const name = nameOf(type, properties);
  const arn = ARN_BY_REF[type];
  if (type === 'AWS::SQS::Queue') {
    return `https://sqs.${region}.amazonaws.com/${account}/${name ?? `${stack}-${logicalId}-${unique}`}`;
  }
  if (arn !== undefined) {
    const [service = '', kind = ''] = arn.split(/:(.*)/);
    return `arn:aws:${service}:${region}:${account}:${kind}${name ?? `${logicalId}-${unique}`}${(ADDED[kind] ?? '').replaceAll('*', unique.slice(-6))}`;
  }
  const id = ID_BY_REF[type];
  if (id !== undefined) return `${id}-${unique.toLowerCase().padStart(17, '0')}`;
  // RDS and ElastiCache know small letters alone.
  return (
    name ??
    (/^AWS::(RDS|ElastiCache|S3)::/.test(type)
      ? `${stack}-${logicalId}-${unique}`.toLowerCase()
      : `${stack}-${logicalId}-${unique}`)
  );
}

/** What `Fn::GetAtt` gives: made up, but of the right form and always the same of one resource. */
export function attributeOf(
  type: string,
  physicalId: string,
  name: string,
  region: string,
  account: string,
): string {
  if (/^(GroupId|VpcId|SubnetId|Id)$/.test(name)) return physicalId;
  if (name.endsWith('Arn')) {
    if (physicalId.startsWith('arn:')) return physicalId;
    const [, service = '', kind = ''] = type.toLowerCase().split('::');
    if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${physicalId}`;
    if (type === 'AWS::SQS::Queue') {
      return `arn:aws:sqs:${region}:${account}:${physicalId.split('/').at(-1) ?? ''}`;
    }
    return `arn:aws:${service}:${region}:${account}:${kind}/${physicalId}`;
  }
  return `${physicalId}.${name}`;
}

/** Whether CloudFormation makes a new one for this change: it does for properties that are create-only in AWS's schemas. */
export function isReplaced(type: string, before: Properties, after: Properties): boolean {
  const template = (properties: Properties) => ({
    Resources: { One: { Type: type, Properties: { ...properties } } },
  });
  const change = fullDiff(template(before), template(after)).resources.changes['One'];
  return change?.changeImpact === ResourceImpact.WILL_REPLACE;
}

/** Types that stand in a network, so that it cannot go before them. */
const HOLDERS: ReadonlySet<string> = new Set([
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::EC2::NatGateway',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Subnet',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::Lambda::Function',
  'AWS::RDS::DBInstance',
]);

/** Types by which a holder says where it stands. */
const GROUPS: ReadonlySet<string> = new Set(['AWS::ElastiCache::SubnetGroup', 'AWS::RDS::DBSubnetGroup']);

/** Types that their service does not delete while one of HOLDERS is in them. */
const HELD: ReadonlySet<string> = new Set([
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Subnet',
  'AWS::EC2::VPC',
  'AWS::RDS::DBParameterGroup',
  'AWS::RDS::DBSubnetGroup',
  'AWS::ElastiCache::SubnetGroup',
]);

interface Standing {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: Properties;
}

/** What stands in a resource, itself or by a group, so that its service does not delete it. */
export function holderOf<T extends Standing>(held: Standing, lives: readonly T[]): T | undefined {
  const names = ({ properties }: Standing, named: Standing): boolean =>
    JSON.stringify(properties).includes(JSON.stringify(named.physicalId));
  const groups = lives.filter((one) => GROUPS.has(one.type) && names(one, held));
  return HELD.has(held.type)
    ? lives.find(
        (one) =>
          one.physicalId !== held.physicalId &&
          HOLDERS.has(one.type) &&
          [held, ...groups].some((place) => names(one, place)),
      )
    : undefined;
}

/** Why the service itself refuses to delete a resource that is as its properties say. */
export function refusal(type: string, physicalId: string, properties: Properties): string | undefined {
  if (type === 'AWS::RDS::DBInstance' && properties['DeletionProtection'] === true) {
    return 'Cannot delete protected DB Instance, please disable deletion protection and try again.';
  }
  const attributes = properties['LoadBalancerAttributes'];
  const kept =
    Array.isArray(attributes) &&
    attributes.some(
      (one) => at(one, 'Key') === 'deletion_protection.enabled' && String(at(one, 'Value')) === 'true',
    );
  if (type === 'AWS::ElasticLoadBalancingV2::LoadBalancer' && kept) {
    return `Load balancer '${physicalId}' cannot be deleted because deletion protection is enabled`;
  }
  return undefined;
}

/** CloudFormation takes a last snapshot of these unless the template says otherwise. */
const SNAPSHOT_BY_DEFAULT: ReadonlySet<string> = new Set(['AWS::RDS::DBInstance']);

/** What becomes of a resource that goes, by its template. */
export function policyOf(type: string, policy: string | undefined): string {
  return policy ?? (SNAPSHOT_BY_DEFAULT.has(type) ? 'Snapshot' : 'Delete');
}
