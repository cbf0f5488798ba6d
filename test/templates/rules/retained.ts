import { type CloudAssembly, resources } from '../../support/cloud-assembly';
import { protectsItself } from './leftovers';

/**
 * What a first deployment that fails would leave behind, or could not take back, a line each: it costs money, and where it
 * has a name of its own the next attempt ends in "already exists".
 */
export function keptFromBirth(assembly: CloudAssembly): readonly string[] {
  return resources(assembly).flatMap((located) => {
    const { name, resource } = located;
    return [
      ...(resource.DeletionPolicy === 'Retain' ? [`${name} has DeletionPolicy Retain`] : []),
      ...(protectsItself(located) ? [`${name} refuses to be deleted from birth on`] : []),
    ];
  });
}
