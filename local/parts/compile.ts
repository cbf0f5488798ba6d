/** Programs of this checkout, each as one file of JavaScript: so they start several times faster than from their sources. */
import { resolve } from 'node:path';
import { programOptions } from '../../lib/constructs/compute/bundle';
import { buildOrTake, type KeptBuild } from '../../lib/constructs/compute/kept-build';

const ROOT = resolve(__dirname, '../..');

const programs = new Map<string, Promise<string>>();

/**
 * The program's text, for CommonJS and the Node that runs this; it needs nothing beside it but what is `external`.
 *
 * @param file absolute path of its TypeScript
 * @param options of esbuild, in addition
 * @throws BuildFailure with esbuild's own messages when it does not compile
 */
export function compile(file: string, options: Partial<KeptBuild> = {}): Promise<string> {
  const program = programs.get(file) ?? make(file, options);
  programs.set(file, program);
  return program;
}

async function make(file: string, options: Partial<KeptBuild>): Promise<string> {
  const built = await buildOrTake(programOf(file, options));
  return [...built.values()].join('');
}

/** How a program is made. */
export function programOf(file: string, options: Partial<KeptBuild> = {}): KeptBuild {
  return {
    ...programOptions(ROOT),
    entryPoints: { program: file },
    target: `node${process.versions.node}`,
    // pg's optional binding is never loaded.
    external: ['pg-native'],
    ...options,
  };
}
