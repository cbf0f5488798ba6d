import { type CloudAssembly, list, referenced, resources } from '../../support/cloud-assembly';

/** What EC2 refuses, or may refuse, in a network whose internet gateway is made and not yet attached. */
const REACHING: readonly string[] = ['AWS::EC2::NatGateway', 'AWS::EC2::EIP', 'AWS::EC2::Route'];

/** What needs the internet gateway and does not wait for its attachment, a line each. */
export function unattached(assembly: CloudAssembly): readonly string[] {
  const attachments = new Set(resources(assembly, 'AWS::EC2::VPCGatewayAttachment').map(({ name }) => name));
  return resources(assembly, ...REACHING)
    .filter(({ name }) => ![...waitedFor(assembly, name)].some((other) => attachments.has(other)))
    .map(
      ({ name, resource }) =>
        `${name} (${resource.Type}) does not wait for the internet gateway’s attachment`,
    );
}

/** All that CloudFormation makes before that resource because of it. */
function waitedFor(assembly: CloudAssembly, name: string, found = new Set<string>()): ReadonlySet<string> {
  const [stack = '', id = ''] = name.split('/');
  const { Properties, DependsOn } = assembly.get(stack)?.Resources[id] ?? {};
  const direct = [
    ...referenced(assembly, stack, Properties),
    ...list(DependsOn).map((other) => `${stack}/${String(other)}`),
  ];
  direct
    .filter((other) => !found.has(other))
    .forEach((other) => {
      found.add(other);
      waitedFor(assembly, other, found);
    });
  return found;
}
