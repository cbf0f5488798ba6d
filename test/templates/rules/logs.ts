import {
  type CloudAssembly,
  type Located,
  at,
  list,
  referenced,
  resources,
} from '../../support/cloud-assembly';

/** Log groups that keep everything for ever, a line each. */
export function endlessLogs(assembly: CloudAssembly): readonly string[] {
  return resources(assembly, 'AWS::Logs::LogGroup')
    .filter(({ properties }) => properties['RetentionInDays'] === undefined)
    .map(({ name }) => `${name} keeps its events for ever`);
}

/** Functions that would make a log group of their own, which outlives the stack, a line each. */
export function logsOutsideTheStack(assembly: CloudAssembly): readonly string[] {
  const groups = resources(assembly, 'AWS::Logs::LogGroup');
  return resources(assembly)
    .flatMap((located) => functionOf(located))
    .filter((lambda) => !groups.some((group) => takes(assembly, group, lambda)))
    .map(({ name }) => `${name} logs into a group that no stack owns`);
}

/** Functions whose role may make a log group, as one that logs late does after its stack has gone, a line each. */
export function makersOfLogGroups(assembly: CloudAssembly): readonly string[] {
  const roles = resources(assembly, 'AWS::IAM::Role');
  return resources(assembly, 'AWS::Lambda::Function')
    .filter(
      ({ stack, properties }) =>
        !roles.some(
          (role) =>
            referenced(assembly, stack, properties['Role']).includes(role.name) && deniesLogGroups(role),
        ),
    )
    .map(({ name }) => `${name} may make its log group again`);
}

function deniesLogGroups({ properties }: Located): boolean {
  return list(properties['Policies'])
    .flatMap((policy) => list(at(policy, 'PolicyDocument.Statement')))
    .some(
      (statement) =>
        at(statement, 'Effect') === 'Deny' &&
        list(at(statement, 'Action')).includes('logs:CreateLogGroup') &&
        at(statement, 'Resource') === '*',
    );
}

interface Function {
  readonly name: string;
  readonly stack: string;
  readonly functionName: unknown;
  readonly group: unknown;
}

/** Functions of the template, and the one that AWS's transform adds to a template for a rotation. */
function functionOf({ name, stack, resource, properties }: Located): readonly Function[] {
  const hosted = properties['HostedRotationLambda'];
  if (resource.Type === 'AWS::Lambda::Function') {
    const group = at(properties, 'LoggingConfig.LogGroup');
    return [{ name, stack, functionName: properties['FunctionName'], group }];
  }
  return hosted === undefined
    ? []
    : [{ name, stack, functionName: at(hosted, 'RotationLambdaName'), group: undefined }];
}

/** A function logs into the group it is told of, or else into the one that is called after it. */
function takes(
  assembly: CloudAssembly,
  group: Located,
  { stack, group: told, functionName }: Function,
): boolean {
  const called = JSON.stringify(group.properties['LogGroupName'] ?? null).replace('/aws/lambda/', '');
  return (
    referenced(assembly, stack, told).includes(group.name) ||
    (functionName !== undefined && called === JSON.stringify(functionName))
  );
}
