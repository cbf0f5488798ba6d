/** What is kept of each released version, in a folder of its name: what later versions are proven against. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { CloudAssembly, Template } from '../support/cloud-assembly';

/** Templates of one release: a variant's title (as `everywhere` gives it) → stack name → template. */
export type KeptAssemblies = Readonly<Record<string, Readonly<Record<string, Template>>>>;

/** Files of a bundle: path below its folder → content in base64. */
type KeptFiles = Readonly<Record<string, string>>;

const FOLDER = __dirname;
const ASSEMBLIES = 'templates.json.br';

/** The programs that are kept of a release. */
export type Program = 'server' | 'click-worker';

/** Released versions, oldest first. */
export function releases(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => existsSync(join(FOLDER, name, ASSEMBLIES)))
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

/** The templates of a release, a variant each, as assemblies. */
export function keptAssemblies(version: string): ReadonlyMap<string, CloudAssembly> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- written by `keep`
  const kept = readJson(version, ASSEMBLIES) as KeptAssemblies;
  return new Map(Object.entries(kept).map(([title, stacks]) => [title, new Map(Object.entries(stacks))]));
}

/** Writes a released program into a folder. */
export function unpack(version: string, program: Program, folder: string): void {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- written by `keep`
  const files = readJson(version, `${program}.json.br`) as KeptFiles;
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, Buffer.from(content, 'base64'));
  }
}

/** Keeps templates and programs of a version. */
export function store(
  version: string,
  assemblies: KeptAssemblies,
  programs: Readonly<Record<Program, KeptFiles>>,
): void {
  mkdirSync(join(FOLDER, version), { recursive: true });
  writeJson(version, ASSEMBLIES, assemblies);
  for (const [program, files] of Object.entries(programs)) {
    writeJson(version, `${program}.json.br`, files);
  }
}

function readJson(version: string, file: string): unknown {
  return JSON.parse(brotliDecompressSync(readFileSync(join(FOLDER, version, file))).toString());
}

function writeJson(version: string, file: string, value: object): void {
  const content = brotliCompressSync(JSON.stringify(value), {
    // Templates of one release repeat each other over megabytes: a window as large as brotli has finds it.
    params: {
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_QUALITY]: 9,
    },
  });
  writeFileSync(join(FOLDER, version, file), content);
}
