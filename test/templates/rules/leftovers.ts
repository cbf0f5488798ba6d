import {
  type CloudAssembly,
  type Located,
  list,
  at,
  referenced,
  resources,
} from '../../support/cloud-assembly';

/** What `cdk destroy` would leave behind or stumble over in a sandbox, a line each. */
export function leftovers(assembly: CloudAssembly): readonly string[] {
  return [
    ...resources(assembly).flatMap(kept),
    ...resources(assembly).flatMap(guarded),
    ...resources(assembly, 'AWS::EC2::LaunchTemplate').flatMap(outlivingDisks),
    ...filledBuckets(assembly),
    ...resources(assembly, 'AWS::DLM::LifecyclePolicy').map(
      ({ name }) => `${name} makes snapshots, which stay`,
    ),
  ];
}

/** CloudFormation takes a last snapshot of these unless it is told to delete. */
const SNAPSHOT_BY_DEFAULT: ReadonlySet<string> = new Set([
  'AWS::EC2::Volume',
  'AWS::RDS::DBInstance',
  'AWS::ElastiCache::ReplicationGroup',
]);

function kept({ name, resource }: Located): readonly string[] {
  const fallback = SNAPSHOT_BY_DEFAULT.has(resource.Type) ? 'Snapshot' : 'Delete';
  return (['DeletionPolicy', 'UpdateReplacePolicy'] as const)
    .filter((policy) => (resource[policy] ?? fallback) !== 'Delete')
    .map((policy) => `${name} (${resource.Type}) has ${policy} ${resource[policy] ?? fallback}`);
}

/** Whether its service refuses to delete it, as its template has it. */
export function protectsItself({ properties }: Located): boolean {
  return (
    properties['DeletionProtection'] === true ||
    list(properties['LoadBalancerAttributes']).some(
      (attribute) =>
        at(attribute, 'Key') === 'deletion_protection.enabled' && String(at(attribute, 'Value')) === 'true',
    )
  );
}

function guarded(located: Located): readonly string[] {
  const { name, properties } = located;
  const backups = properties['DeleteAutomatedBackups'] === false;
  return [
    ...(protectsItself(located) ? [`${name} refuses to be deleted`] : []),
    ...(backups ? [`${name} leaves its backups`] : []),
  ];
}

/** What an image says of its disks is not ours to rely on. */
function outlivingDisks({ name, properties }: Located): readonly string[] {
  return list(at(properties, 'LaunchTemplateData.BlockDeviceMappings'))
    .filter((disk) => at(disk, 'Ebs.DeleteOnTermination') !== true)
    .map((disk) => `${name}: the disk ${String(at(disk, 'DeviceName'))} may outlive its server`);
}

function filledBuckets(assembly: CloudAssembly): readonly string[] {
  const emptied = new Set(
    resources(assembly, 'Custom::S3AutoDeleteObjects').flatMap(({ stack, properties }) =>
      referenced(assembly, stack, properties['BucketName']),
    ),
  );
  return resources(assembly, 'AWS::S3::Bucket')
    .filter(({ name }) => !emptied.has(name))
    .map(({ name }) => `${name} is not emptied, so it cannot be deleted`);
}
