/** Programs of this checkout, each as one file of JavaScript: so they start several times faster than from their sources. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';

const ROOT = resolve(__dirname, '../..');

/** Where they are kept from one start to the next, for to compile one takes as long as all else that a start of it does. */
const KEPT = join(ROOT, 'node_modules/.cache/zero-to-million');

/** A file that a program was made of, as it was then: its path below {@link ROOT}, when it was changed last, and its bytes. */
type Source = readonly [path: string, changedAt: number, size: number];

const programs = new Map<string, Promise<string>>();

/**
 * The program's text, for CommonJS and the Node that runs this; it needs nothing beside it but what is `external`. It is
 * made anew where any of its sources has changed, or what npm has installed.
 *
 * @param file absolute path of its TypeScript
 * @param options of esbuild, in addition
 * @throws BuildFailure with esbuild's own messages when it does not compile
 */
export function compile(file: string, options: BuildOptions = {}): Promise<string> {
  const program = programs.get(file) ?? compileOrTake(file, options);
  programs.set(file, program);
  return program;
}

async function compileOrTake(file: string, given: BuildOptions): Promise<string> {
  const options: BuildOptions = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    // pg's optional binding is never loaded.
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'silent',
    ...given,
  };
  const kept = keptAt(file);
  return take(kept, options) ?? (await make(file, kept, options));
}

/** Where a program is kept. @param file of its sources */
export function keptAt(file: string): string {
  return join(KEPT, relative(ROOT, file).replaceAll(/\W+/g, '-'));
}

/** The first line says what it was made of, and how. */
function headOf(sources: readonly Source[], options: BuildOptions): string {
  return `// ${JSON.stringify({ options, sources })}\n`;
}

function sourcesOf(paths: readonly string[]): readonly Source[] {
  return paths.map((path) => {
    const { mtimeMs, size } = statSync(join(ROOT, path));
    return [path, mtimeMs, size];
  });
}

/** The one that is kept, where it would be made the same today. */
function take(kept: string, options: BuildOptions): string | undefined {
  try {
    const text = readFileSync(kept, 'utf8');
    const head = text.slice(0, text.indexOf('\n') + 1);
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- written by `make`
    const { sources } = JSON.parse(head.slice(3)) as { sources: readonly Source[] };
    return head === headOf(sourcesOf(sources.map(([path]) => path)), options) ? text : undefined;
  } catch {
    // There is none, or a source of it is gone.
    return undefined;
  }
}

async function make(file: string, kept: string, options: BuildOptions): Promise<string> {
  const begun = Date.now();
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    entryPoints: [file],
    write: false,
    metafile: true,
  });
  const sources = sourcesOf([...inputsOf(metafile), 'package-lock.json']);
  const text = headOf(sources, options) + outputFiles.map((output) => output.text).join('');
  // One that was changed meanwhile may be in it as it was before.
  if (sources.every(([, changedAt]) => changedAt < begun)) {
    keep(kept, text);
  }
  return text;
}

/** Files, not what esbuild itself puts in. */
function inputsOf({ inputs }: Metafile): readonly string[] {
  return Object.keys(inputs).filter((path) => !path.startsWith('<') && !path.includes(':'));
}

/** It appears by a rename, for several processes may do this at once. */
function keep(kept: string, text: string): void {
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(`${kept}.${process.pid}`, text);
    renameSync(`${kept}.${process.pid}`, kept);
  } catch {
    // A checkout that this user may not write to: then each start makes its own.
  }
}
