/**
 * esbuild, and what it has made: kept for as long as it would make the same again. To make it takes longer than all else that a
 * synthesis does with the sources, or the start of a program on this machine.
 */
import { build, buildSync, type BuildOptions, type BuildResult, version } from 'esbuild';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** What is made: texts by their paths, which are relative to the folder that they are for. */
export type Built = ReadonlyMap<string, string>;

/** Options of esbuild. */
export interface KeptBuild extends Omit<BuildOptions, 'outdir' | 'write' | 'metafile'> {
  /** The project's folder. What is made is kept in its `node_modules/.cache`. */
  readonly absWorkingDir: string;
  /** Absolute path of what each program begins with, by the program's name. */
  readonly entryPoints: Readonly<Record<string, string>>;
}

/** A file or folder that decides what is made, relative to the project's folder, and how it was then. */
type Source = readonly [path: string, state: string];

interface Kept {
  /** {@link textOf} the options. */
  readonly options: string;
  readonly sources: readonly Source[];
  readonly built: readonly (readonly [path: string, text: string])[];
}

/** @throws BuildFailure with esbuild's own messages */
export function buildOrTakeSync(options: KeptBuild): Built {
  const begun = Date.now();
  return take(options) ?? keep(options, begun, buildSync(forEsbuild(options)));
}

/** The same, while this process does something else. @throws BuildFailure with esbuild's own messages */
export async function buildOrTake(options: KeptBuild): Promise<Built> {
  const begun = Date.now();
  return take(options) ?? keep(options, begun, await build(forEsbuild(options)));
}

/** Where it is kept. */
export function keptAt({ absWorkingDir, entryPoints }: KeptBuild): string {
  const names = Object.values(entryPoints).map((path) => relative(absWorkingDir, path));
  const name = names.join(' ').replaceAll(/\W+/g, '-');
  return join(absWorkingDir, 'node_modules/.cache/zero-to-million', name);
}

function take(options: KeptBuild): Built | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- written by `keep`
    const kept = JSON.parse(readFileSync(keptAt(options), 'utf8')) as Kept;
    const isCurrent =
      kept.options === textOf(options) &&
      kept.sources.every(([path, state]) => state === stateOf(join(options.absWorkingDir, path)));
    return isCurrent ? new Map(kept.built) : undefined;
  } catch {
    // There is none, or a source of it is gone.
    return undefined;
  }
}

type Result = BuildResult<{ write: false; metafile: true }>;

function keep(options: KeptBuild, begun: number, { outputFiles, metafile }: Result): Built {
  const { absWorkingDir } = options;
  const outdir = resolve(absWorkingDir, NOWHERE);
  const built = new Map(outputFiles.map(({ path, text }) => [relative(outdir, path), text]));
  const paths = decidedBy(absWorkingDir, Object.keys(metafile.inputs).filter(isFile));
  // What was changed meanwhile may have gone in as it was before.
  const before = begun - COARSE_MS;
  if (paths.every((path) => statSync(join(absWorkingDir, path)).mtimeMs < before)) {
    const sources = paths.map((path): Source => [path, stateOf(join(absWorkingDir, path))]);
    write(keptAt(options), { options: textOf(options), sources, built: [...built] });
  }
  return built;
}

/** In ms: file systems take the time of a change from a clock that is behind by up to a tick, 10 ms on a kernel of 100 Hz. */
const COARSE_MS = 20;

/** esbuild asks for a folder, and writes nothing to it. */
const NOWHERE = 'built';

function forEsbuild({ entryPoints, ...options }: KeptBuild): BuildOptions & { write: false; metafile: true } {
  return { ...options, entryPoints: { ...entryPoints }, outdir: NOWHERE, write: false, metafile: true };
}

function textOf(options: KeptBuild): string {
  return JSON.stringify([version, options]);
}

/** A file, not what esbuild itself puts in. */
function isFile(path: string): boolean {
  return !path.startsWith('<') && !path.includes(':');
}

/**
 * The inputs themselves; the folders of our own ones, since a new file may take the place of another with the same name; what
 * says beside or above them how they are read; and what npm has installed.
 */
function decidedBy(root: string, inputs: readonly string[]): readonly string[] {
  const folders = inputs.filter((path) => !path.includes(INSTALLED)).map(dirname);
  const modules = inputs
    .filter((path) => path.includes(INSTALLED))
    .map((path) => path.slice(0, path.indexOf(INSTALLED) + INSTALLED.length));
  const others = [
    ...folders
      .flatMap(withThoseAbove)
      .flatMap((path) => [join(path, 'tsconfig.json'), join(path, 'package.json')]),
    ...modules.map((path) => join(path, '.package-lock.json')),
  ];
  return [...new Set([...inputs, ...folders, ...others])].filter((path) => existsSync(join(root, path)));
}

/** A folder and those above it, up to the project's; of one outside of the project, up to where both are. */
function withThoseAbove(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...withThoseAbove(above)];
}

const INSTALLED = 'node_modules/';

/** A file's content, as a digest; a folder's names. @throws Error where it is gone */
function stateOf(path: string): string {
  return statSync(path).isDirectory()
    ? readdirSync(path).sort().join(' ')
    : createHash('sha256').update(readFileSync(path)).digest('base64');
}

/** It appears by a rename, for several processes may do this at once. */
function write(path: string, kept: Kept): void {
  const own = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(own, JSON.stringify(kept));
    renameSync(own, path);
  } catch {
    // A checkout that this user may not write to: then each time makes its own.
  }
}
