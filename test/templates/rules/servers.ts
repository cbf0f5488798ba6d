import { type CloudAssembly, at, list, resources } from '../../support/cloud-assembly';

/** Servers whose credentials a request forged through the application could read (IMDSv1), a line each. */
export function imdsV1(assembly: CloudAssembly): readonly string[] {
  return resources(assembly, 'AWS::EC2::LaunchTemplate')
    .filter(
      ({ properties }) => at(properties, 'LaunchTemplateData.MetadataOptions.HttpTokens') !== 'required',
    )
    .map(({ name }) => `${name} answers IMDSv1`);
}

/** Servers whose image is made for another processor than theirs, and functions that do not say theirs, a line each. */
export function mismatchedArchitectures(assembly: CloudAssembly): readonly string[] {
  const servers = resources(assembly, 'AWS::EC2::LaunchTemplate').flatMap(({ name, stack, properties }) => {
    const type = String(at(properties, 'LaunchTemplateData.InstanceType'));
    const image = imageOf(assembly, stack, at(properties, 'LaunchTemplateData.ImageId'));
    const wanted = /^[a-z]+\d+[a-z]*g[a-z]*\./.test(type) ? 'arm64' : 'x86_64';
    return image.includes(wanted) ? [] : [`${name} starts ${image} on ${type}, which is ${wanted}`];
  });
  const functions = resources(assembly, 'AWS::Lambda::Function')
    .filter(({ properties }) => list(properties['Architectures']).length !== 1)
    .map(({ name }) => `${name} does not say its architecture`);
  return [...servers, ...functions];
}

/** The image as text: its SSM parameter's name, written in place or in a parameter of the template. */
function imageOf(assembly: CloudAssembly, stack: string, image: unknown): string {
  const parameter = at(image, 'Ref');
  const source =
    typeof parameter === 'string' ? at(assembly.get(stack)?.Parameters?.[parameter], 'Default') : image;
  return JSON.stringify([source]);
}
