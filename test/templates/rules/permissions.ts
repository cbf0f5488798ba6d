import { type CloudAssembly, at, list, resources } from '../../support/cloud-assembly';

/**
 * Actions that may stand beside `Resource: *`, each because IAM knows no resource for it (Service Authorization Reference,
 * "Actions, resources, and condition keys") or because its resource is the server itself, which has no name before it runs.
 */
const WITHOUT_RESOURCE: ReadonlySet<unknown> = new Set([
  'cloudwatch:PutMetricData',
  'ec2:DescribeAddresses',
  'ec2:DescribeInstances',
  'ec2:DescribeManagedPrefixLists',
  'ec2:DescribeSnapshots',
  'ec2:DescribeTags',
  'ec2:DescribeVolumes',
  'elasticloadbalancing:DescribeTargetHealth',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
]);

/** AWS's own policies that a role may carry. */
const MANAGED: readonly string[] = [
  // Session Manager in place of SSH.
  'AmazonSSMManagedInstanceCore',
  'service-role/AWSLambdaBasicExecutionRole',
  'service-role/AWSLambdaVPCAccessExecutionRole',
];

/** What a role may do that it should not, a line each. */
export function tooPermissive(assembly: CloudAssembly): readonly string[] {
  return [...statements(assembly).flatMap(broad), ...managedPolicies(assembly)];
}

interface Statement {
  readonly name: string;
  readonly statement: unknown;
}

/** Every statement that allows a role of ours something; policies of keys and buckets stand on the other side. */
function statements(assembly: CloudAssembly): readonly Statement[] {
  return resources(assembly, 'AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
    .flatMap(({ name, properties }) =>
      [
        properties['PolicyDocument'],
        ...list(properties['Policies']).map((policy) => at(policy, 'PolicyDocument')),
      ].map((document) => ({ name, document })),
    )
    .flatMap(({ name, document }) =>
      list(at(document, 'Statement')).map((statement) => ({ name, statement })),
    )
    .filter(({ statement }) => at(statement, 'Effect') === 'Allow');
}

function broad({ name, statement }: Statement): readonly string[] {
  const actions = list(at(statement, 'Action'));
  const everywhere = list(at(statement, 'Resource')).includes('*');
  return [
    ...(at(statement, 'NotAction') !== undefined || at(statement, 'NotResource') !== undefined
      ? [`${name} allows everything but something`]
      : []),
    ...actions
      .filter((action) => typeof action !== 'string' || /^\*$|:\*$/.test(action))
      .map((action) => `${name} allows ${String(action)}`),
    ...actions
      .filter((action) => everywhere && !WITHOUT_RESOURCE.has(action))
      .map((action) => `${name} allows ${String(action)} on every resource`),
  ];
}

function managedPolicies(assembly: CloudAssembly): readonly string[] {
  return resources(assembly, 'AWS::IAM::Role').flatMap(({ name, properties }) =>
    list(properties['ManagedPolicyArns'])
      .map((arn) => JSON.stringify(arn))
      .filter((arn) => !MANAGED.some((policy) => arn.includes(`:iam::aws:policy/${policy}`)))
      .map((arn) => `${name} carries ${arn}`),
  );
}
