/** What AWS interrupts when a property changes, by CloudFormation's own "Update requires" and the service's guide. */

const NONE = 'no';

/** Type, then property: what a change of it interrupts. Sources: CloudFormation's template reference, unless one is named. */
const UPDATE_REQUIRES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Custom::Guard': {
    Rungs: NONE,
    Regions: NONE,
    Domain: NONE,
    OwnApplication: NONE,
    Queues: NONE,
    AllowRemoval: NONE,
  },
  'AWS::IAM::Policy': { PolicyDocument: NONE },
  'AWS::IAM::Role': { Policies: NONE },
  'AWS::Lambda::Function': { Environment: NONE },
  'AWS::Events::Rule': { EventPattern: NONE },
  // A new version; the auto scaling group then replaces its servers, by its UpdatePolicy.
  'AWS::EC2::LaunchTemplate': { LaunchTemplateData: 'no; servers are replaced' },
  'AWS::AutoScaling::AutoScalingGroup': {
    HealthCheckType: NONE,
    MaxSize: NONE,
    MinSize: NONE,
    TargetGroupARNs: NONE,
    VPCZoneIdentifier: 'no; servers are replaced',
  },
  'AWS::CloudWatch::Dashboard': { DashboardBody: NONE },
  // RDS user guide, "Modifying a DB instance to be a Multi-AZ DB instance deployment": no downtime; "some latency" under load.
  'AWS::RDS::DBInstance': { MultiAZ: 'no; writes may be slower while the standby is made' },
  'AWS::SecretsManager::Secret': { ReplicaRegions: NONE },
  // Resolvers go on with the old answer for as long as it lives: 60 s.
  'AWS::Route53::RecordSet': {
    AliasTarget: 'no; resolvers follow within 60 s',
    ResourceRecords: 'no; resolvers follow within 60 s',
    TTL: NONE,
    HealthCheckId: NONE,
  },
  'AWS::CloudFront::Distribution': { DistributionConfig: 'no; edges follow within minutes' },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': { SecurityGroups: NONE },
};

/** What a change of the property interrupts. @throws Error where nobody has looked it up yet */
export function interruptionBy(type: string, property: string): string {
  const interruption = UPDATE_REQUIRES[type]?.[property];
  if (interruption === undefined) {
    throw new Error(
      `A climb changes ${type}.${property}. Look up what AWS interrupts ("Update requires") and add it to ${__filename}.`,
    );
  }
  return interruption;
}
